/**
 * What of a pick is uploaded: videos in the order in which they came, each with the caption files named after it.
 * Pure. All else is passed over, with a reason to tell.
 *
 *     talk.mp4  talk.vtt  talk.de-AT.srt      one video with two caption tracks
 */
import { LARGEST_CAPTIONS_BYTES, languageTag, UNKNOWN_LANGUAGE } from "../../videos/ts/captions.ts";
import { stemAndEnding } from "./file-names.ts";

/** A file as it was picked: its path within what was picked ("trip/day 1/talk.mp4"), its size and its type. */
export interface Picked {
  readonly path: string;
  readonly file: { readonly size: number; readonly type: string };
}

export interface PickedCaptions<P extends Picked> {
  readonly picked: P;
  readonly language: string;
}

export interface PickedVideo<P extends Picked> {
  readonly picked: P;
  readonly captions: readonly PickedCaptions<P>[];
}

export type PassedReason =
  | "no_media"
  | "empty"
  /** Captions without their video. */
  | "no_video"
  | "captions_too_large"
  /** A second caption file of the same language for the same video. */
  | "captions_twice"
  /** In the list already, waiting or on its way. */
  | "listed"
  /** The browser could not open it. */
  | "unreadable"
  /** More than a pick may hold. */
  | "too_many";

export interface PassedOver {
  readonly path: string;
  readonly reason: PassedReason;
}

export interface Sorted<P extends Picked> {
  readonly videos: readonly PickedVideo<P>[];
  readonly passedOver: readonly PassedOver[];
}

/** Endings of what the server can publish (media/containers.py), for files of which the browser does not know the type. */
const MEDIA =
  /\.(?:mp4|m4v|mov|webm|mkv|mka|3gp|3g2|mj2|m4a|m4b|mp3|wav|weba|avi|ts|mts|m2ts|ogg|oga|ogv|opus|flac|aac)$/i;
/** A program in TypeScript ends like an MPEG transport stream; browsers call both a video. One second of one is larger. */
const TRANSPORT_STREAM = /\.m?ts$/i;
const LARGEST_PROGRAM_BYTES = 100_000;
const CAPTIONS = /\.(?:vtt|srt)$/i;
/** What systems put into folders by themselves; nobody wants to hear of it. */
const OF_THE_SYSTEM = /^(?:\..*|thumbs\.db|desktop\.ini)$/i;

export function sortOut<P extends Picked>(picked: readonly P[]): Sorted<P> {
  const passedOver: PassedOver[] = [];
  const videos: { picked: P; captions: PickedCaptions<P>[] }[] = [];
  const captions: P[] = [];
  for (const item of picked) {
    const name = nameOf(item.path);
    if (OF_THE_SYSTEM.test(name)) continue;
    const isCaptions = CAPTIONS.test(name);
    const isProgram = TRANSPORT_STREAM.test(name) && item.file.size > 0 && item.file.size < LARGEST_PROGRAM_BYTES;
    const isMedia = !isCaptions && !isProgram && (MEDIA.test(name) || /^(?:video|audio)\//.test(item.file.type));
    if (!isCaptions && !isMedia) passedOver.push({ path: item.path, reason: "no_media" });
    else if (item.file.size === 0) passedOver.push({ path: item.path, reason: "empty" });
    else if (isCaptions) captions.push(item);
    else videos.push({ picked: item, captions: [] });
  }
  const byStem = new Map<string, (typeof videos)[number]>();
  for (const video of videos) {
    const stem = stemOf(video.picked.path);
    if (!byStem.has(stem)) byStem.set(stem, video); // of talk.mov and talk.mp4 the first one
  }
  for (const item of captions) {
    const found = videoOf(item.path, byStem);
    if (!found) passedOver.push({ path: item.path, reason: "no_video" });
    else if (item.file.size > LARGEST_CAPTIONS_BYTES) passedOver.push({ path: item.path, reason: "captions_too_large" });
    else if (found.video.captions.some((other) => other.language === found.language)) {
      passedOver.push({ path: item.path, reason: "captions_twice" });
    } else found.video.captions.push({ picked: item, language: found.language });
  }
  return { videos, passedOver };
}

function videoOf<V>(path: string, byStem: ReadonlyMap<string, V>): { video: V; language: string } | null {
  const stem = stemOf(path);
  const whole = byStem.get(stem);
  if (whole) return { video: whole, language: UNKNOWN_LANGUAGE };
  const parted = stemAndEnding(stem);
  const language = languageTag(parted.ending.slice(1));
  const video = byStem.get(parted.stem);
  return video && language ? { video, language } : null;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** The path without its last ending, so that files of one folder meet; some systems write "é" as two characters. */
function stemOf(path: string): string {
  const folder = path.slice(0, path.length - nameOf(path).length);
  return (folder + stemAndEnding(nameOf(path)).stem).normalize("NFC").toLowerCase();
}
