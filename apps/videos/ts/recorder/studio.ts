/**
 * The open devices and what is made of them: one picture of fixed size and one sound, ready to be recorded.
 *
 * A camera or a microphone that is lost leaves a gap that another one can fill, in the same picture and the same sound,
 * so that a recording goes on. Without a screen, and with both of them gone, nothing is left and it ends.
 */
import { type Choice, type DeviceKind } from "./choice.ts";
import { type Compositor, openCompositor } from "./compositor.ts";
import { closeDevices, type Devices, NO_DEVICES, onDark, onEnded, openDevice, openDevices, sourceSize, stopStream } from "./devices.ts";
import { chooseFormat } from "./formats.ts";
import { canvasFor, type Size } from "./layout.ts";
import { Take, type TakeOptions } from "./recorder.ts";
import { DevicesRefused, refusal } from "./refusals.ts";
import type { Look } from "./scene.ts";
import { openSound, type Sound } from "./sound.ts";

interface Rig {
  devices: Devices;
  compositor: Compositor;
  sound: Sound;
  stream: MediaStream;
  canvas: Size;
  lost: ReadonlySet<DeviceKind>;
  missing: readonly DeviceKind[];
  /** Undoes listening to the tracks of each device. */
  listening: Record<keyof Devices, () => void>;
}

export interface StudioOptions {
  worker_url: string;
  /** Nothing is left to be recorded. */
  onEnded: () => void;
  /** A camera or microphone was lost, or is there again; the camera's picture stopped, or comes again. */
  onChange: () => void;
}

const NONE: ReadonlySet<DeviceKind> = new Set();

export class Studio {
  readonly #options: StudioOptions;
  readonly #format = chooseFormat((mime_type) => MediaRecorder.isTypeSupported(mime_type));
  #rig: Rig | null = null;
  /** One replacement after the other: two cameras put in at once would leave one of them running. */
  #replacing: Promise<void> = Promise.resolve();

  constructor(options: StudioOptions) {
    this.#options = options;
  }

  /** The composed picture and the mixed sound; null while closed. */
  get stream(): MediaStream | null {
    return this.#rig?.stream ?? null;
  }

  /** The size of the picture; null while closed. */
  get canvas(): Size | null {
    return this.#rig?.canvas ?? null;
  }

  /** The camera as it comes, for the speaker's own view; null without one. */
  get camera(): MediaStream | null {
    return this.#rig?.devices.camera ?? null;
  }

  /** Whether the camera that is open gives no picture: its shutter is closed, or another program has taken it. */
  get is_camera_dark(): boolean {
    return videoTrack(this.camera)?.muted ?? false;
  }

  /** The most lines that this browser's format can carry. */
  get most_height(): 720 | 1080 {
    return this.#format.most_height;
  }

  /** Whether the browser gave the sound of what is shared; null when nothing is shared. */
  get has_shared_sound(): boolean | null {
    return this.#rig?.devices.screen ? this.#rig.sound.has_shared_sound : null;
  }

