/** Brings the caption files that were picked with a video to it, once the video is there. */
import { type Api, ApiError } from "../../../core/ts/api.ts";
import type { PickedCaptions } from "../../../uploads/ts/picking.ts";
import { untilDone, type Waiter } from "../../../uploads/ts/retry.ts";
import { addCaptions, decodeCaptions } from "../../../videos/ts/captions.ts";
import type { PickedFile } from "./gathering.ts";

export type CaptionsState = "waiting" | "added" | { failed: unknown };

export class CaptionQueue {
  readonly #api: Api;
  readonly #waiter: Pick<Waiter, "wait">;
  readonly #files: readonly PickedCaptions<PickedFile>[];
  readonly #states = new Map<PickedCaptions<PickedFile>, CaptionsState>();
  readonly #onChange: () => void;
  #running = false;

  constructor(
    files: readonly PickedCaptions<PickedFile>[],
    { api, waiter, onChange }: { api: Api; waiter: Pick<Waiter, "wait">; onChange: () => void },
  ) {
    this.#files = files;
    this.#api = api;
    this.#waiter = waiter;
    this.#onChange = onChange;
  }

  get all(): readonly { file: PickedCaptions<PickedFile>; state: CaptionsState }[] {
    return this.#files.map((file) => ({ file, state: this.#states.get(file) ?? "waiting" }));
  }

  /**
   * Adds what is not added yet, one after the other; called again it goes on. Rejects with the `ApiError` 401 of a
   * session that has ended, and then all that was left waits. Whatever else is wrong stays with its file.
   */
  async run(videoId: string, signal: AbortSignal): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (const { file, state } of this.all) {
        if (state !== "waiting") continue;
        this.#states.set(file, await this.#add(videoId, file, signal));
        this.#onChange();
      }
    } finally {
      this.#running = false;
    }
  }

  async #add(videoId: string, { picked, language }: PickedCaptions<PickedFile>, signal: AbortSignal): Promise<CaptionsState> {
    try {
      const vtt = decodeCaptions(await picked.file.arrayBuffer());
      const body = { language, label: "", vtt };
      await untilDone(() => addCaptions(this.#api, videoId, body), { waiter: this.#waiter, signal });
      return "added";
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) throw error;
      // The upload goes on from another day, and the captions were added then.
      if (error instanceof ApiError && error.code === "caption_track_exists") return "added";
      return { failed: error };
    }
  }
}
