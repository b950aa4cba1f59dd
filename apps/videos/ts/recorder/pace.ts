/**
 * When the compositor paints: at most 30 pictures a second while something moves, 5 while nothing does.
 *
 * A still screen gives no frames at all; painted again now and then, the recording is never starved (an encoder that
 * gets nothing hands over nothing) and joining it late is quick. Pure: every call is told the time in ms.
 */

/** 30 pictures a second: what the camera gives and what a screen recording needs. */
const FRAME_MS = 1_000 / 30;

/** 5 pictures a second. */
const STILL_MS = 200;

export class Pace {
  /** From when the next picture is due, should there be something new. */
  #due_ms: number;
  #painted_ms: number;
  #fresh = true;

  constructor(now_ms: number) {
    this.#due_ms = now_ms;
    this.#painted_ms = now_ms;
  }

  /** Something new is there to be seen. */
  freshen(): void {
    this.#fresh = true;
  }

  /** How long to wait before painting; 0 when it is time. */
  wait(now_ms: number): number {
    return Math.max(0, (this.#fresh ? this.#due_ms : this.#painted_ms + STILL_MS) - now_ms);
  }

  /** A picture was painted. Being a little late does not shift those that follow, so that 30 stay 30. */
  painted(now_ms: number): void {
    const late_ms = now_ms - this.#due_ms;
    this.#due_ms = late_ms > FRAME_MS ? now_ms + FRAME_MS : this.#due_ms + FRAME_MS;
    this.#painted_ms = now_ms;
    this.#fresh = false;
  }
}
