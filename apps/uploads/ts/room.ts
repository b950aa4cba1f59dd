/**
 * Watches the room that the browser has for what is recorded, so that the person is told while there is still time.
 *
 * When room gets short, what the server holds already is let go first. If that is not enough, because nothing goes up,
 * `room_ms` tells how much more can be recorded.
 */

/** Bytes of quota that are left; null where the browser does not tell. */
export type Estimate = () => Promise<number | null>;

/** Browsers count usage slowly and only roughly: looking more often tells no more. */
const LOOK_EVERY_MS = 20_000;

/** Less room than this many ms of recording is short: time to save, to stop, or to find a network. */
export const SHORT_MS = 15 * 60_000;

/** Before the pace is known; a 1080p recording makes this much in a minute at most. */
const BYTES_PER_MS_AT_FIRST = 4_700_000 / 8 / 1_000;

/** A pace measured over less than this says little. */
const MEASURED_AFTER_MS = 10_000;

export class RoomWatch {
  readonly #estimate: Estimate;
  readonly #makeRoom: () => Promise<void>;
  readonly #onChange: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #bytes = 0;
  #recorded_ms = 0;
  #room_ms: number | null = null;

  constructor(options: { makeRoom: () => Promise<void>; onChange: () => void; estimate?: Estimate }) {
    this.#estimate = options.estimate ?? browserRoom;
    this.#makeRoom = options.makeRoom;
    this.#onChange = options.onChange;
  }

  /** How much more recording the browser can keep while nothing goes up; null while that is long, or not known. */
  get room_ms(): number | null {
    return this.#room_ms;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.look(), LOOK_EVERY_MS);
    void this.look();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A part of this size was kept; the recording is this long now. */
  note(size_bytes: number, recorded_ms: number): void {
    this.#bytes += size_bytes;
    this.#recorded_ms = recorded_ms;
  }

  async look(): Promise<void> {
    let room_ms = await this.#measure();
    if (room_ms !== null && room_ms < SHORT_MS) {
      await this.#makeRoom();
      room_ms = await this.#measure();
    }
    const told = room_ms !== null && room_ms < SHORT_MS ? room_ms : null;
    if (told === this.#room_ms) return;
    this.#room_ms = told;
    this.#onChange();
  }

  async #measure(): Promise<number | null> {
    const bytes = await this.#estimate();
    if (bytes === null) return null;
    const isMeasured = this.#recorded_ms >= MEASURED_AFTER_MS && this.#bytes > 0;
    const bytes_per_ms = isMeasured ? this.#bytes / this.#recorded_ms : BYTES_PER_MS_AT_FIRST;
    return Math.max(0, bytes) / bytes_per_ms;
  }
}

/** Asks the browser not to clear what it keeps for this site when the disk gets full; most decide by themselves. */
export async function askToPersist(storage: StorageManager | undefined = globalThis.navigator?.storage): Promise<void> {
  try {
    if (storage && !(await storage.persisted())) await storage.persist();
  } catch {
    // A browser that cannot answer keeps things as it always does.
  }
}

async function browserRoom(): Promise<number | null> {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined || usage === undefined ? null : quota - usage;
  } catch {
    return null;
  }
}
