/**
 * The upload of one file, from the first call to the finished upload.
 *
 * First the unfinished uploads of a file of this size are looked at: where every part that the server knows is found in
 * this file, it goes on there. Else the video is made, because the server names the size of the parts. Then parts are
 * hashed as the queue has room for them, and sent.
 *
 * A failure or a pause leaves the upload as it is: `run()` again goes on with the parts that are lacking, since the same
 * `client_id` gives the same video and the queue keeps what is confirmed.
 */
import { newClientId } from "../../core/ts/client-id.ts";
import { ApiError } from "../../core/ts/api.ts";
import type { KnownUpload, UnfinishedUpload, Upload, UploadClient, Video } from "./client.ts";
import { completeUpload } from "./completion.ts";
import { Paused } from "./errors.ts";
import { nameToSend, titleFrom } from "./file-names.ts";
import { cutFile, FileSource } from "./file-parts.ts";
import { sha256Hex } from "./hashing.ts";
import { PartQueue } from "./part-queue.ts";
import type { Put } from "./put.ts";
import { untilDone, Waiter } from "./retry.ts";
import { isSameFile } from "./same-file.ts";
import { type Hold, holdUpload } from "./upload-lock.ts";

export interface FileProgress {
  /** "comparing" with an unfinished upload, of which `compared` is done, 0 to 1. */
  stage: "starting" | "comparing" | "sending" | "completing";
  compared: number;
  sent_bytes: number;
  total_bytes: number;
  /** An unfinished file of this size is another one, so this one begins anew. */
  differs: boolean;
  /** The failure that tries are waiting out; null while all goes well. */
  trouble: unknown;
}

export interface FileUploadOptions {
  file: File;
  client: UploadClient;
  put: Put;
  onProgress: (progress: FileProgress) => void;
  /** Hears the id of the video, once, as soon as there is one. */
  onVideo?: (videoId: string) => void;
  /** The unfinished uploads that nobody goes on with yet. Those of another size are left alone. */
  unfinished?: () => Promise<readonly UnfinishedUpload[]>;
  /** Takes one of them for this file; false when another one has taken it meanwhile. */
  claim?: (unfinished: UnfinishedUpload) => boolean;
  client_id?: string;
  hold?: Hold;
}

/** What the server says of an upload that takes nothing more: it was completed, or dropped and deleted. */
const ENDED: ReadonlySet<string> = new Set(["upload_closed", "not_found"]);

/** Where the bytes go: a video just made, or one of which parts are there. */
interface Target {
  readonly videoId: string;
  readonly upload: Upload;
  readonly confirmed: KnownUpload["parts"];
}

export class FileUpload {
  readonly #options: FileUploadOptions;
  #client_id: string;
  readonly #hold: Hold;
  readonly #waiter = new Waiter();
  readonly #ended = new AbortController();
  /** Ends with a pause and with `cancel()`; each run has its own. */
  #going = new AbortController();
  #last: Promise<unknown> = Promise.resolve();
  #queue: PartQueue | null = null;
  #target: Target | null = null;
  #video: Video | null = null;
  #progress: FileProgress;

