import assert from "node:assert/strict";
import { test } from "node:test";
import { inLanes, lanesFor, MOST_PUTS } from "../../../apps/uploads/ts/lanes.ts";
import type { Put } from "../../../apps/uploads/ts/put.ts";
import { settle } from "./fake-server.ts";

const TARGET = { url: "x", method: "PUT", headers: {} };
const ON = { signal: new AbortController().signal, onSent: () => undefined };

/** A put that ends when it is told to, a clock, and what is on the way. */
function bench() {
  const clock = { now_ms: 0 };
  const onTheWay = new Map<string, (error?: Error) => void>();
  const put: Put = ({ url }) =>
    new Promise((resolve, reject) => onTheWay.set(url, (error) => (onTheWay.delete(url), error ? reject(error) : resolve())));
  const limited = inLanes(put, () => clock.now_ms);
  const send = (url: string, signal = ON.signal, size_bytes = 0) =>
    limited({ ...TARGET, url }, new Blob([new Uint8Array(size_bytes)]), { ...ON, signal });
  return { clock, onTheWay, send };
}

test("two are on the way at first, and the others follow in their order", async () => {
  const { clock, onTheWay, send } = bench();
  for (const url of ["a", "b", "c", "d"]) void send(url);
  await settle();
  assert.deepEqual([...onTheWay.keys()], ["a", "b"]);
  clock.now_ms = 6_000; // 3 s for each: room for two
  onTheWay.get("b")!();
  await settle();
  assert.deepEqual([...onTheWay.keys()], ["a", "c"]);
});

test("a fast line gets more of them, a slow one sends one after the other", async () => {
  const { clock, onTheWay, send } = bench();
  for (const url of ["a", "b", "c", "d", "e", "f"]) void send(url);
  await settle();
  clock.now_ms = 500;
  onTheWay.get("a")!();
  await settle();
  assert.deepEqual([...onTheWay.keys()], ["b", "c", "d", "e"]);
  clock.now_ms = 60_000;
  for (const url of ["b", "c", "d"]) onTheWay.get(url)!();
  await settle();
  assert.deepEqual([...onTheWay.keys()], ["e"]);
  onTheWay.get("e")!();
  await settle();
  assert.deepEqual([...onTheWay.keys()], ["f"]);
});

test("small parts do not open the lanes to large ones, and very small ones say nothing", async () => {
  const { clock, onTheWay, send } = bench();
  for (const [url, size_bytes] of [["small", 200], ["tiny", 20], ["a", 800], ["b", 800], ["c", 800]] as const) void send(url, ON.signal, size_bytes);
  await settle();
  clock.now_ms = 10;
  onTheWay.get("tiny")!();
  await settle();
  assert.deepEqual([...onTheWay.keys()], ["small", "a"]);
  clock.now_ms = 2_000; // 1 s for 200 bytes is 4 s for 800: room for one
  onTheWay.get("small")!();
  await settle();
  assert.deepEqual([...onTheWay.keys()], ["a"]);
  clock.now_ms = 30_000;
  onTheWay.get("a")!();
  await settle();
  assert.deepEqual([...onTheWay.keys()], ["b"]);
});

test("how many fit follows from what one takes alone", () => {
  const cases: [took_ms: number, together: number, lanes: number][] = [[0, 1, MOST_PUTS], [1_500, 1, 4], [1_501, 1, 3], [6_000, 1, 1], [60_000, 1, 1], [8_000, 4, 3]];
  for (const [took_ms, together, lanes] of cases) assert.equal(lanesFor(took_ms, together), lanes, `${took_ms}/${together}`);
});

test("a put that fails frees its lane and says nothing of the line", async () => {
  const { clock, onTheWay, send } = bench();
  const failing = assert.rejects(send("a"), { message: "broken" });
  for (const url of ["b", "c"]) void send(url);
  await settle();
  clock.now_ms = 60_000;
  onTheWay.get("a")!(new Error("broken"));
  await failing;
  await settle();
  assert.deepEqual([...onTheWay.keys()], ["b", "c"]);
});

test("who stops waiting for a lane takes none", async () => {
  const { onTheWay, send } = bench();
  const stop = new AbortController();
  void send("a");
  void send("b");
  const stopped = assert.rejects(send("c", stop.signal), { name: "AbortError" });
  void send("d");
  await settle();
  stop.abort();
  await stopped;
  onTheWay.get("a")!();
  await settle();
  assert.ok(onTheWay.has("d"));
  await assert.rejects(send("e", stop.signal), { name: "AbortError" });
});
