/** Measures recorded time, pauses left out. Pure: every call is told the time, in ms of any steady clock. */
export class Stopwatch {
  #counted_ms = 0;
  #since_ms: number | null = null;

  /** Starts or goes on; while running it changes nothing. */
  run(now_ms: number): void {
    this.#since_ms ??= now_ms;
  }

  /** Pauses or ends; while standing it changes nothing. */
  halt(now_ms: number): void {
    this.#counted_ms = this.elapsed(now_ms);
    this.#since_ms = null;
  }

  elapsed(now_ms: number): number {
    return this.#counted_ms + (this.#since_ms === null ? 0 : now_ms - this.#since_ms);
  }
}

/** `0:42`, `12:05`, `1:02:03`. */
export function formatElapsed(elapsed_ms: number): string {
  const seconds = Math.floor(Math.max(0, elapsed_ms) / 1_000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
