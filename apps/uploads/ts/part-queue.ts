/**
 * Brings numbered parts to the store, at most three on the way.
 *
 * The life of a part: added → promised (the server gives a signed address) → its bytes are sent → reported as stored →
 * confirmed by the server, which its source is told. A part whose try fails starts again with a fresh promise, so an
 * expired address needs no care of its own; a part that the server turns out to hold already is done without being sent.
 * Transient failures are tried for ever; what cannot succeed makes the part fail, no further part is begun, and `retry()`
 * takes it up again. `pause()` ends what is on the way without any failure; `retry()` goes on after it, too.
 */
import type { PartAnswer, PartPlan } from "./client.ts";
import { Paused, StoreError } from "./errors.ts";
import type { PartSource } from "./part-source.ts";
import type { Put } from "./put.ts";
import { delayBefore, judge, Waiter } from "./retry.ts";

/** Three fill a fast line while one waits for an answer; more would only make the first part of a recording later. */
const MOST_ON_THE_WAY = 3;

/** How often the store may refuse a part's bytes before we stop: a torn connection is cured by then, a wrong sum never. */
const MOST_REFUSALS = 4;

export interface PartProgress {
  parts: number;
  confirmed_parts: number;
  total_bytes: number;
  /** Bytes of confirmed parts and what has been sent of those on the way. */
  sent_bytes: number;
  /** The failure that tries are waiting out; null while all goes well. */
  trouble: unknown;
  /** The failure that stopped a part for good; null while there is none. */
  failure: unknown;
}

export interface PartQueueOptions {
  /** The parts call of the contract for this upload. */
  exchange: (parts: readonly PartPlan[], stored: readonly number[]) => Promise<PartAnswer[]>;
  put: Put;
  source: PartSource;
  onChange?: (progress: PartProgress) => void;
  waiter?: Pick<Waiter, "wait" | "wake">;
  random?: () => number;
}

interface Entry {
  readonly plan: PartPlan;
  state: "waiting" | "on_the_way" | "confirmed" | "failed";
  sent_bytes: number;
}

