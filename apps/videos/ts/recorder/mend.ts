/**
 * Cures the wrong length of the last audio sample of a fragment.
 *
 * Chromium's MediaRecorder declares the last Opus packet of each MP4 fragment 21 ms long instead of 60, so that the next
 * fragment seems to start 39 ms late. Media Source takes that for a discontinuity and drops every video frame until the
 * next keyframe: 62 of 150 frames were shown, without an error. Setting that length to the length of the packet before
 * it (4 bytes, in place) brought 209 of 210.
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

/**
 * Mends the fragment (`moof` and what follows) in place and returns how many samples were mended.
 * `tracks` are the audio tracks of its init segment. A last sample that is no shorter than its neighbour is right.
 */
export function mendFragment(fragment: Uint8Array, tracks: ReadonlySet<number>): number {
  const moof = readBoxes(fragment, 0, fragment.length)?.find((box) => box.type === "moof");
  let mended = 0;
  for (const traf of (moof && childrenOf(fragment, moof)) ?? []) {
    if (traf.type === "traf" && mendTrackFragment(fragment, traf, tracks)) mended += 1;
  }
  return mended;
}

function mendTrackFragment(fragment: Uint8Array, traf: Box, tracks: ReadonlySet<number>): boolean {
  const view = viewOf(fragment);
  const tfhd = descend(fragment, traf, "tfhd");
  // tfhd: version and flags, then the id of the track.
  if (!tfhd || tfhd.end - tfhd.content < 8 || !tracks.has(view.getUint32(tfhd.content + 4))) return false;
  const trun = childrenOf(fragment, traf)?.filter((box) => box.type === "trun").at(-1);
  const durations = trun ? durationFields(view, trun) : null;
  if (!durations || durations.count < 2) return false;
  const lastAt = durations.first_at + (durations.count - 1) * durations.stride_bytes;
  const before = view.getUint32(lastAt - durations.stride_bytes);
  if (view.getUint32(lastAt) >= before) return false;
  view.setUint32(lastAt, before);
  return true;
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
