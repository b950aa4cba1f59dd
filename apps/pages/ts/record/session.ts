/**
 * Drives a recording: acts on each change of state with studio, take and upload.
 *
 * The video and its link are made while the countdown runs, so that nothing is said into a recorder that has nowhere to
 * send it. Start over keeps video and link and begins another upload. What comes back late from an earlier journey finds
 * that it is no longer the current one, and is dropped.
 */
import { ApiError } from "../../../core/ts/api.ts";
import { newClientId } from "../../../core/ts/client-id.ts";
import type { SourcePlan, StartedVideo, Upload, UploadClient } from "../../../uploads/ts/client.ts";
import type { PartProgress } from "../../../uploads/ts/part-queue.ts";
import type { Put } from "../../../uploads/ts/put.ts";
import { untilDone, Waiter } from "../../../uploads/ts/retry.ts";
import { DevicesRefused } from "../../../videos/ts/recorder/devices.ts";
import { type Event, INITIAL, next, type Problem, type State } from "../../../videos/ts/recorder/state.ts";
import { type Choice, Studio } from "../../../videos/ts/recorder/studio.ts";
import { Journey } from "./journey.ts";

export interface SessionOptions {
  client: UploadClient;
  put: Put;
  worker_url: string;
  choice: Choice;
  /** State, progress, link or trouble changed. */
  onChange: () => void;
}

