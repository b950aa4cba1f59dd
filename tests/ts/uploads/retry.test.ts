import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../apps/core/ts/api.ts";
import { PartUnreadable, StoreError } from "../../../apps/uploads/ts/errors.ts";
import { delayBefore, judge, untilDone, Waiter } from "../../../apps/uploads/ts/retry.ts";

const api = (status: number, code = ""): ApiError => new ApiError(status, code, "");

test("what is nobody's fault is transient", () => {
  for (const status of [0, 408, 425, 429, 500, 502, 503, 504, 507]) {
    assert.equal(judge(api(status)), "transient", String(status));
    assert.equal(judge(new StoreError(status)), "transient", String(status));
  }
});

test("bytes that the store refused may pass with a fresh address", () => {
  for (const status of [400, 403, 404, 410, 412]) assert.equal(judge(new StoreError(status)), "doubtful");
  assert.equal(judge(api(400, "part_mismatch")), "doubtful");
});

test("what the API refuses it will refuse again", () => {
  for (const [status, code] of [[400, "invalid"], [401, ""], [403, ""], [404, ""], [409, "part_conflict"], [409, "upload_closed"], [413, "quota_reached"]] as const) {
    assert.equal(judge(api(status, code)), "final", code);
  }
  assert.equal(judge(new PartUnreadable(1)), "final");
  assert.equal(judge(new TypeError("a mistake of ours")), "final");
});

test("waits grow to half a minute, a quarter either way", () => {
  assert.equal(delayBefore(0, null, () => 0.5), 500);
  assert.equal(delayBefore(99, null, () => 0.5), 30_000);
  assert.equal(delayBefore(99, null, () => 0), 22_500);
  assert.equal(delayBefore(99, null, () => 1), 37_500);
});

test("a named wait is kept, but never shortens ours", () => {
  assert.equal(delayBefore(0, new ApiError(429, "too_many", "", 60_000), () => 0.5), 60_000);
  assert.equal(delayBefore(5, new ApiError(429, "too_many", "", 1_000), () => 0.5), 30_000);
});

test("a wait ends early when woken or when nobody waits any more", async () => {
  const waiter = new Waiter();
  const abort = new AbortController();
  const long_ms = 3_600_000;
  const first = waiter.wait(long_ms, abort.signal);
  waiter.wake();
  await first;
  const second = waiter.wait(long_ms, abort.signal);
  abort.abort();
  await second;
  await waiter.wait(long_ms, abort.signal);
});

test("an action is tried until it succeeds, and trouble is told and taken back", async () => {
  const answers: (Error | string)[] = [api(0), api(503), "done"];
  const told: unknown[] = [];
  const result = await untilDone(
    async () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    { waiter: { wait: async () => undefined }, signal: new AbortController().signal, onTrouble: (error) => told.push(error) },
  );
  assert.equal(result, "done");
  assert.deepEqual(told.map((error) => (error as ApiError | null)?.status ?? null), [0, 503, null]);
});

test("an action that cannot succeed is not tried again", async () => {
  let calls = 0;
  const action = async (): Promise<never> => {
    calls += 1;
    throw api(413, "quota_reached");
  };
  const options = { waiter: { wait: async () => undefined }, signal: new AbortController().signal };
  await assert.rejects(untilDone(action, options), { code: "quota_reached" });
  assert.equal(calls, 1);
});

test("an abandoned action is not tried again", async () => {
  const abort = new AbortController();
  let calls = 0;
  const action = async (): Promise<never> => {
    calls += 1;
    abort.abort();
    throw api(0);
  };
  await assert.rejects(untilDone(action, { waiter: new Waiter(), signal: abort.signal }), { name: "AbortError" });
  assert.equal(calls, 1);
});
