/**
 * The upload of one file, from the first call to the finished upload.
 *
 * The video is made first, because the server names the size of the parts. Then parts are hashed as the queue has room
 * for them, and sent. A failure leaves the upload as it is: `run()` again goes on with the parts that are lacking, since
 * the same `client_id` gives the same video and the queue keeps what is confirmed.
 */
import { newClientId } from "../../core/ts/client-id.ts";
import type { StartedVideo, UploadClient, Video } from "./client.ts";
import { completeUpload } from "./completion.ts";
import { cutFile, FileSource } from "./file-parts.ts";
import { sha256Hex } from "./hashing.ts";
import { PartQueue } from "./part-queue.ts";
import type { Put } from "./put.ts";
import { untilDone, Waiter } from "./retry.ts";

export interface FileProgress {
  stage: "starting" | "sending" | "completing";
  sent_bytes: number;
  total_bytes: number;
  /** The failure that tries are waiting out; null while all goes well. */
  trouble: unknown;
}

export interface FileUploadOptions {
  file: File;
  client: UploadClient;
  put: Put;
  onProgress: (progress: FileProgress) => void;
  client_id?: string;
}

export class FileUpload {
  readonly #options: FileUploadOptions;
  readonly #client_id: string;
  readonly #waiter = new Waiter();
  readonly #abort = new AbortController();
  #queue: PartQueue | null = null;
  #video: StartedVideo | null = null;
  #progress: FileProgress;

  constructor(options: FileUploadOptions) {
    this.#options = options;
    this.#client_id = options.client_id ?? newClientId();
    this.#progress = { stage: "starting", sent_bytes: 0, total_bytes: options.file.size, trouble: null };
  }

  /** The video as the server made it; null until then. */
  get video(): StartedVideo | null {
    return this.#video;
  }

  /** Uploads the file, or goes on with it after a failure. Rejects with what cannot be cured by waiting. */
  async run(): Promise<Video> {
    const { file, client } = this.#options;
    const onTrouble = (trouble: unknown): void => this.#tell({ trouble });
    const patience = { waiter: this.#waiter, signal: this.#abort.signal, onTrouble };
    const source = {
      kind: "file" as const,
      content_type: file.type || "application/octet-stream",
      size_bytes: file.size,
      file_name: file.name,
    };
    this.#tell({ stage: "starting", trouble: null });
    this.#video ??= await untilDone(() => client.startVideo({ client_id: this.#client_id, source }), patience);
    if (this.#abort.signal.aborted) {
      // Cancelled while the video was being made: cancel() could not know its id yet.
      await client.deleteVideo(this.#video.id);
      this.#abort.signal.throwIfAborted();
    }
    const { upload } = this.#video;
    const cuts = cutFile(file.size, upload.part_size_bytes);
    const parts = new FileSource(file, cuts);
    this.#tell({ stage: "sending" });
    const queue = (this.#queue ??= new PartQueue({
      exchange: (plans, stored) => client.parts(upload.id, plans, stored),
      put: this.#options.put,
      source: parts,
      waiter: this.#waiter,
      onChange: ({ sent_bytes, trouble }) => this.#tell({ sent_bytes, trouble }),
    }));
    queue.retry();
    const known = new Set(queue.plans.map((plan) => plan.number));
    for (const cut of cuts) {
      if (known.has(cut.number)) continue;
      await queue.whenRoom();
      const sha256 = await sha256Hex(await parts.bytes(cut.number));
      this.#abort.signal.throwIfAborted();
      queue.add({ number: cut.number, size_bytes: cut.end_bytes - cut.start_bytes, sha256 });
    }
    await queue.whenConfirmed();
    this.#tell({ stage: "completing" });
    return completeUpload({ client, uploadId: upload.id, queue, mayEndEarly: false, ...patience });
  }

  /** Cuts every wait short: the network is back. */
  wake(): void {
    this.#waiter.wake();
  }

  /** Ends the upload and deletes its video; `run()` then rejects with an AbortError. Twice is harmless. */
  async cancel(): Promise<void> {
    this.#abort.abort();
    this.#queue?.abort();
    if (this.#video) await this.#options.client.deleteVideo(this.#video.id);
  }

  #tell(change: Partial<FileProgress>): void {
    this.#progress = { ...this.#progress, ...change };
    if (!this.#abort.signal.aborted) this.#options.onProgress(this.#progress);
  }
}
