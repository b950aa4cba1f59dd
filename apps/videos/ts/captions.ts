/** Caption tracks: how they are called, and what a caption file's name and bytes say. Pure but for the two calls. */
import type { Api } from "../../core/ts/api.ts";
import { newClientId } from "../../core/ts/client-id.ts";
import { captionPath, captionsPath } from "./api-paths.ts";
import type { CaptionTrack } from "./playback.ts";

/** As the server's limit; a larger file is not even read. */
export const LARGEST_CAPTIONS_BYTES = 2_000_000;

/** "Nobody said", as BCP 47 writes it. */
export const UNKNOWN_LANGUAGE = "und";

/** What a track is called: its label, else the name of its language in the page's, else `otherwise`. */
export function captionName(track: { language: string; label: string }, pageLanguage: string, otherwise: string): string {
  if (track.label) return track.label;
  if (track.language === UNKNOWN_LANGUAGE) return otherwise;
  try {
    return new Intl.DisplayNames([pageLanguage], { type: "language" }).of(track.language) ?? track.language;
  } catch {
    return track.language;
  }
}

/** The language tag that `text` is ("de-at" gives "de-AT"), null for what is none that a caption file is named by. */
export function languageTag(text: string): string | null {
  if (!/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(text) || text.length > 35) return null;
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null;
  } catch {
    return null;
  }
}

/** The language that the name of a caption file says ("talk.de-AT.vtt"), "und" where it says none. */
export function languageOfFile(name: string): string {
  const [, tag] = /\.([^.]+)\.[^.]+$/.exec(name) ?? [];
  return (tag && languageTag(tag)) || UNKNOWN_LANGUAGE;
}

/** The text of a caption file. Those of today are UTF-8; old .srt files are mostly Windows' own set of characters. */
export function decodeCaptions(bytes: ArrayBuffer): string {
  const [first, second] = new Uint8Array(bytes);
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** Adds a caption file to a video and returns the track. Rejects with `ApiError`. */
export async function addCaptions(
  api: Api,
  videoId: string,
  body: { language: string; label: string; vtt: string; client_id?: string },
): Promise<CaptionTrack> {
  const request = { method: "POST" as const, body: { client_id: newClientId(), ...body } };
  return (await api.ask(captionsPath(videoId), request)).body as CaptionTrack;
}

export async function deleteCaptions(api: Api, captionId: string): Promise<void> {
  await api.ask(captionPath(captionId), { method: "DELETE" });
}
