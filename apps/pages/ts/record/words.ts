/**
 * Title and description, saved while they are typed. What was typed is the truth: a save that fails takes nothing away,
 * and is tried again when the network or the person is back.
 */
import { untilDone, Waiter } from "../../../uploads/ts/retry.ts";

export interface Words {
  title: string;
  description: string;
}

/** Typing rests this long before it is saved. */
const REST_MS = 800;

const NOTHING: Words = { title: "", description: "" };

export interface WordsOptions {
  /** Sends what has changed. Rejects with an `ApiError`. */
  send: (changed: Partial<Words>) => Promise<void>;
  onChange: () => void;
  rest_ms?: number;
}

export class WordsKeeper {
  readonly #options: WordsOptions;
  #waiter = new Waiter();
  #abort = new AbortController();
  #typed = NOTHING;
  #saved = NOTHING;
  #saving: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #problem: unknown = null;

  constructor(options: WordsOptions) {
    this.#options = options;
  }

  /** Whether the server has all that was typed. */
  get is_saved(): boolean {
    return Object.keys(this.#changed).length === 0;
  }

  get is_saving(): boolean {
    return this.#saving !== null;
  }

  /** Why what was typed is not saved yet; null while nothing is in the way. */
  get problem(): unknown {
    return this.#problem;
  }

  type(words: Words): void {
    this.#typed = words;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), this.#options.rest_ms ?? REST_MS);
    this.#options.onChange();
  }

  /** Saves at once. Whether the server has everything then; waits for a network that is away. */
  async save(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#saving ??= this.#saveAll(this.#abort.signal).finally(() => {
      this.#saving = null;
      this.#options.onChange();
    });
    await this.#saving;
    return this.is_saved;
  }

  /** The network or the person is back. */
  wake(): void {
    this.#waiter.wake();
    if (!this.is_saved) void this.save();
  }

  /** Another video: nothing was typed for it yet. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#waiter = new Waiter();
    [this.#typed, this.#saved, this.#problem] = [NOTHING, NOTHING, null];
  }

  get #changed(): Partial<Words> {
    const names = (["title", "description"] as const).filter((name) => this.#typed[name] !== this.#saved[name]);
    return Object.fromEntries(names.map((name) => [name, this.#typed[name]]));
  }

  /** Until nothing has changed since: typing goes on while a save is on its way. */
  async #saveAll(signal: AbortSignal): Promise<void> {
    while (!this.is_saved && !signal.aborted) {
      const onTrouble = (trouble: unknown): void => {
        this.#problem = trouble;
        this.#options.onChange();
      };
      let sent: Partial<Words> = {};
      try {
        await untilDone(
          () => {
            sent = this.#changed;
            return this.#options.send(sent);
          },
          { waiter: this.#waiter, signal, onTrouble },
        );
      } catch (error) {
        if (!signal.aborted) onTrouble(error);
        return;
      }
      if (signal.aborted) return;
      this.#saved = { ...this.#saved, ...sent };
      this.#problem = null;
    }
  }
}
