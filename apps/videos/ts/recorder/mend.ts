/**
 * Cures the wrong length of the last audio sample of a fragment.
 *
 * Chromium's MediaRecorder declares the last Opus packet of each MP4 fragment 21 ms long instead of 60, so that the next
 * fragment seems to start 39 ms late. Media Source takes that for a discontinuity and drops every video frame until the
 * next keyframe: 62 of 150 frames were shown, without an error. Setting that length to the length of the packet before
 * it (4 bytes, in place) brought 209 of 210. The packet before it may be in an earlier fragment: resuming after a pause
 * can leave a fragment with a single packet, and unmended it cost the two seconds that follow.
 *
 * Where a box is not exactly what is expected here, nothing is touched: the server's copy plays such bytes too.
 */
import { type Box, childrenOf, descend, readBoxes, viewOf } from "./mp4-boxes.ts";

// Flags of `trun` (14496-12, 8.8.8): which optional fields are there.
const DATA_OFFSET = 0x000001;
const FIRST_SAMPLE_FLAGS = 0x000004;
const SAMPLE_DURATION = 0x000100;
const SAMPLE_SIZE = 0x000200;
const SAMPLE_FLAGS = 0x000400;
const SAMPLE_COMPOSITION_OFFSET = 0x000800;

const FIELD_BYTES = 4;

/** The ids of the audio tracks that an init segment (`ftyp` and `moov`) declares; empty when it cannot be read. */
export function audioTracks(init: Uint8Array): ReadonlySet<number> {
  const ids = new Set<number>();
  const moov = readBoxes(init, 0, init.length)?.find((box) => box.type === "moov");
  const tracks = moov ? childrenOf(init, moov)?.filter((box) => box.type === "trak") : null;
  const view = viewOf(init);
  for (const track of tracks ?? []) {
    const tkhd = descend(init, track, "tkhd");
    const hdlr = descend(init, track, "mdia", "hdlr");
    if (!tkhd || !hdlr || hdlr.end - hdlr.content < 12) continue;
    // hdlr: version and flags, a reserved word, then the kind of the track.
    const kind = String.fromCharCode(...init.subarray(hdlr.content + 8, hdlr.content + 12));
    // tkhd: version 1 has 8-byte times before the id, version 0 has 4-byte ones.
    const idAt = tkhd.content + (init[tkhd.content] === 1 ? 20 : 12);
    if (kind === "soun" && idAt + FIELD_BYTES <= tkhd.end) ids.add(view.getUint32(idAt));
  }
  return ids;
}

/** Mends the fragments of one recording, which it must be given in their order. */
export class Mender {
  /** The length of a packet of each audio track, by the fragments so far; null before the first. */
  readonly #packet_lengths = new Map<number, number | null>();

  /** `init` is the recording's init segment: `ftyp` and `moov`. */
  constructor(init: Uint8Array) {
    for (const id of audioTracks(init)) this.#packet_lengths.set(id, null);
  }

  /**
   * Mends the fragment (`moof` and what follows) in place and returns how many samples were mended.
   * A last sample that is no shorter than its neighbour is right.
   */
  mend(fragment: Uint8Array): number {
    const moof = readBoxes(fragment, 0, fragment.length)?.find((box) => box.type === "moof");
    let mended = 0;
    for (const traf of (moof && childrenOf(fragment, moof)) ?? []) {
      if (traf.type === "traf" && this.#mendTrack(fragment, traf)) mended += 1;
    }
    return mended;
  }

  #mendTrack(fragment: Uint8Array, traf: Box): boolean {
    const view = viewOf(fragment);
    const tfhd = descend(fragment, traf, "tfhd");
    // tfhd: version and flags, then the id of the track.
    const track = tfhd && tfhd.end - tfhd.content >= 8 ? view.getUint32(tfhd.content + 4) : null;
    const known = track === null ? undefined : this.#packet_lengths.get(track);
    const trun = childrenOf(fragment, traf)?.filter((box) => box.type === "trun").at(-1);
    const durations = trun ? durationFields(view, trun) : null;
    if (track === null || known === undefined || !durations || durations.count < 1) return false;
    const lastAt = durations.first_at + (durations.count - 1) * durations.stride_bytes;
    const before = durations.count > 1 ? view.getUint32(lastAt - durations.stride_bytes) : known;
    if (before === null) return false;
    this.#packet_lengths.set(track, before);
    if (view.getUint32(lastAt) >= before) return false;
    view.setUint32(lastAt, before);
    return true;
  }
}

/** Where a `trun` keeps the durations of its samples; null when it has none or its size does not add up. */
function durationFields(
  view: DataView,
  trun: Box,
): { count: number; first_at: number; stride_bytes: number } | null {
  if (trun.end - trun.content < 8) return null;
  const flags = view.getUint32(trun.content) & 0xffffff;
  if (!(flags & SAMPLE_DURATION)) return null;
  const count = view.getUint32(trun.content + 4);
  const has = (...wanted: number[]): number => wanted.filter((flag) => flags & flag).length * FIELD_BYTES;
  const first_at = trun.content + 8 + has(DATA_OFFSET, FIRST_SAMPLE_FLAGS);
  const stride_bytes = has(SAMPLE_DURATION, SAMPLE_SIZE, SAMPLE_FLAGS, SAMPLE_COMPOSITION_OFFSET);
  return first_at + count * stride_bytes === trun.end ? { count, first_at, stride_bytes } : null;
}
