/** How loud a microphone is, and whether it has said nothing for too long. Pure: every call is told the time in ms. */

/** Below this peak (-50 dB of full scale) there is no speech; a quiet room with a working microphone often is above. */
const SILENT_PEAK = 0.003;

/** Longer than a pause in speech, short enough to save a recording. */
const SILENT_MS = 5_000;

/** Two looks further apart than this leave too much unheard to call all of it silent. */
const UNHEARD_MS = 2_500;

/** Peaks below this many dB of full scale leave the meter empty. */
const FLOOR_DB = -60;

/** How much of a meter a peak fills, 0 to 1: ears hear in decibels. */
export function meterShare(peak: number): number {
  if (peak <= 0) return 0;
  return Math.min(1, Math.max(0, 1 - (20 * Math.log10(peak)) / FLOOR_DB));
}

export class SilenceWatch {
  #silent_since_ms: number | null = null;
  #heard_at_ms: number | null = null;

  /** Takes a look at the microphone; null when there is nothing to hear. True once it has been silent for 5 s. */
  hear(peak: number | null, now_ms: number): boolean {
    const isLongAgo = this.#heard_at_ms !== null && now_ms - this.#heard_at_ms > UNHEARD_MS;
    this.#heard_at_ms = now_ms;
    if (peak === null || peak >= SILENT_PEAK) this.#silent_since_ms = null;
    else if (this.#silent_since_ms === null || isLongAgo) this.#silent_since_ms = now_ms;
    return this.#silent_since_ms !== null && now_ms - this.#silent_since_ms >= SILENT_MS;
  }
}
