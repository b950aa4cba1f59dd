/**
 * One take on its way to the server: chunks become parts, parts are hashed, kept and sent, the upload is completed.
 *
 * A part is kept in the spool before it is sent. The spool lets it all go when the server has the whole recording, or when
 * the person throws it away; a page that is left in between leaves it there, and another visit can finish it.
 */
import type { SourcePlan, Upload, UploadClient } from "../../../uploads/ts/client.ts";
import { completeUpload } from "../../../uploads/ts/completion.ts";
import { sha256Hex } from "../../../uploads/ts/hashing.ts";
import { type PartProgress, PartQueue } from "../../../uploads/ts/part-queue.ts";
import type { Put } from "../../../uploads/ts/put.ts";
import { reopening } from "../../../uploads/ts/reopening.ts";
import { untilDone, type Waiter } from "../../../uploads/ts/retry.ts";
import { RoomWatch } from "../../../uploads/ts/room.ts";
import { DiskSpool, MemorySpool, type Spool } from "../../../uploads/ts/spool.ts";
import type { Discarded, SpoolDatabase } from "../../../uploads/ts/spool-database.ts";
import { holdUpload } from "../../../uploads/ts/upload-lock.ts";
import { Cutter, type CutPart } from "../../../videos/ts/recorder/cutter.ts";
import type { Take, TakeOptions } from "../../../videos/ts/recorder/recorder.ts";

/** Whose recording it is and where it will be seen. */
export interface Destination {
  upload: Upload;
  video_id: string;
  share_url: string | null;
}

export interface JourneyOptions {
  client: UploadClient;
  put: Put;
  waiter: Waiter;
  /** The public id of whoever records. */
  person: string;
  /** null where the browser keeps nothing: then the tab does. */
  database: SpoolDatabase | null;
  /** Begins to tell the server that the author is still there, and returns how to end that. */
  giveSignsOfLife: (give: () => void) => () => void;
  makeTake: (callbacks: Pick<TakeOptions, "onChunk" | "onFailure">) => Take;
  onChange: () => void;
  onFailure: () => void;
}

/** How much of the recording is safe where, in recorded time. */
export interface Safety {
  /** Up to here the server has it. */
  confirmed_ms: number;
  /** Some of it is kept by this tab alone: the browser's own storage takes nothing (more). */
  is_in_memory: boolean;
  /** How long the browser's storage lasts, at the pace of this recording, while nothing goes up; null for long enough. */
  room_ms: number | null;
}

interface Way {
  readonly upload: Upload;
  readonly cutter: Cutter;
  readonly queue: PartQueue;
  readonly spool: Spool;
}

export class Journey {
  readonly take: Take;
  readonly #options: JourneyOptions;
  readonly #room: RoomWatch;
  /** Recorded time at the end of each part, by its number less one. */
  readonly #ends_ms: number[] = [];
  readonly #abort = new AbortController();
  #way: Way | null = null;
  /** Lets other tabs take the recording over. */
  #release: () => void = () => undefined;
  #endSigns: () => void = () => undefined;
  #trouble: unknown = null;

  constructor(options: JourneyOptions) {
    this.#options = options;
    this.#room = new RoomWatch({ onChange: options.onChange, makeRoom: async () => this.#way?.spool.makeRoom() });
    this.take = options.makeTake({
      onChunk: (bytes) => this.#send(this.#way?.cutter.push(bytes) ?? []),
      onFailure: options.onFailure,
    });
  }

  get progress(): PartProgress | null {
    return this.#way?.queue.progress ?? null;
  }

