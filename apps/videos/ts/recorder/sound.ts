/**
 * One audio track for the recording, whatever there is to hear: microphone and shared tab mixed, or silence.
 *
 * A recording without an audio track would be another kind of file; with one always there, publishing and players
 * meet a single kind.
 */
export interface Sound {
  readonly track: MediaStreamTrack;
  /** Whether the browser gave the sound of what is shared. */
  readonly has_shared_sound: boolean;
  close(): void;
}

export async function openSound({ microphone, shared }: {
  microphone: MediaStream | null;
  shared: MediaStream | null;
}): Promise<Sound> {
  const context = new AudioContext();
  const mix = context.createMediaStreamDestination();
  // Silence at the bottom keeps the track giving samples when nothing else is connected.
  const silence = context.createConstantSource();
  silence.offset.value = 0;
  silence.connect(mix);
  silence.start();
  for (const stream of [microphone, shared]) {
    if (hasSound(stream)) context.createMediaStreamSource(stream).connect(mix);
  }
  // A context made after the person's click has been answered may start suspended.
  await context.resume();
  return {
    track: mix.stream.getAudioTracks()[0] as MediaStreamTrack,
    has_shared_sound: hasSound(shared),
    close: () => void context.close(),
  };
}

function hasSound(stream: MediaStream | null): stream is MediaStream {
  return stream !== null && stream.getAudioTracks().length > 0;
}
