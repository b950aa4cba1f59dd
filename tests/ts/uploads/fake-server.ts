/** An upload server in memory, with the faults that tests ask for. */
import { ApiError } from "../../../apps/core/ts/api.ts";
import type { PartAnswer, PartPlan } from "../../../apps/uploads/ts/client.ts";
import { StoreError } from "../../../apps/uploads/ts/errors.ts";
import type { Put } from "../../../apps/uploads/ts/put.ts";

/** Resolves once `condition` holds, for what comes from other threads (hashing); a test's own time limit ends a wait in vain. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Lets everything that is due on this thread happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export class FakeServer {
  readonly confirmed = new Map<number, PartPlan>();
  readonly stored = new Map<number, Blob>();
  /** Errors for the next calls, first come first served; null lets one pass. */
  exchangeFaults: (Error | null)[] = [];
  putFaults: (Error | null)[] = [];
  /** While true, PUTs wait for `release`. */
  holds = false;
  onTheWay = 0;
  mostOnTheWay = 0;
  puts: { number: number; url: string; bytes: Blob }[] = [];
  exchanges = 0;
  #promises = 0;
  #held: (() => void)[] = [];

  exchange = async (parts: readonly PartPlan[], stored: readonly number[]): Promise<PartAnswer[]> => {
    this.exchanges += 1;
    await Promise.resolve();
    const fault = this.exchangeFaults.shift();
    if (fault) throw fault;
    const answers = parts.map((plan): PartAnswer => {
      const known = this.confirmed.get(plan.number);
      if (known && known.sha256 !== plan.sha256) throw new ApiError(409, "part_conflict", "Another part is there already.");
      if (known) return { number: plan.number, state: "confirmed" };
      this.#promises += 1;
      this.#plans.set(plan.number, plan);
      return { number: plan.number, state: "promised", url: `/store/${plan.number}?${this.#promises}`, method: "PUT", headers: {} };
    });
    for (const number of stored) {
      const plan = this.#plans.get(number);
      if (plan && this.stored.has(number)) this.confirmed.set(number, plan);
      answers.push({ number, state: this.confirmed.has(number) ? "confirmed" : "promised" });
    }
    return answers;
  };
  readonly #plans = new Map<number, PartPlan>();

  put: Put = async (target, bytes, { signal, onSent }) => {
    const number = Number(/\/store\/(\d+)/.exec(target.url)?.[1]);
    this.puts.push({ number, url: target.url, bytes });
    this.onTheWay += 1;
    this.mostOnTheWay = Math.max(this.mostOnTheWay, this.onTheWay);
    onSent(Math.floor(bytes.size / 2));
    if (this.holds) await new Promise<void>((resolve) => this.#held.push(resolve));
    else await Promise.resolve();
    this.onTheWay -= 1;
    if (signal.aborted) throw new StoreError(0);
    const fault = this.putFaults.shift();
    if (fault) throw fault;
    onSent(bytes.size);
    this.stored.set(number, bytes);
  };

  release(): void {
    this.holds = false;
    for (const resolve of this.#held.splice(0)) resolve();
  }
}
