import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../apps/core/ts/api.ts";
import { PartUnreadable, StoreError } from "../../../apps/uploads/ts/errors.ts";
import { PartQueue } from "../../../apps/uploads/ts/part-queue.ts";
import { MemorySpool } from "../../../apps/uploads/ts/spool.ts";
import { FakeServer, settle } from "./fake-server.ts";

const OFFLINE = new ApiError(0, "network", "");
const EXPIRED = new StoreError(403);

interface Bench {
  server: FakeServer;
  spool: MemorySpool;
  queue: PartQueue;
  /** Every wait that was asked for, in ms. */
  waits: number[];
  add: (...numbers: number[]) => Promise<void>;
}

/** A queue over a fake server; waits pass at once unless `waits` are to be held. */
function bench({ wait }: { wait?: (delay_ms: number, signal: AbortSignal) => Promise<void> } = {}): Bench {
  const server = new FakeServer();
  const spool = new MemorySpool(0); // lets go of a part as soon as it may
  const waits: number[] = [];
  const waiter = {
    wait: async (delay_ms: number, signal: AbortSignal) => {
      waits.push(delay_ms);
      await wait?.(delay_ms, signal);
    },
    wake: () => undefined,
  };
  const queue = new PartQueue({
    exchange: server.exchange,
    put: (...args) => server.put(...args), // Tests may put another one in its place.
    source: spool,
    waiter,
    random: () => 0.5,
  });
  const add = async (...numbers: number[]): Promise<void> => {
    for (const number of numbers) {
      await spool.keep({ number }, new Blob(["x".repeat(number * 10)]));
      queue.add({ number, size_bytes: number * 10, sha256: `sum${number}` });
    }
  };
  return { server, spool, queue, waits, add };
}

/** The numbers of the parts that the spool still holds. */
async function heldBy(spool: MemorySpool): Promise<number[]> {
  const numbers = [1, 2, 3, 4, 5];
  const tries = await Promise.allSettled(numbers.map((number) => spool.read(number)));
  return numbers.filter((_, index) => tries[index]?.status === "fulfilled");
}

test("parts go up, are confirmed, and their memory is freed", async () => {
  const { server, spool, queue, add } = bench();
  await add(1, 2, 3, 4, 5);
  await queue.whenConfirmed();
  assert.deepEqual([...server.confirmed.keys()].sort(), [1, 2, 3, 4, 5]);
  assert.deepEqual(await heldBy(spool), []);
  assert.equal(await server.stored.get(2)?.text(), "x".repeat(20));
});

test("at most three parts are on the way, the first ones first", async () => {
  const { server, queue, add } = bench();
  server.holds = true;
  await add(1, 2, 3, 4, 5, 6, 7);
  await settle();
  assert.deepEqual(server.puts.map((put) => put.number), [1, 2, 3]);
  server.release();
  await queue.whenConfirmed();
  assert.equal(server.mostOnTheWay, 3);
});

test("a part stays in memory until the server has confirmed it, not only stored it", async () => {
  const { server, spool, queue, add } = bench({ wait: () => new Promise(() => undefined) });
  server.exchangeFaults = [null, OFFLINE];
  await add(1);
  await settle();
  assert.ok(server.stored.has(1));
  assert.deepEqual(await heldBy(spool), [1]);
  queue.abort();
});

test("a broken connection is tried again, later and later, without an end", async () => {
  const { server, queue, waits, add } = bench();
  server.exchangeFaults = Array.from({ length: 9 }, () => OFFLINE);
  await add(1);
  await queue.whenConfirmed();
  assert.deepEqual(waits, [500, 1_000, 2_000, 5_000, 10_000, 30_000, 30_000, 30_000, 30_000]);
});

test("an expired address is replaced by a fresh one", async () => {
  const { server, queue, add } = bench();
  server.putFaults = [EXPIRED];
  await add(1);
  await queue.whenConfirmed();
  assert.equal(server.puts.length, 2);
  assert.notEqual(server.puts[0]?.url, server.puts[1]?.url);
});

test("bytes that the store refuses again and again stop their part, and no further one is begun until retry", async () => {
  const { server, spool, queue, waits, add } = bench();
  const refused = new StoreError(400, "The bytes are not what was promised.");
  const put = server.put;
  server.put = (target, ...rest) => (target.url.startsWith("/store/2?") ? Promise.reject(refused) : put(target, ...rest));
  await add(1, 2, 3);
  await assert.rejects(queue.whenConfirmed(), refused);
  await settle();
  assert.equal(waits.length, 3);
  await add(4);
  await settle();
  assert.deepEqual([...server.confirmed.keys()].sort(), [1, 3]);
  assert.deepEqual(queue.confirmedFromStart.map((plan) => plan.number), [1]);
  assert.deepEqual(await heldBy(spool), [2, 4], "what is not confirmed is kept");
  server.put = put;
  queue.retry();
  await queue.whenConfirmed();
  assert.deepEqual(queue.confirmedFromStart.map((plan) => plan.number), [1, 2, 3, 4]);
});

test("a failed part goes up after retry", async () => {
  const { server, queue, add } = bench();
  server.exchangeFaults = [new ApiError(413, "quota_reached", "The workspace is full.")];
  await add(1);
  await assert.rejects(queue.whenConfirmed(), { code: "quota_reached" });
  queue.retry();
  await queue.whenConfirmed();
  assert.equal(server.confirmed.size, 1);
});

test("another promise for a confirmed number is not tried again", async () => {
  const { server, queue, waits, add } = bench();
  server.confirmed.set(1, { number: 1, size_bytes: 10, sha256: "other" });
  await add(1);
  await assert.rejects(queue.whenConfirmed(), { code: "part_conflict" });
  assert.deepEqual(waits, []);
});