  /** null until there is an upload. */
  get safety(): Safety | null {
    if (!this.#way) return null;
    const { queue, spool } = this.#way;
    const last = queue.confirmedFromStart.length - 1;
    return {
      // A part comes some time after what is in it was said, and the first one of an MP4 holds no picture at all: what the
      // one before had reached is the most that can be promised of it.
      confirmed_ms: this.#ends_ms[last - 1] ?? 0,
      is_in_memory: spool.is_in_memory,
      room_ms: this.#room.room_ms,
    };
  }

  /** The failure that tries are waiting out, or that stopped a part for good; null while all goes well. */
  get trouble(): unknown {
    return this.progress?.failure ?? this.progress?.trouble ?? this.#trouble;
  }

  /** What is recorded so far, as a file; null when some of it is on the server alone. */
  async whole(): Promise<Blob | null> {
    return (await this.#way?.spool.whole(this.take.mime_type)) ?? null;
  }

  get is_left(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Gets the upload that the parts go to. The take must not start before. Rejects with what waiting cannot cure. */
  async link(begin: (source: SourcePlan) => Promise<Destination>): Promise<void> {
    const { client, put, waiter, onChange, giveSignsOfLife } = this.#options;
    const source: SourcePlan = { kind: "recording", content_type: this.take.mime_type || "video/mp4" };
    const destination = await untilDone(() => begin(source), this.#patience);
    this.#abort.signal.throwIfAborted();
    const { upload } = destination;
    const spool = await this.#openSpool(destination, source.content_type);
    if (this.is_left) {
      this.#release();
      await spool.forget(); // nothing was recorded yet
    }
    this.#abort.signal.throwIfAborted();
    const queue = new PartQueue({
      exchange: reopening(client, upload.id),
      put,
      source: spool,
      waiter,
      onChange,
    });
    this.#way = { upload, queue, spool, cutter: new Cutter({ most_bytes: upload.part_size_bytes }) };
    // Silent when it fails: whatever is wrong then stops a part too, and is told there.
    this.#endSigns = giveSignsOfLife(() => void client.alive(upload.id).catch(() => undefined));
    this.#room.start();
  }

  /** Stops the take and adds its last parts. */
  async handOver(): Promise<void> {
    await this.take.stop();
    await this.#send(this.#way?.cutter.end() ?? []);
  }

  /** Resolves when the server has everything. Rejects with what waiting cannot cure; then it may be called again. */
  async complete(): Promise<void> {
    if (!this.#way) throw new Error("nothing to complete");
    const { upload, queue } = this.#way;
    queue.retry();
    await completeUpload({
      client: this.#options.client,
      uploadId: upload.id,
      queue,
      mayEndEarly: true,
      recorded_ms: this.take.elapsed_ms,
      ...this.#patience,
    });
    await this.forget();
    this.leave();
  }

  /** Takes up again what failed: the person may have signed in meanwhile. */
  retry(): void {
    this.#way?.queue.retry();
  }

  /** Ends the take and sends nothing any more; what is kept stays for another visit. Twice is harmless. */
  leave(): void {
    this.#end();
    this.#release();
  }

  /** Ends the take, and throws away what is kept of it: it alone, or its video too. The server is told by the caller. */
  async discard(what: Discarded): Promise<void> {
    this.#end();
    // What the disk will not let go of now is found by the next visit.
    await this.#way?.spool.discard(what).catch(() => undefined);
    this.#release();
  }

  /** The server has it all, or knows that it was thrown away. */
  async forget(): Promise<void> {
    await this.#way?.spool.forget().catch(() => undefined); // the next visit asks the server, and then forgets
  }

  #end(): void {
    this.#abort.abort();
    this.take.abandon();
    this.#way?.queue.abort();
    this.#endSigns();
    this.#room.stop();
  }

  async #openSpool({ upload, video_id, share_url }: Destination, content_type: string): Promise<Spool> {
    const { database, person } = this.#options;
    if (!database) return new MemorySpool();
    // Held for as long as the recording is this tab's, so that no other one offers to finish it.
    const released = new Promise<void>((resolve) => (this.#release = resolve));
    void holdUpload(upload.id, () => released);
    const row = { upload_id: upload.id, video_id, share_url, person, content_type, began_at_ms: Date.now() };
    try {
      await database.begin({ ...row, recorded_ms: 0, discarded: null });
    } catch {
      return new MemorySpool(); // the disk is full already
    }
    return new DiskSpool(database, upload.id);
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
    const recorded_ms = Math.round(this.take.elapsed_ms);
    for (const { number, bytes } of parts) {
      const sha256 = await sha256Hex(bytes);
      const size_bytes = bytes.length;
      await this.#way?.spool.keep({ number, size_bytes, sha256, recorded_ms }, new Blob([bytes]));
      if (this.is_left) return;
      this.#ends_ms[number - 1] = recorded_ms;
      this.#room.note(size_bytes, recorded_ms);
      this.#way?.queue.add({ number, size_bytes, sha256 });
    }
  }
}
