/** What an unfinished recording is called. Pure: the time is told. */
import type { Texts } from "../../../core/ts/texts.ts";
import type { KeptRecording } from "../../../uploads/ts/spool-database.ts";

/** A name of a weekday is clear for this many days. */
const WEEKDAYS_FOR_DAYS = 6;

/** `14:05` today, `Tuesday` within the week, else the date, in the words of `language`. */
export function whenOf(began_at: Date, now: Date, language: string): string {
  const days = Math.round((startOfDay(now) - startOfDay(began_at)) / 86_400_000);
  if (days === 0) return began_at.toLocaleTimeString(language, { hour: "numeric", minute: "2-digit" });
  if (days > 0 && days <= WEEKDAYS_FOR_DAYS) return began_at.toLocaleDateString(language, { weekday: "long" });
  return began_at.toLocaleDateString(language, { day: "numeric", month: "long", year: "numeric" });
}

/** "Unfinished recording from Tuesday, 42 min": seconds below a minute, else whole minutes, rounded. */
export function nameOf(recording: Pick<KeptRecording, "began_at_ms" | "recorded_ms">, now: Date, texts: Texts, language: string): string {
  const seconds = Math.round(recording.recorded_ms / 1_000);
  const length =
    seconds < 60 ? texts("kept_seconds", { count: seconds }) : texts("kept_minutes", { count: Math.round(seconds / 60) });
  return texts("kept_name", { when: whenOf(new Date(recording.began_at_ms), now, language), length });
}

function startOfDay(moment: Date): number {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
}
