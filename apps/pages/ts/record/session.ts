/**
 * Drives a recording: acts on each change of state with studio, take and upload.
 *
 * The video and its link are made while the countdown runs, so that nothing is said into a recorder that has nowhere to
 * send it. Start over keeps video and link and begins another upload. What comes back late from an earlier journey finds
 * that it is no longer the current one, and is dropped.
 */
import { ApiError } from "../../../core/ts/api.ts";
import { newClientId } from "../../../core/ts/client-id.ts";
import type { SourcePlan, StartedVideo, UploadClient } from "../../../uploads/ts/client.ts";
import type { PartProgress } from "../../../uploads/ts/part-queue.ts";
import type { Put } from "../../../uploads/ts/put.ts";
import { untilDone, Waiter } from "../../../uploads/ts/retry.ts";
import { askToPersist } from "../../../uploads/ts/room.ts";
import type { Discarded, SpoolDatabase } from "../../../uploads/ts/spool-database.ts";
import { type Choice, type DeviceKind, needsReopening } from "../../../videos/ts/recorder/choice.ts";
import type { Size } from "../../../videos/ts/recorder/layout.ts";
import { DevicesRefused } from "../../../videos/ts/recorder/refusals.ts";
import { type Event, INITIAL, next, type Problem, type State } from "../../../videos/ts/recorder/state.ts";
import { Studio } from "../../../videos/ts/recorder/studio.ts";
import { type Destination, Journey, type JourneyOptions, type Safety } from "./journey.ts";

export interface SessionOptions {
  client: UploadClient;
  put: Put;
  worker_url: string;
  /** The public id of whoever records. */
  person: string;
  /** Opens within a moment, long before anybody has answered the browser's questions; null where nothing is kept. */
  database: Promise<SpoolDatabase | null>;
  giveSignsOfLife: JourneyOptions["giveSignsOfLife"];
  choice: Choice;
  /** State, devices, progress, link or trouble changed. */
  onChange: () => void;
}

export class RecordSession {
  readonly #options: SessionOptions;
  readonly #studio: Studio;
  readonly #waiter = new Waiter();
  #choice: Choice;
  #database: SpoolDatabase | null = null;
  #state: State = INITIAL;
  #journey: Journey | null = null;
  #video: StartedVideo | null = null;
  /** Of the last Start over; null while the video's first upload is the open one. */
  #upload_id: string | null = null;
  /** One for the video, however often making it is tried. */
  #client_id = newClientId();
  /** Settles when nobody is making a video any more. */
  #linking: Promise<void> = Promise.resolve();
  #countdown: ReturnType<typeof setInterval> | undefined;
  #trouble: unknown = null;
  #recorded: Blob | null = null;
  /** Why the camera or microphone that was asked for last did not take its place. */
  #swap_problem: Problem | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#choice = options.choice;
    void options.database.then((database) => (this.#database = database));
    this.#studio = new Studio({
      worker_url: options.worker_url,
      onEnded: () => this.send({ type: "source_ended" }),
      onChange: options.onChange,
    });
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

  /** The size of what is recorded; null while no devices are open. */
  get canvas(): Size | null {
    return this.#studio.canvas;
  }

  /** The camera as it comes, for the speaker's own view; null without one. */
  get camera(): MediaStream | null {
    return this.#studio.camera;
  }

  /** Whether a camera that is meant to be seen gives no picture. */
  get is_camera_dark(): boolean {
    return this.#studio.is_camera_dark && this.#choice.look !== "hidden";
  }

  get most_height(): 720 | 1080 {
    return this.#studio.most_height;
  }

  /** Whether all that is on the screen is recorded, and not a window or a tab alone. */
  get shares_whole_screen(): boolean {
    return this.#studio.shares_whole_screen;
  }

  /** Devices that were there and are gone. */
  get lost(): ReadonlySet<DeviceKind> {
    return this.#studio.lost;
  }

  /** Chosen devices that are not connected, so that another one is open in their place. */
  get missing(): readonly DeviceKind[] {
    return this.#studio.missing;
  }

  /** Why the camera or microphone that was asked for last did not take its place; null when it did. */
  get swap_problem(): Problem | null {
    return this.#swap_problem;
  }