test("a part that the server holds already is not sent", async () => {
  const { server, queue, add } = bench();
  server.confirmed.set(1, { number: 1, size_bytes: 10, sha256: "sum1" });
  await add(1);
  await queue.whenConfirmed();
  assert.equal(server.puts.length, 0);
});

test("a part that is only promised after it was reported is sent again", async () => {
  const { server, queue, add } = bench();
  const put = server.put;
  server.put = async (...args) => {
    await put(...args);
    if (server.puts.length === 1) server.stored.clear();
  };
  await add(1);
  await queue.whenConfirmed();
  assert.equal(server.puts.length, 2);
});

test("a server that asks for a wait is not asked sooner", async () => {
  const { server, queue, waits, add } = bench();
  server.exchangeFaults = [new ApiError(503, "busy", "", 7_000)];
  await add(1);
  await queue.whenConfirmed();
  assert.deepEqual(waits, [7_000]);
});

test("the same number again is ignored", async () => {
  const { server, queue, add } = bench();
  await add(1, 1);
  await queue.whenConfirmed();
  assert.equal(server.puts.length, 1);
});

test("what the server lacks after all is sent again, as long as it can be read", async () => {
  const { server, queue, add } = bench();
  await add(1, 2);
  await queue.whenConfirmed();
  server.confirmed.delete(1);
  queue.resend([1, 99]);
  await assert.rejects(queue.whenConfirmed(), PartUnreadable, "a recording's memory is gone by then");
});

test("whoever makes parts on demand is let in when one more would soon be sent", async () => {
  const { server, queue, add } = bench();
  server.holds = true;
  await add(1, 2, 3);
  await queue.whenRoom();
  await add(4);
  let hasRoom = false;
  const room = queue.whenRoom().then(() => (hasRoom = true));
  await settle();
  assert.equal(hasRoom, false);
  server.release();
  await room;
});

test("progress counts bytes on the way and never passes its end", async () => {
  const server = new FakeServer();
  const seen: number[] = [];
  const queue = new PartQueue({
    exchange: server.exchange,
    put: (target, bytes, options) => {
      options.onSent(bytes.size + 500);
      return server.put(target, bytes, options);
    },
    source: { read: async () => new Blob(["x".repeat(100)]), free: async () => undefined },
    onChange: (progress) => seen.push(progress.sent_bytes),
  });
  queue.add({ number: 1, size_bytes: 100, sha256: "a" });
  await queue.whenConfirmed();
  assert.ok(seen.includes(50));
  assert.equal(Math.max(...seen), 100);
  const { parts, confirmed_parts, total_bytes, sent_bytes } = queue.progress;
  assert.deepEqual({ parts, confirmed_parts, total_bytes, sent_bytes }, { parts: 1, confirmed_parts: 1, total_bytes: 100, sent_bytes: 100 });
});

test("trouble is told while it lasts and forgotten afterwards", async () => {
  let release: () => void = () => undefined;
  const { server, queue, add } = bench({ wait: () => new Promise((resolve) => (release = resolve)) });
  server.exchangeFaults = [OFFLINE];
  await add(1);
  await settle();
  assert.equal(queue.progress.trouble, OFFLINE);
  release();
  await queue.whenConfirmed();
  assert.equal(queue.progress.trouble, null);
});

test("after abort nothing is sent, what was kept stays, and who waits is told", async () => {
  const { server, spool, queue, add } = bench();
  server.holds = true;
  await add(1, 2, 3, 4);
  await settle();
  const waiting = assert.rejects(queue.whenConfirmed(), { name: "AbortError" });
  queue.abort();
  server.release();
  await waiting;
  await add(5);
  await settle();
  assert.deepEqual(server.puts.map((put) => put.number), [1, 2, 3]);
  assert.equal(server.confirmed.size, 0);
  assert.deepEqual(await heldBy(spool), [1, 2, 3, 4, 5], "throwing it away is not the queue's to decide");
});

test("a queue without parts has nothing to wait for", async () => {
  const { queue } = bench();
  await queue.whenConfirmed();
  await queue.whenRoom();
});

test("a pause ends what is on the way without a failure, and retry sends it again", async () => {
  const { server, queue, add } = bench();
  server.holds = true;
  await add(1, 2, 3, 4);
  await settle();
  const waiting = assert.rejects(queue.whenConfirmed(), { name: "Paused" });
  queue.pause();
  await waiting;
  server.release();
  await settle();
  assert.equal(server.confirmed.size, 0);
  assert.deepEqual([queue.progress.sent_bytes, queue.progress.failure, queue.progress.trouble], [0, null, null]);
  await assert.rejects(queue.whenRoom(), { name: "Paused" });
  queue.retry();
  await queue.whenConfirmed();
  assert.equal(server.confirmed.size, 4);
});

test("a pause while a failed try waits begins no other try", async () => {
  const { server, queue, add, waits } = bench({ wait: (_delay_ms, signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())) });
  server.exchangeFaults = [OFFLINE];
  await add(1);
  await settle();
  assert.equal(waits.length, 1);
  queue.pause();
  await settle();
  assert.equal(server.exchanges, 1);
  assert.equal(queue.progress.trouble, null);
});

test("a part that the server told to hold is counted and never sent", async () => {
  const { server, queue, add } = bench();
  queue.addConfirmed({ number: 1, size_bytes: 10, sha256: "sum1" });
  assert.equal(queue.progress.sent_bytes, 10);
  await add(1, 2);
  await queue.whenConfirmed();
  assert.deepEqual(server.puts.map(({ number }) => number), [2]);
  assert.deepEqual(queue.confirmedFromStart.map(({ number }) => number), [1, 2]);
});