interface Listener {
  ready: () => boolean;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class PartQueue {
  readonly #options: PartQueueOptions;
  readonly #waiter: Pick<Waiter, "wait" | "wake">;
  readonly #random: () => number;
  readonly #entries = new Map<number, Entry>();
  readonly #abort = new AbortController();
  /** Ends with `pause()` and `abort()`; a new one begins with `retry()`. */
  #going = new AbortController();
  #listeners: Listener[] = [];
  #trouble: unknown = null;
  #failure: unknown = null;

  constructor(options: PartQueueOptions) {
    this.#options = options;
    this.#waiter = options.waiter ?? new Waiter();
    this.#random = options.random ?? Math.random;
  }

  /** Takes a part whose bytes the source can read. A number that is already here is ignored. */
  add(plan: PartPlan): void {
    if (this.#entries.has(plan.number) || this.#abort.signal.aborted) return;
    this.#entries.set(plan.number, { plan, state: "waiting", sent_bytes: 0 });
    this.#pump();
  }

  /** Takes a part that the server holds already, as it told when an unfinished upload was taken up again. */
  addConfirmed(plan: PartPlan): void {
    if (this.#entries.has(plan.number) || this.#abort.signal.aborted) return;
    this.#entries.set(plan.number, { plan, state: "confirmed", sent_bytes: 0 });
    this.#changed();
  }

  /** Every part that was added, in the order of its number. */
  get plans(): PartPlan[] {
    return this.#sorted.map((entry) => entry.plan);
  }

  /** The parts that the server holds, from the first one to the last before one that it lacks. */
  get confirmedFromStart(): PartPlan[] {
    const plans: PartPlan[] = [];
    for (let number = 1; this.#entries.get(number)?.state === "confirmed"; number += 1) {
      plans.push((this.#entries.get(number) as Entry).plan);
    }
    return plans;
  }

  get progress(): PartProgress {
    const entries = [...this.#entries.values()];
    const sum = (bytes: (entry: Entry) => number): number => entries.reduce((total, entry) => total + bytes(entry), 0);
    return {
      parts: entries.length,
      confirmed_parts: this.#count("confirmed"),
      total_bytes: sum((entry) => entry.plan.size_bytes),
      sent_bytes: sum((entry) => (entry.state === "confirmed" ? entry.plan.size_bytes : entry.sent_bytes)),
      trouble: this.#trouble,
      failure: this.#failure,
    };
  }

  /** Resolves when another part would soon be sent: who makes parts on demand waits here and keeps memory flat. */
  whenRoom(): Promise<void> {
    return this.#when(() => this.#count("waiting") === 0);
  }

  /** Resolves when every part that was added is confirmed; rejects with the failure that stopped one for good. */
  whenConfirmed(): Promise<void> {
    return this.#when(() => this.#count("confirmed") === this.#entries.size);
  }

  /** Takes up again what failed or was paused, and cuts every wait short. */
  retry(): void {
    this.#failure = null;
    if (this.#going.signal.aborted && !this.#abort.signal.aborted) this.#going = new AbortController();
    for (const entry of this.#entries.values()) if (entry.state === "failed") entry.state = "waiting";
    this.#waiter.wake();
    this.#pump();
  }

  /** Ends what is on the way; its parts wait for `retry()`. Who waits for room or confirmation is rejected with `Paused`. */
  pause(): void {
    if (this.#going.signal.aborted) return;
    this.#going.abort(new Paused());
    this.#trouble = null;
    for (const entry of this.#entries.values()) {
      if (entry.state !== "on_the_way") continue;
      entry.state = "waiting";
      entry.sent_bytes = 0;
    }
    this.#changed();
  }

  /** Sends confirmed parts again, because the server found that it lacks them after all. Unknown numbers are ignored. */
  resend(numbers: readonly number[]): void {
    for (const number of numbers) {
      const entry = this.#entries.get(number);
      if (entry?.state === "confirmed") entry.state = "waiting";
    }
    this.#pump();
  }

  /** Cuts every wait short: the network is back. */
  wake(): void {
    this.#waiter.wake();
  }

  /** Ends all sending. Who waits for room or confirmation is rejected with an AbortError. */
  abort(): void {
    this.#abort.abort();
    this.#going.abort(this.#abort.signal.reason);
    this.#settle();
  }

  get #sorted(): Entry[] {
    return [...this.#entries.values()].sort((a, b) => a.plan.number - b.plan.number);
  }

  #count(state: Entry["state"]): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (entry.state === state) count += 1;
    return count;
  }

  #pump(): void {
    if (this.#abort.signal.aborted) return;
    // After a failure for good the next part would only fail too: not signed in, no room left.
    let room = this.#failure === null && !this.#going.signal.aborted ? MOST_ON_THE_WAY - this.#count("on_the_way") : 0;
    for (const entry of this.#sorted) {
      if (room <= 0) break;
      if (entry.state !== "waiting") continue;
      room -= 1;
      entry.state = "on_the_way";
      void this.#carry(entry);
    }
    this.#changed();
  }

  async #carry(entry: Entry): Promise<void> {
    const { signal } = this.#going;
    let refusals = 0;
    for (let tries = 0; ; tries += 1) {
      try {
        await this.#send(entry, signal);
        if (signal.aborted) return; // paused meanwhile: whoever carries it next finds it confirmed
        entry.state = "confirmed";
        this.#trouble = null;
        await this.#options.source.free(entry.plan.number);
        break;
      } catch (error) {
        if (signal.aborted) return;
        entry.sent_bytes = 0;
        const verdict = judge(error);
        if (verdict === "doubtful") refusals += 1;
        if (verdict === "final" || refusals >= MOST_REFUSALS) {
          entry.state = "failed";
          this.#failure = error;
          break;
        }
        this.#trouble = error;
        this.#changed();
        await this.#waiter.wait(delayBefore(tries, error, this.#random), signal);
        if (signal.aborted) return;
      }
    }
    this.#pump();
  }

  async #send(entry: Entry, signal: AbortSignal): Promise<void> {
    const { exchange, put, source } = this.#options;
    const { plan } = entry;
    const promised = answerFor(plan.number, await exchange([plan], []));
    if (promised.state === "confirmed") return;
    if (!promised.url) throw new StoreError(0);
    const target = { url: promised.url, method: promised.method ?? "PUT", headers: promised.headers ?? {} };
    const bytes = await source.read(plan.number);
    signal.throwIfAborted();
    await put(target, bytes, {
      signal,
      onSent: (sent_bytes) => {
        // A request's body can be a little more than the part; the bar must not pass its end.
        if (signal.aborted) return;
        entry.sent_bytes = Math.min(sent_bytes, plan.size_bytes);
        this.#changed();
      },
    });
    signal.throwIfAborted();
    entry.sent_bytes = plan.size_bytes;
    const reported = answerFor(plan.number, await exchange([], [plan.number]));
    // Still only promised: what the server read back was not what was promised.
    if (reported.state !== "confirmed") throw new StoreError(400);
  }

  #when(ready: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#listeners.push({ ready, resolve, reject });
      this.#settle();
    });
  }

  #settle(): void {
    const waiting = this.#listeners;
    this.#listeners = [];
    for (const listener of waiting) {
      if (this.#going.signal.aborted) listener.reject(this.#going.signal.reason);
      else if (this.#failure !== null) listener.reject(this.#failure);
      else if (listener.ready()) listener.resolve();
      else this.#listeners.push(listener);
    }
  }

  #changed(): void {
    this.#settle();
    this.#options.onChange?.(this.progress);
  }
}

/** The answer about part `number`. A server that says nothing about it is treated like a broken connection. */
function answerFor(number: number, answers: readonly PartAnswer[]): PartAnswer {
  const answer = answers.find((candidate) => candidate.number === number);
  if (!answer) throw new StoreError(0);
  return answer;
}
