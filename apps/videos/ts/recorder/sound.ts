/**
 * The sound of the recording: microphone and shared tab mixed into one audio track, or silence.
 *
 * A recording without an audio track would be another kind of file; with one always there, publishing and players
 * meet a single kind. The one exception is a browser whose mixer does not run: Firefox on a machine without any audio
 * output never starts an AudioContext, and a MediaRecorder given its track hands over nothing until it is stopped
 * (measured). There the microphone is recorded as it is, else the shared sound, else none.
 */
export interface Sound {
  /** null: nothing can be heard, and the browser cannot make silence. */
  readonly track: MediaStreamTrack | null;
  /** Whether the sound of what is shared is in the track. */
  readonly has_shared_sound: boolean;
  /** The microphone's loudest moment since the last call, 0 to 1; null where there is none, or nothing measures. */
  peak(): number | null;
  /** Puts another microphone, or none, in the place of the one in the mix. False where nothing is mixed. */
  setMicrophone(microphone: MediaStream | null): boolean;
  close(): void;
}

/** A mixer that runs at all does so within a fraction of this, also on a busy machine. */
const STARTS_WITHIN_MS = 2_000;

/** The most that an analyser keeps: 0.7 s at 48 kHz, so that a tab whose timers are held back misses little. */
const KEPT_SAMPLES = 32_768;

export async function openSound({ microphone, shared, starts_within_ms = STARTS_WITHIN_MS }: {
  microphone: MediaStream | null;
  shared: MediaStream | null;
  starts_within_ms?: number;
}): Promise<Sound> {
  const context = new AudioContext();
  const close = (): void => void context.close().catch(() => undefined); // closed before: nothing is left to do
  const mix = context.createMediaStreamDestination();
  // Silence at the bottom keeps the track giving samples when nothing else is connected.
  const silence = context.createConstantSource();
  silence.offset.value = 0;
  silence.connect(mix);
  silence.start();
  const meter = new Meter(context);
  let spoken: MediaStreamAudioSourceNode | null = null;
  const setMicrophone = (stream: MediaStream | null): boolean => {
    spoken?.disconnect();
    spoken = hasSound(stream) ? context.createMediaStreamSource(stream) : null;
    spoken?.connect(mix);
    spoken?.connect(meter.input);
    return true;
  };
  setMicrophone(microphone);
  if (hasSound(shared)) context.createMediaStreamSource(shared).connect(mix);
  if (await startsWithin(context, starts_within_ms)) {
    const track = mix.stream.getAudioTracks()[0] as MediaStreamTrack;
    return { track, has_shared_sound: hasSound(shared), peak: () => (spoken ? meter.peak() : null), setMicrophone, close };
  }
  close();
  const heard = [microphone, shared].find(hasSound) ?? null;
  return {
    track: heard?.getAudioTracks()[0] ?? null,
    has_shared_sound: heard !== null && heard === shared,
    peak: () => null,
    // Taking it out needs nothing: a microphone that is gone is silent by itself.
    setMicrophone: (stream) => stream === null,
    close: () => undefined,
  };
}

/** Looks at the samples since it was last asked: nothing runs between two questions. */
class Meter {
  readonly input: AnalyserNode;
  readonly #context: AudioContext;
  readonly #samples: Float32Array<ArrayBuffer>;
  #asked_at_s = 0;
  #peak = 0;

  constructor(context: AudioContext) {
    this.#context = context;
    this.input = context.createAnalyser();
    this.input.fftSize = KEPT_SAMPLES;
    this.#samples = new Float32Array(KEPT_SAMPLES);
  }

  peak(): number {
    const now_s = this.#context.currentTime;
    const fresh = Math.min(KEPT_SAMPLES, Math.round((now_s - this.#asked_at_s) * this.#context.sampleRate));
    if (fresh <= 0) return this.#peak;
    this.#asked_at_s = now_s;
    this.input.getFloatTimeDomainData(this.#samples);
    this.#peak = 0;
    for (let at = KEPT_SAMPLES - fresh; at < KEPT_SAMPLES; at += 1) {
      this.#peak = Math.max(this.#peak, Math.abs(this.#samples[at] as number));
    }
    return this.#peak;
  }
}

/** Whether the context runs. One made after the person's click has been answered may start suspended. */
async function startsWithin(context: AudioContext, patience_ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), patience_ms);
  });
  const started = context.resume().then(
    () => true,
    () => false,
  );
  const runs = await Promise.race([started, tooLate]);
  clearTimeout(timer);
  return runs;
}

function hasSound(stream: MediaStream | null): stream is MediaStream {
  return stream !== null && stream.getAudioTracks().length > 0;
}
