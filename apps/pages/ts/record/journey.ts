/**
 * One take on its way to the server: chunks become parts, parts are hashed, kept and sent, the upload is completed.
 */
import type { SourcePlan, Upload, UploadClient } from "../../../uploads/ts/client.ts";
import { completeUpload } from "../../../uploads/ts/completion.ts";
import { sha256Hex } from "../../../uploads/ts/hashing.ts";
import { type PartProgress, PartQueue } from "../../../uploads/ts/part-queue.ts";
import { MemorySpool, type Spool } from "../../../uploads/ts/part-source.ts";
import type { Put } from "../../../uploads/ts/put.ts";
import { untilDone, type Waiter } from "../../../uploads/ts/retry.ts";
import { Cutter, type CutPart } from "../../../videos/ts/recorder/cutter.ts";
import type { Take, TakeOptions } from "../../../videos/ts/recorder/recorder.ts";

/** How often the server is told that the author is still there: pauses and slow networks send no parts. */
const ALIVE_EVERY_MS = 20_000;

export interface JourneyOptions {
  client: UploadClient;
  put: Put;
  waiter: Waiter;
  makeTake: (callbacks: Pick<TakeOptions, "onChunk" | "onFailure">) => Take;
  onChange: () => void;
  onFailure: () => void;
}

export class Journey {
  readonly take: Take;
  readonly #options: JourneyOptions;
  readonly #spool: Spool = new MemorySpool();
  readonly #abort = new AbortController();
  #destination: { upload: Upload; cutter: Cutter; queue: PartQueue } | null = null;
  #alive: ReturnType<typeof setInterval> | undefined;
  #trouble: unknown = null;

  constructor(options: JourneyOptions) {
    this.#options = options;
    this.take = options.makeTake({
      onChunk: (bytes, now_ms) => this.#send(this.#destination?.cutter.push(bytes, now_ms) ?? []),
      onFailure: options.onFailure,
    });
  }

  get progress(): PartProgress | null {
    return this.#destination?.queue.progress ?? null;
  }

  /** The failure that tries are waiting out, or that stopped a part for good; null while all goes well. */
  get trouble(): unknown {
    return this.progress?.failure ?? this.progress?.trouble ?? this.#trouble;
  }

  get isAbandoned(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Gets the upload that the parts go to. The take must not start before. Rejects with what waiting cannot cure. */
  async link(begin: (source: SourcePlan) => Promise<Upload>): Promise<void> {
    const { client, put, waiter, onChange } = this.#options;
    const source: SourcePlan = { kind: "recording", content_type: this.take.mime_type || "video/mp4" };
    const upload = await untilDone(() => begin(source), this.#patience);
    this.#abort.signal.throwIfAborted();
    const queue = new PartQueue({
      exchange: (plans, stored) => client.parts(upload.id, plans, stored),
      put,
      source: this.#spool,
      waiter,
      onChange,
    });
    this.#destination = { upload, queue, cutter: new Cutter({ most_bytes: upload.part_size_bytes }) };
    // Silent when it fails: whatever is wrong then stops a part too, and is told there.
    this.#alive = setInterval(() => void client.alive(upload.id).catch(() => undefined), ALIVE_EVERY_MS);
  }

  /** Stops the take and adds its last parts. */
  async handOver(): Promise<void> {
    await this.take.stop();
    await this.#send(this.#destination?.cutter.end() ?? []);
  }

  /** Resolves when the server has everything. Rejects with what waiting cannot cure; then it may be called again. */
  async complete(): Promise<void> {
    if (!this.#destination) throw new Error("nothing to complete");
    const { upload, queue } = this.#destination;
    queue.retry();
    await completeUpload({
      client: this.#options.client,
      uploadId: upload.id,
      queue,
      mayEndEarly: true,
      recorded_ms: this.take.elapsed_ms,
      ...this.#patience,
    });
    clearInterval(this.#alive);
  }

  /** Takes up again what failed: the person may have signed in meanwhile. */
  retry(): void {
    this.#destination?.queue.retry();
  }

  /** Ends the take, forgets its bytes and sends nothing any more. Twice is harmless. */
  abandon(): void {
    clearInterval(this.#alive);
    this.#abort.abort();
    this.take.abandon();
    this.#destination?.queue.abort();
  }

  get #patience(): { waiter: Waiter; signal: AbortSignal; onTrouble: (error: unknown) => void } {
    return {
      waiter: this.#options.waiter,
      signal: this.#abort.signal,
      onTrouble: (error) => {
        this.#trouble = error;
        this.#options.onChange();
      },
    };
  }

  async #send(parts: readonly CutPart[]): Promise<void> {
    for (const { number, bytes } of parts) {
      const sha256 = await sha256Hex(bytes);
      await this.#spool.keep(number, new Blob([bytes]));
      if (this.isAbandoned) return this.#spool.free(number);
      this.#destination?.queue.add({ number, size_bytes: bytes.length, sha256 });
    }
  }
}
