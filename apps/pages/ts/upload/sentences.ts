/** Which of the upload page's sentences fits a file. Pure: names of texts and their values. */
import { ApiError } from "../../../core/ts/api.ts";
import type { FileState } from "../../../uploads/ts/file-state.ts";
import { PartUnreadable, StoreError } from "../../../uploads/ts/errors.ts";
import type { Sentence } from "../record/sentences.ts";

export function fileSentence(state: FileState): Sentence {
  switch (state.name) {
    case "sending": {
      const { progress } = state;
      if (!progress) return { text: "starting" };
      if (progress.trouble) return errorSentence(progress.trouble, "trouble");
      if (progress.stage !== "sending") return { text: progress.stage };
      return { text: "sending", values: { percent: Math.floor(shareOf(state) * 100) } };
    }
    case "failed":
      return errorSentence(state.error, "failed");
    default:
      return { text: state.name };
  }
}

/** How much of the file is up, 0 to 1. */
export function shareOf(state: FileState): number {
  if (state.name === "done") return 1;
  if (state.name !== "sending" || !state.progress || state.progress.total_bytes === 0) return 0;
  return state.progress.sent_bytes / state.progress.total_bytes;
}

function errorSentence(error: unknown, otherwise: string): Sentence {
  if (error instanceof PartUnreadable) return { text: "unreadable" };
  if (error instanceof ApiError && error.status === 401) return { text: "not_signed_in" };
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