  /** The microphone's loudest moment since the last call, 0 to 1; null where nothing can be heard or measured. */
  peak(): number | null {
    return this.#studio.peak();
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

  /** How much of the recording is safe where; null while there is nothing to be safe. */
  get safety(): Safety | null {
    return this.#journey?.safety ?? null;
  }

  /** What was recorded, from Stop on; null before, and when some of it is on the server alone. */
  get recorded(): Blob | null {
    return this.#recorded;
  }

  /** The failure that tries are waiting out, or that stopped a part for good; null while all goes well. */
  get trouble(): unknown {
    return this.#journey?.trouble ?? this.#trouble;
  }

  /** What is recorded so far, as a file; null when some of it is on the server alone, or nothing is there. */
  async copy(): Promise<Blob | null> {
    return this.#recorded ?? (await this.#journey?.whole()) ?? null;
  }

  /** Takes another choice. While recording another camera, microphone or bubble goes into what is being recorded. */
  choose(choice: Choice): void {
    const before = this.#choice;
    this.#choice = choice;
    this.#studio.show(choice);
    if (needsReopening(before, choice)) return this.send({ type: "rechoose" });
    this.#swapSince(before);
  }

  /** Opens the chosen camera or microphone, or whichever is there, in the place of one that is open or lost. */
  async use(kind: DeviceKind): Promise<void> {
    this.#swap_problem = null;
    try {
      await this.#studio.replace(kind, this.#choice);
    } catch (error) {
      this.#swap_problem = openingProblem(error);
    }
    this.#options.onChange();
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

  /** Ends everything; the page is being left. What is not with the server yet stays in the browser. */
  close(): void {
    this.#journey?.leave();
    this.#studio.close();
  }

  #act(before: State, after: State): void {
    if (after.name !== "countdown") clearInterval(this.#countdown);
    switch (after.name) {
      case "choosing":
        this.#endJourney("take");
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
    this.#swap_problem = null;
    const asked = this.#choice;
    try {
      await this.#studio.open(asked);
    } catch (error) {
      return this.send({ type: "refused", problem: openingProblem(error) });
    }
    this.send({ type: "opened" });
    // The person may have chosen on while the browser was asking.
    this.#studio.show(this.#choice);
    this.#swapSince(asked);
  }

  #swapSince(before: Choice): void {
    if (before.camera_id !== this.#choice.camera_id) void this.use("camera");
    if (before.microphone_id !== this.#choice.microphone_id) void this.use("microphone");
  }

  #beginJourney(): void {
    const before = this.#endJourney("take");
    const { client, put, person, giveSignsOfLife, onChange } = this.#options;
    const journey = new Journey({
      client,
      put,
      person,
      database: this.#database,
      giveSignsOfLife,
      onChange,
      waiter: this.#waiter,
      makeTake: (callbacks) => this.#studio.makeTake(callbacks),
      onFailure: () => this.send({ type: "source_ended" }),
    });
    this.#journey = journey;
    clearInterval(this.#countdown);
    this.#countdown = setInterval(() => this.send({ type: "tick" }), 1_000);
    void askToPersist();
    this.#linking = this.#link(journey, before);
  }

  /** `before` is the take that was started over: the server drops it when the next one gets its upload. */
  async #link(journey: Journey, before: Journey | null): Promise<void> {
    const again_id = newClientId();
    const begin = async (source: SourcePlan): Promise<Destination> => {
      const { client } = this.#options;
      if (this.#video) {
        const { id: video_id, share_url } = this.#video;
        const upload = await client.startOver(video_id, { client_id: again_id, source });
        this.#upload_id = upload.id;
        return { upload, video_id, share_url };
      }
      this.#video = await client.startVideo({ client_id: this.#client_id, source });
      const { id: video_id, share_url, upload } = this.#video;
      return { upload, video_id, share_url };
    };
    try {
      await journey.link(begin);
      await before?.forget();
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
    // One that cannot be read now is only not shown; its parts are read again when they go up.
    this.#recorded = await journey.whole().catch(() => null);
    if (journey === this.#journey) this.send(event);
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
    const journey = this.#endJourney("video");
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
      const upload_id = this.#upload_id ?? video?.upload.id ?? "";
      if (video) await untilDone(() => this.#options.client.discard(video.id, upload_id), patience);
      await journey?.forget();
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) problem = problemOf(error);
    }
    this.#video = null;
    this.#upload_id = null;
    this.#client_id = newClientId();
    this.send({ type: "discarded", problem });
  }

  /** Throws away what is kept of the journey there is, and returns it: it is to forget the rest when the server knows. */
  #endJourney(discarded: Discarded): Journey | null {
    const journey = this.#journey;
    this.#journey = null;
    this.#recorded = null;
    void journey?.discard(discarded);
    return journey;
  }
}

function openingProblem(error: unknown): Problem {
  return error instanceof DevicesRefused ? error.problem : { code: "device_failed", detail: "" };
}

function problemOf(error: unknown): Problem {
  if (error instanceof ApiError && error.status === 401) return { code: "not_signed_in", detail: "" };
  const detail = error instanceof Error && "detail" in error && typeof error.detail === "string" ? error.detail : "";
  return { code: "server", detail };
}