  /** Whether all that is on the screen is recorded, and not a window or a tab alone. */
  get shares_whole_screen(): boolean {
    return videoTrack(this.#rig?.devices.screen ?? null)?.getSettings().displaySurface === "monitor";
  }

  /** Devices that were there and are gone. */
  get lost(): ReadonlySet<DeviceKind> {
    return this.#rig?.lost ?? NONE;
  }

  /** Chosen devices that are not connected, so that another one is open in their place. */
  get missing(): readonly DeviceKind[] {
    return this.#rig?.missing ?? [];
  }

  /** The microphone's loudest moment since the last call, 0 to 1; null where nothing can be heard or measured. */
  peak(): number | null {
    return this.#rig?.sound.peak() ?? null;
  }

  /**
   * Opens what is chosen; what is open and still serves stays open. Must be called straight from a click.
   * Rejects with `DevicesRefused`, or another error when the picture cannot be made; everything is closed then.
   */
  async open(choice: Choice): Promise<void> {
    const before = this.#rig;
    this.#rig = null;
    if (before) dismantle(before);
    const { devices, missing } = await openDevices(choice, before?.devices ?? NO_DEVICES);
    const isKept = (kind: DeviceKind): boolean => devices[kind] !== null && devices[kind] === before?.devices[kind];
    const stillMissing = before?.missing.filter(isKept) ?? [];
    let sound: Sound | null = null;
    try {
      sound = await openSound({ microphone: devices.microphone, shared: devices.screen });
      const canvas = canvasFor(sourceSize(devices), smaller(this.#format.most_height, choice.quality));
      const compositor = await openCompositor({
        worker_url: this.#options.worker_url,
        canvas,
        screen: videoTrack(devices.screen),
        camera: videoTrack(devices.camera),
        look: lookOf(choice),
      });
      const stream = new MediaStream([compositor.track, ...(sound.track ? [sound.track] : [])]);
      const rig: Rig = { devices, compositor, sound, stream, canvas, missing: [...stillMissing, ...missing], lost: NONE, listening: notListening() };
      rig.listening.screen = onEnded(devices.screen, "video", this.#options.onEnded);
      for (const kind of ["camera", "microphone"] as const) this.#listen(rig, kind);
      this.#rig = rig;
    } catch (error) {
      sound?.close();
      closeDevices(devices);
      throw error;
    }
  }

  /** Moves the bubble, blurs, hides or mirrors the camera, also while recording. */
  show(choice: Choice): void {
    this.#rig?.compositor.setLook(lookOf(choice));
  }

  /**
   * Puts the chosen camera or microphone in the place of the one that is open or lost, also while recording. Does
   * nothing while closed. Rejects with `DevicesRefused`; what was open stays then, where the browser allows it.
   */
  replace(kind: DeviceKind, choice: Choice): Promise<void> {
    const replaced = this.#replacing.then(() => this.#replace(kind, choice));
    this.#replacing = replaced.catch(() => undefined);
    return replaced;
  }

  /** A recorder of what is open, not yet started. Throws when nothing is. */
  makeTake(callbacks: Pick<TakeOptions, "onChunk" | "onFailure">): Take {
    if (!this.#rig) throw new Error("the studio is closed");
    const { stream, canvas } = this.#rig;
    return new Take({
      stream,
      mime_type: this.#format.mime_type,
      height: Math.min(canvas.width, canvas.height),
      ...callbacks,
    });
  }

  close(): void {
    if (!this.#rig) return;
    dismantle(this.#rig);
    closeDevices(this.#rig.devices);
    this.#rig = null;
  }

  async #replace(kind: DeviceKind, choice: Choice): Promise<void> {
    const rig = this.#rig;
    if (!rig || (!rig.devices[kind] && !rig.lost.has(kind))) return;
    const { stream, isMissing } = await openDevice(kind, choice).catch((error: unknown) => {
      const isBusy = error instanceof DevicesRefused && error.problem.code === `${kind}_busy`;
      if (!isBusy || !rig.devices[kind] || this.#rig !== rig) throw error;
      // A phone opens one camera at a time: the other one only when this one is closed.
      this.#lose(rig, kind);
      return openDevice(kind, choice);
    });
    if (this.#rig !== rig) return stopStream(stream);
    if (kind === "microphone" && !rig.sound.setMicrophone(stream)) {
      stopStream(stream);
      throw refusal("microphone_fixed");
    }
    rig.listening[kind]();
    stopStream(rig.devices[kind]);
    rig.devices[kind] = stream;
    rig.lost = new Set([...rig.lost].filter((lost) => lost !== kind));
    rig.missing = [...rig.missing.filter((missing) => missing !== kind), ...(isMissing ? [kind] : [])];
    this.#listen(rig, kind);
    if (kind === "camera") await rig.compositor.setCamera(videoTrack(stream));
    this.#options.onChange();
  }

  #listen(rig: Rig, kind: DeviceKind): void {
    const stream = rig.devices[kind];
    const undoing = [onEnded(stream, kind === "camera" ? "video" : "audio", () => this.#lose(rig, kind)), onDark(stream, this.#options.onChange)];
    rig.listening[kind] = () => {
      for (const undo of undoing) undo();
    };
  }

  #lose(rig: Rig, kind: DeviceKind): void {
    if (this.#rig !== rig) return;
    rig.listening[kind]();
    stopStream(rig.devices[kind]);
    rig.devices[kind] = null;
    rig.lost = new Set([...rig.lost, kind]);
    if (kind === "camera") void rig.compositor.setCamera(null);
    else rig.sound.setMicrophone(null);
    if (Object.values(rig.devices).every((stream) => stream === null)) this.#options.onEnded();
    else this.#options.onChange();
  }
}

function notListening(): Rig["listening"] {
  return { screen: () => undefined, camera: () => undefined, microphone: () => undefined };
}

/** Takes the picture and the sound apart and leaves the devices open. */
function dismantle({ compositor, sound, listening }: Rig): void {
  for (const stop of Object.values(listening)) stop();
  compositor.close();
  sound.close();
}

function lookOf({ mode, bubble, look, mirror }: Choice): Look {
  return { bubble: mode === "screen_camera" ? bubble : null, camera: look, is_mirrored: mirror === "recording" };
}

function smaller(a: 720 | 1080, b: 720 | 1080): 720 | 1080 {
  return a < b ? a : b;
}

function videoTrack(stream: MediaStream | null): MediaStreamTrack | null {
  return stream?.getVideoTracks()[0] ?? null;
}
