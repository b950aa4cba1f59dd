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
  close(): void;
}

/** A mixer that runs at all does so within a fraction of this, also on a busy machine. */
const STARTS_WITHIN_MS = 2_000;

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
  for (const stream of [microphone, shared]) {
    if (hasSound(stream)) context.createMediaStreamSource(stream).connect(mix);
  }
  if (await startsWithin(context, starts_within_ms)) {
    return { track: mix.stream.getAudioTracks()[0] as MediaStreamTrack, has_shared_sound: hasSound(shared), close };
  }
  close();
  const heard = [microphone, shared].find(hasSound) ?? null;
  return {
    track: heard?.getAudioTracks()[0] ?? null,
    has_shared_sound: heard !== null && heard === shared,
    close: () => undefined,
  };
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