  constructor(options: FileUploadOptions) {
    this.#options = options;
    this.#client_id = options.client_id ?? newClientId();
    this.#hold = options.hold ?? holdUpload;
    this.#progress = {
      stage: "starting", compared: 0, sent_bytes: 0, total_bytes: options.file.size, differs: false, trouble: null,
    };
  }

  /** The video as the server told it last; null until it has, and for an upload that goes on until its end. */
  get video(): Video | null {
    return this.#video;
  }

  /** The id of the upload; null until there is one. */
  get uploadId(): string | null {
    return this.#target?.upload.id ?? null;
  }

  /** Uploads the file, or goes on with it. Rejects with `Paused`, and with what cannot be cured by waiting. */
  run(): Promise<Video> {
    const before = this.#last;
    this.#going = new AbortController();
    if (this.#ended.signal.aborted) this.#going.abort(this.#ended.signal.reason);
    const { signal } = this.#going;
    // The run before may still be unwinding, with the lock in its hand.
    const running = before.then(() => this.#run(signal));
    this.#last = running.catch(() => undefined);
    return running;
  }

  async #run(signal: AbortSignal): Promise<Video> {
    const onTrouble = (trouble: unknown): void => this.#tell(signal, { trouble });
    const patience = { waiter: this.#waiter, signal, onTrouble };
    this.#tell(signal, { stage: "starting", trouble: null });
    if (!this.#target) {
      this.#target = (await this.#goOn(patience)) ?? (await this.#begin(patience));
      if (!this.#ended.signal.aborted) this.#options.onVideo?.(this.#target.videoId);
    }
    const target = this.#target;
    if (this.#ended.signal.aborted) await this.#options.client.discard(target.videoId, target.upload.id);
    signal.throwIfAborted();
    return this.#hold(target.upload.id, async () => {
      signal.throwIfAborted();
      try {
        this.#video = await this.#send(target, patience);
      } catch (error) {
        if (!(error instanceof ApiError && ENDED.has(error.code))) throw error;
        this.#video = await this.#afterItsEnd(target, error, patience);
      }
      return this.#video;
    });
  }

  /** The video, if another tab has completed the upload meanwhile; else it was dropped, and the next run begins anew. */
  async #afterItsEnd(target: Target, error: ApiError, patience: Patience): Promise<Video> {
    try {
      return await untilDone(() => this.#options.client.complete(target.upload.id, { parts: [] }), patience);
    } catch {
      patience.signal.throwIfAborted();
      this.#target = null;
      this.#queue = null;
      this.#client_id = newClientId();
      throw error;
    }
  }

  /** The unfinished upload that this file belongs to, null where there is none. */
  async #goOn(patience: Patience): Promise<Target | null> {
    const { file, client, unfinished = async () => [], claim = () => true } = this.#options;
    const name = nameToSend(file.name);
    const found = (await untilDone(unfinished, patience)).filter((candidate) => candidate.size_bytes === file.size);
    // The one of the same name first: most often it is that.
    const candidates = found.sort((a, b) => Number(b.file_name === name) - Number(a.file_name === name));
    let differs = false;
    for (const candidate of candidates) {
      const upload = await untilDone(() => stillOpen(client, candidate.id), patience);
      if (!upload) continue;
      const source = new FileSource(file, cutFile(file.size, upload.part_size_bytes));
      this.#tell(patience.signal, { stage: "comparing", compared: 0 });
      const onCompared = (compared: number): void => this.#tell(patience.signal, { compared });
      // Of an upload without a part there is nothing to mix up: its name decides.
      const isSame =
        upload.parts.length === 0
          ? candidate.file_name === name
          : await isSameFile(source, file.size, upload, { signal: patience.signal, onCompared });
      if (isSame && claim(candidate)) {
        const confirmed = upload.parts.filter((part) => part.state === "confirmed");
        return { videoId: candidate.video, upload, confirmed };
      }
      differs ||= !isSame && upload.parts.length > 0;
    }
    this.#tell(patience.signal, { stage: "starting", differs });
    return null;
  }

  async #begin(patience: Patience): Promise<Target> {
    const { file, client } = this.#options;
    const source = {
      kind: "file" as const,
      content_type: file.type || "application/octet-stream",
      size_bytes: file.size,
      file_name: nameToSend(file.name),
    };
    const body = { client_id: this.#client_id, title: titleFrom(file.name), source };
    const video = await untilDone(() => client.startVideo(body), patience);
    this.#video = video;
    return { videoId: video.id, upload: video.upload, confirmed: [] };
  }

  async #send({ upload, confirmed }: Target, patience: Patience): Promise<Video> {
    const { file, client } = this.#options;
    const { signal } = patience;
    const cuts = cutFile(file.size, upload.part_size_bytes);
    const parts = new FileSource(file, cuts);
    this.#tell(signal, { stage: "sending" });
    const queue = (this.#queue ??= new PartQueue({
      exchange: (plans, stored) => client.parts(upload.id, plans, stored),
      put: this.#options.put,
      source: parts,
      waiter: this.#waiter,
      onChange: ({ sent_bytes, trouble }) => this.#tell(this.#going.signal, { sent_bytes, trouble }),
    }));
    for (const { number, size_bytes, sha256 } of confirmed) queue.addConfirmed({ number, size_bytes, sha256 });
    queue.retry();
    const known = new Set(queue.plans.map((plan) => plan.number));
    for (const cut of cuts) {
      if (known.has(cut.number)) continue;
      await queue.whenRoom();
      const sha256 = await sha256Hex(await parts.bytes(cut.number));
      signal.throwIfAborted();
      queue.add({ number: cut.number, size_bytes: cut.end_bytes - cut.start_bytes, sha256 });
    }
    await queue.whenConfirmed();
    this.#tell(signal, { stage: "completing" });
    return completeUpload({ client, uploadId: upload.id, queue, mayEndEarly: false, ...patience });
  }

  /** Cuts every wait short: the network is back. */
  wake(): void {
    this.#waiter.wake();
  }

  /** Ends what is on the way and keeps what is stored; `run()` then rejects with `Paused`, and again goes on. */
  pause(): void {
    this.#queue?.pause(); // first, so that what is told last is what is safe
    this.#going.abort(new Paused());
  }

  /** Ends the upload and deletes its video; `run()` then rejects with an AbortError. Twice is harmless. */
  async cancel(): Promise<void> {
    this.#ended.abort();
    this.#going.abort(this.#ended.signal.reason);
    this.#queue?.abort();
    if (this.#target) await this.#options.client.discard(this.#target.videoId, this.#target.upload.id);
  }

  #tell(signal: AbortSignal, change: Partial<FileProgress>): void {
    this.#progress = { ...this.#progress, ...change };
    if (!signal.aborted) this.#options.onProgress(this.#progress);
  }
}

interface Patience {
  waiter: Waiter;
  signal: AbortSignal;
  onTrouble: (error: unknown) => void;
}

/** The upload with its parts; null when it has ended or is gone. */
async function stillOpen(client: UploadClient, uploadId: string): Promise<KnownUpload | null> {
  try {
    const upload = await client.upload(uploadId);
    return upload.status === "open" ? upload : null;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