export class RecordSession {
  readonly #options: SessionOptions;
  readonly #studio: Studio;
  readonly #waiter = new Waiter();
  #choice: Choice;
  #state: State = INITIAL;
  #journey: Journey | null = null;
  #video: StartedVideo | null = null;
  /** One for the video, however often making it is tried. */
  #client_id = newClientId();
  /** Settles when nobody is making a video any more. */
  #linking: Promise<void> = Promise.resolve();
  #countdown: ReturnType<typeof setInterval> | undefined;
  #trouble: unknown = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#choice = options.choice;
    this.#studio = new Studio({ worker_url: options.worker_url, onEnded: () => this.send({ type: "source_ended" }) });
  }

  get state(): State {
    return this.#state;
  }

  get choice(): Choice {
    return this.#choice;
  }

  /** The video as the server made it, its link included; null until then. */
  get video(): StartedVideo | null {
    return this.#video;
  }

  /** What is recorded, for the preview; null while no devices are open. */
  get stream(): MediaStream | null {
    return this.#studio.stream;
  }

  /** Whether the sound of what is shared is recorded; null when nothing is shared. */
  get has_shared_sound(): boolean | null {
    return this.#studio.has_shared_sound;
  }

  get elapsed_ms(): number {
    return this.#journey?.take.elapsed_ms ?? 0;
  }

  get progress(): PartProgress | null {
    return this.#journey?.progress ?? null;
  }

  /** The failure that tries are waiting out, or that stopped a part for good; null while all goes well. */
  get trouble(): unknown {
    return this.#journey?.trouble ?? this.#trouble;
  }

  /** Takes another mode, microphone or bubble. Only the bubble changes what is being recorded. */
  choose(choice: Choice): void {
    const reopens = choice.mode !== this.#choice.mode || choice.microphone !== this.#choice.microphone;
    this.#choice = choice;
    this.#studio.moveBubble(choice.bubble);
    if (reopens) this.send({ type: "rechoose" });
  }

  /** The network or the person is back: every wait is cut short, what failed is tried again. */
  wake(): void {
    this.#waiter.wake();
    this.#journey?.retry();
  }

  send(event: Event): void {
    const before = this.#state;
    const after = next(before, event);
    if (after === before) return;
    this.#state = after;
    this.#act(before, after);
    this.#options.onChange();
  }

  /** Lets go of everything; the page is being left. */
  close(): void {
    this.#endJourney();
    this.#studio.close();
  }

  #act(before: State, after: State): void {
    if (after.name !== "countdown") clearInterval(this.#countdown);
    switch (after.name) {
      case "choosing":
        this.#endJourney();
        if (after.devices === "closed") this.#studio.close();
        return;
      case "asking":
        void this.#open();
        return;
      case "countdown":
        if (before.name !== "countdown") this.#beginJourney();
        return;
      case "recording":
        if (before.name === "paused") this.#journey?.take.resume();
        else this.#journey?.take.start();
        return;
      case "paused":
        this.#journey?.take.pause();
        return;
      case "stopping":
        void this.#handOver();
        return;
      case "finishing":
        void this.#complete();
        return;
      case "discarding":
        void this.#discard();
        return;
      case "stuck":
      case "done":
        return;
    }
  }

  async #open(): Promise<void> {
    try {
      await this.#studio.open(this.#choice);
      this.send({ type: "opened" });
    } catch (error) {
      const failed: Problem = { code: "device_failed", detail: "" };
      this.send({ type: "refused", problem: error instanceof DevicesRefused ? error.problem : failed });
    }
  }

  #beginJourney(): void {
    this.#endJourney();
    const { client, put, onChange } = this.#options;
    const journey = new Journey({
      client,
      put,
      onChange,
      waiter: this.#waiter,
      makeTake: (callbacks) => this.#studio.makeTake(callbacks),
      onFailure: () => this.send({ type: "source_ended" }),
    });
    this.#journey = journey;
    clearInterval(this.#countdown);
    this.#countdown = setInterval(() => this.send({ type: "tick" }), 1_000);
    this.#linking = this.#link(journey);
  }

  async #link(journey: Journey): Promise<void> {
    const again_id = newClientId();
    const begin = async (source: SourcePlan): Promise<Upload> => {
      const { client } = this.#options;
      if (this.#video) return client.startOver(this.#video.id, { client_id: again_id, source });
      this.#video = await client.startVideo({ client_id: this.#client_id, source });
      return this.#video.upload;
    };
    try {
      await journey.link(begin);
      if (journey === this.#journey) this.send({ type: "linked" });
    } catch (error) {
      if (journey === this.#journey) this.send({ type: "not_linked", problem: problemOf(error) });
    }
  }

  async #handOver(): Promise<void> {
    const journey = this.#journey;
    if (!journey) return;
    let event: Event = { type: "handed_over" };
    try {
      await journey.handOver();
    } catch {
      // A chunk could not be read: out of memory or disk. What was kept can still go up by Try again.
      event = { type: "stuck", problem: { code: "recorder_failed", detail: "" } };
    }
    if (journey !== this.#journey) return;
    this.#studio.close();
    this.send(event);
  }

  async #complete(): Promise<void> {
    const journey = this.#journey;
    if (!journey) return;
    try {
      await journey.complete();
      if (journey === this.#journey) this.send({ type: "completed" });
    } catch (error) {
      if (journey === this.#journey) this.send({ type: "stuck", problem: problemOf(error) });
    }
  }

  async #discard(): Promise<void> {
    this.#endJourney();
    this.#studio.close();
    // A video that is being made right now has no id to delete yet.
    await this.#linking;
    const video = this.#video;
    const patience = {
      waiter: this.#waiter,
      signal: new AbortController().signal, // Discarded means gone from the server too, so this one waits.
      onTrouble: (trouble: unknown) => {
        this.#trouble = trouble;
        this.#options.onChange();
      },
    };
    let problem: Problem | null = null;
    try {
      if (video) await untilDone(() => this.#options.client.deleteVideo(video.id), patience);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) problem = problemOf(error);
    }
    this.#video = null;
    this.#client_id = newClientId();
    this.send({ type: "discarded", problem });
  }

  #endJourney(): void {
    this.#journey?.abandon();
    this.#journey = null;
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof ApiError && error.status === 401) return { code: "not_signed_in", detail: "" };
  const detail = error instanceof Error && "detail" in error && typeof error.detail === "string" ? error.detail : "";
  return { code: "server", detail };
}
