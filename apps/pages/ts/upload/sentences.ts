/** Which of the upload page's sentences fits a file. Pure: names of texts and their values. */
import { ApiError } from "../../../core/ts/api.ts";
import type { FileState } from "../../../uploads/ts/file-state.ts";
import { PartUnreadable, StoreError, UploadElsewhere } from "../../../uploads/ts/errors.ts";
import { inSteps } from "../../../uploads/ts/speed.ts";
import type { Sentence } from "../record/sentences.ts";

/** How it goes, as it is shown: both null while nobody can say. */
export interface Pace {
  readonly bytes_per_s: number | null;
  readonly left_s: number | null;
}

export const NO_PACE: Pace = { bytes_per_s: null, left_s: null };

/** What is said of a file, to be joined in this order. */
export function fileSentences(state: FileState, pace: Pace, { signedOut, language }: { signedOut: boolean; language: string }): Sentence[] {
  switch (state.name) {
    case "waiting":
      return [{ text: signedOut ? "waiting_signed_out" : "waiting" }];
    case "sending": {
      const { progress } = state;
      if (!progress) return [{ text: "starting" }];
      if (progress.trouble) return [errorSentence(progress.trouble, "trouble")];
      if (progress.stage === "comparing") return [{ text: "comparing", values: { percent: percentOf(progress.compared) } }];
      if (progress.stage !== "sending") return [{ text: progress.stage }];
      return [{ text: "sending", values: { percent: percentOf(shareOf(state)) } }, ...paceSentences(pace, language)];
    }
    case "paused":
      return [{ text: "paused", values: { percent: percentOf(shareOf(state)) } }];
    case "failed":
      return [errorSentence(state.error, "failed")];
    default:
      return [{ text: state.name }];
  }
}

function paceSentences({ bytes_per_s, left_s }: Pace, language: string): Sentence[] {
  if (bytes_per_s === null || left_s === null) return [];
  return [{ text: "speed", values: { size: formatSize(bytes_per_s, language) } }, leftSentence(left_s)];
}

export function leftSentence(left_s: number): NonNullable<Sentence> {
  const left = inSteps(left_s);
  if (left.unit === "moment") return { text: "left_moment" };
  if (left.unit === "minutes") return { text: "left_minutes", values: { count: left.minutes } };
  return { text: "left_hours", values: { hours: left.hours, minutes: left.minutes } };
}

/** How much of the file is up, 0 to 1. */
export function shareOf(state: FileState): number {
  if (state.name === "done") return 1;
  if (!("progress" in state) || !state.progress || state.progress.total_bytes === 0) return 0;
  return state.progress.sent_bytes / state.progress.total_bytes;
}

/** Whole percent, never 100 before it is so. */
export const percentOf = (share: number): number => Math.floor(share * 100);

export function errorSentence(error: unknown, otherwise: string): NonNullable<Sentence> {
  if (error instanceof PartUnreadable) return { text: "unreadable" };
  if (error instanceof UploadElsewhere) return { text: "elsewhere" };
  const said = error instanceof ApiError || error instanceof StoreError ? error.detail : "";
  return said ? { said } : { text: otherwise };
}

/** A size as people say it: `3.4 MB`, in the units of file managers (1 MB = 1,000,000 bytes). */
export function formatSize(size_bytes: number, language: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const step = Math.min(units.length - 1, size_bytes < 1 ? 0 : Math.floor(Math.log10(size_bytes) / 3));
  const value = size_bytes / 1_000 ** step;
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: units[step] as string,
    unitDisplay: step === 0 ? "long" : "short", // The short form of "3 bytes" is "3 byte".
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  }).format(value);
}
