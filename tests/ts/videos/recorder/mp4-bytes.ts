/** Builds small fragmented MP4 bytes for tests, box by box. */

export type Bytes = Uint8Array<ArrayBuffer>;

export const u32 = (value: number): Bytes => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
};

export const ascii = (text: string): Bytes => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

export function concat(...parts: Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function box(type: string, ...content: Uint8Array[]): Bytes {
  const body = concat(...content);
  return concat(u32(body.length + 8), ascii(type), body);
}

/** The same box with a 64-bit size. */
export function largeBox(type: string, ...content: Uint8Array[]): Bytes {
  const body = concat(...content);
  return concat(u32(1), ascii(type), u32(0), u32(body.length + 16), body);
}

function track(id: number, kind: "vide" | "soun", version: 0 | 1 = 0): Bytes {
  const times = new Uint8Array(version === 1 ? 16 : 8);
  const tkhd = box("tkhd", u32(version << 24), times, u32(id), new Uint8Array(60));
  return box("trak", tkhd, box("mdia", box("hdlr", u32(0), u32(0), ascii(kind), new Uint8Array(12))));
}

export const AUDIO = 1;
export const VIDEO = 2;

export const FTYP = box("ftyp", ascii("isom"), u32(0));
export const MOOV = box("moov", box("mvhd", new Uint8Array(100)), track(AUDIO, "soun"), track(VIDEO, "vide"));
export const MOOV_VERSION_1 = box("moov", track(AUDIO, "soun", 1), track(VIDEO, "vide", 1));
export const INIT = concat(FTYP, MOOV);

/** A `trun` as Chromium writes it: data offset, then a duration and a size for each sample. */
export function trun(durations: number[], flags = 0x301): Bytes {
  const samples = durations.flatMap((duration) => [u32(duration), u32(100)]);
  return box("trun", u32(flags), u32(durations.length), u32(0), ...samples);
}

export function traf(trackId: number, ...truns: Uint8Array[]): Bytes {
  return box("traf", box("tfhd", u32(0x020020), u32(trackId), u32(0)), box("tfdt", u32(0), u32(0)), ...truns);
}

export function moof(...trafs: Uint8Array[]): Bytes {
  return box("moof", box("mfhd", u32(0), u32(1)), ...trafs);
}

/** A fragment with one audio and one video track; `fill` tells fragments apart. */
export function fragment({ audio = [2880, 2880, 2880], fill = 7 }: { audio?: number[]; fill?: number } = {}): Bytes {
  const media = new Uint8Array(64).fill(fill);
  return concat(moof(traf(AUDIO, trun(audio)), traf(VIDEO, trun([1000, 1000, 999]))), box("mdat", media));
}
