/** The open devices and what is made of them: one picture of fixed size and one sound, ready to be recorded. */
import { type Compositor, openCompositor } from "./compositor.ts";
import { closeDevices, type Devices, type Mode, NO_DEVICES, onSourceEnded, openDevices, sourceSize } from "./devices.ts";
import { chooseFormat } from "./formats.ts";
import { type Bubble, canvasFor, type Size } from "./layout.ts";
import { Take, type TakeOptions } from "./recorder.ts";
import { openSound, type Sound } from "./sound.ts";

export interface Choice {
  mode: Mode;
  microphone: boolean;
  bubble: Bubble;
}

interface Set {
  devices: Devices;
  compositor: Compositor;
  sound: Sound;
  stream: MediaStream;
  canvas: Size;
  stopListening: () => void;
}

export class Studio {
  readonly #options: { worker_url: string; onEnded: () => void };
  readonly #format = chooseFormat((mime_type) => MediaRecorder.isTypeSupported(mime_type));
  #set: Set | null = null;

  /** `onEnded` is called when what is recorded ends by itself. */
  constructor(options: { worker_url: string; onEnded: () => void }) {
    this.#options = options;
  }

  /** The composed picture and the mixed sound; null while closed. */
  get stream(): MediaStream | null {
    return this.#set?.stream ?? null;
  }

  /** Whether the browser gave the sound of what is shared; null when nothing is shared. */
  get has_shared_sound(): boolean | null {
    return this.#set?.devices.screen ? this.#set.sound.has_shared_sound : null;
  }

  /**
   * Opens what is chosen; what is open and still serves stays open. Must be called straight from a click.
   * Rejects with `DevicesRefused`, or another error when the picture cannot be made; everything is closed then.
   */
  async open(choice: Choice): Promise<void> {
    const before = this.#set;
    this.#set = null;
    if (before) dismantle(before);
    const devices = await openDevices(choice, before?.devices ?? NO_DEVICES);
    let sound: Sound | null = null;
    try {
      sound = await openSound({ microphone: devices.microphone, shared: devices.screen });
      const canvas = canvasFor(sourceSize(devices), this.#format.most_height);
      const compositor = await openCompositor({
        worker_url: this.#options.worker_url,
        canvas,
        screen: videoTrack(devices.screen),
        camera: videoTrack(devices.camera),
        bubble: choice.mode === "screen_camera" ? choice.bubble : null,
      });
      const stream = new MediaStream([compositor.track, ...(sound.track ? [sound.track] : [])]);
      const stopListening = onSourceEnded(devices, this.#options.onEnded);
      this.#set = { devices, compositor, sound, stream, canvas, stopListening };
    } catch (error) {
      sound?.close();
      closeDevices(devices);
      throw error;
    }
  }

  moveBubble(bubble: Bubble): void {
    this.#set?.compositor.moveBubble(bubble);
  }

  /** A recorder of what is open, not yet started. Throws when nothing is. */
  makeTake(callbacks: Pick<TakeOptions, "onChunk" | "onFailure">): Take {
    if (!this.#set) throw new Error("the studio is closed");
    const { stream, canvas } = this.#set;
    return new Take({
      stream,
      mime_type: this.#format.mime_type,
      height: Math.min(canvas.width, canvas.height),
      ...callbacks,
    });
  }

  close(): void {
    if (!this.#set) return;
    dismantle(this.#set);
    closeDevices(this.#set.devices);
    this.#set = null;
  }
}

/** Takes the picture and the sound apart and leaves the devices open. */
function dismantle({ compositor, sound, stopListening }: Set): void {
  stopListening();
  compositor.close();
  sound.close();
}

function videoTrack(stream: MediaStream | null): MediaStreamTrack | null {
  return stream?.getVideoTracks()[0] ?? null;
}
