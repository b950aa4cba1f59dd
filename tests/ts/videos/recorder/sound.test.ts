import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { openSound } from "../../../../apps/videos/ts/recorder/sound.ts";

const MIXED = { name: "mixed" };
const MICROPHONE = { name: "microphone" };
const SHARED = { name: "shared" };

/** As much of an AudioContext as the mixer touches; `starts` says whether it ever runs. */
class FakeContext {
  static starts = true;
  static open = 0;
  /** The newest samples of whatever microphone is connected. */
  static heard: number[] = [];
  static connected = 0;
  static now_s = 0;
  readonly sampleRate = 1_000;

  get currentTime(): number {
    return FakeContext.now_s;
  }

  constructor() {
    FakeContext.open += 1;
  }

  resume(): Promise<void> {
    return FakeContext.starts ? Promise.resolve() : new Promise(() => undefined);
  }

  async close(): Promise<void> {
    FakeContext.open -= 1;
  }

  createMediaStreamDestination(): unknown {
    return { stream: streamOf(MIXED) };
  }

  createConstantSource(): unknown {
    return { offset: { value: 1 }, connect: () => undefined, start: () => undefined };
  }

  createMediaStreamSource(): unknown {
    return {
      connect: (to: { fftSize?: number }) => {
        if (to.fftSize) FakeContext.connected += 1;
      },
      disconnect: () => {
        FakeContext.connected -= 1;
      },
    };
  }

  createAnalyser(): unknown {
    const getFloatTimeDomainData = (samples: Float32Array): void => {
      samples.fill(0);
      samples.set(FakeContext.heard, samples.length - FakeContext.heard.length);
    };
    return { fftSize: 2_048, getFloatTimeDomainData };
  }
}

function streamOf(...tracks: unknown[]): MediaStream {
  return { getAudioTracks: () => tracks } as unknown as MediaStream;
}

const before = (globalThis as { AudioContext?: unknown }).AudioContext;

beforeEach(() => {
  Object.assign(globalThis, { AudioContext: FakeContext });
  FakeContext.starts = true;
  FakeContext.open = 0;
  FakeContext.connected = 0;
  FakeContext.now_s = 0;
});

afterEach(() => {
  Object.assign(globalThis, { AudioContext: before });
});

test("what is heard is mixed into one track", async () => {
  const sound = await openSound({ microphone: streamOf(MICROPHONE), shared: streamOf(SHARED) });
  assert.deepEqual([sound.track, sound.has_shared_sound], [MIXED, true]);
  sound.close();
  assert.equal(FakeContext.open, 0);
});

test("without any sound there is a silent track", async () => {
  const sound = await openSound({ microphone: null, shared: streamOf() });
  assert.deepEqual([sound.track, sound.has_shared_sound], [MIXED, false]);
});

const WITHOUT_MIXER = [
  { of: "both", microphone: streamOf(MICROPHONE), shared: streamOf(SHARED), track: MICROPHONE, has_shared_sound: false },
  { of: "the microphone alone", microphone: streamOf(MICROPHONE), shared: null, track: MICROPHONE, has_shared_sound: false },
  { of: "what is shared alone", microphone: null, shared: streamOf(SHARED), track: SHARED, has_shared_sound: true },
  { of: "a silent screen", microphone: null, shared: streamOf(), track: null, has_shared_sound: false },
  { of: "nothing", microphone: null, shared: null, track: null, has_shared_sound: false },
];

for (const { of, microphone, shared, track, has_shared_sound } of WITHOUT_MIXER) {
  const recorded = track === null ? "no sound is recorded" : `the ${track.name} is recorded as it is`;
  test(`where the mixer never runs, of ${of} ${recorded}`, async () => {
    FakeContext.starts = false;
    const sound = await openSound({ microphone, shared, starts_within_ms: 1 });
    assert.deepEqual([sound.track, sound.has_shared_sound], [track, has_shared_sound]);
    sound.close();
    assert.equal(FakeContext.open, 0);
  });
}

test("the peak is that of all that was said since it was last asked for", async () => {
  const sound = await openSound({ microphone: streamOf(MICROPHONE), shared: null });
  FakeContext.now_s = 1;
  FakeContext.heard = [0.9, 0.1, -0.5, 0.2];
  assert.equal(Math.fround(0.9), sound.peak());
  assert.equal(Math.fround(0.9), sound.peak(), "nothing new was said");
  FakeContext.now_s = 1.002; // two samples at 1,000 a second
  assert.equal(sound.peak(), 0.5);
});

test("another microphone takes the place of the one before, and none leaves nothing to measure", async () => {
  const sound = await openSound({ microphone: streamOf(MICROPHONE), shared: null });
  assert.equal(sound.setMicrophone(streamOf({ name: "another" })), true);
  assert.equal(FakeContext.connected, 1);
  assert.equal(sound.setMicrophone(null), true);
  assert.deepEqual([FakeContext.connected, sound.peak()], [0, null]);
});

test("where the mixer never runs the microphone stays the one that is recorded", async () => {
  FakeContext.starts = false;
  const sound = await openSound({ microphone: streamOf(MICROPHONE), shared: null, starts_within_ms: 1 });
  assert.deepEqual([sound.peak(), sound.setMicrophone(streamOf(MICROPHONE)), sound.setMicrophone(null)], [null, false, true]);
});
