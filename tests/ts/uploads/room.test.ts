import assert from "node:assert/strict";
import { test } from "node:test";
import { askToPersist, RoomWatch, SHORT_MS } from "../../../apps/uploads/ts/room.ts";

const MIB = 1024 * 1024;

/** A watch over `free` bytes; making room adds `hidden` of them. */
function bench(free: number | null, hidden = 0): { watch: RoomWatch; changes: () => number; made: () => number; set: (bytes: number) => void } {
  let [left, changes, made] = [free, 0, 0];
  const watch = new RoomWatch({
    estimate: async () => left,
    makeRoom: async () => {
      made += 1;
      if (left !== null) left += hidden;
      hidden = 0;
    },
    onChange: () => (changes += 1),
  });
  return { watch, changes: () => changes, made: () => made, set: (bytes) => (left = bytes) };
}

/** A minute of 60 MiB was recorded: 1 MiB a second. */
function recordMinute(watch: RoomWatch): void {
  watch.note(60 * MIB, 60_000);
}

test("enough room is not mentioned, and nothing is let go", async () => {
  const { watch, changes, made } = bench((SHORT_MS / 1_000) * MIB);
  recordMinute(watch);
  await watch.look();
  assert.equal(watch.room_ms, null);
  assert.deepEqual([changes(), made()], [0, 0]);
});

test("short room is told as time at the pace of this recording, after what the server has was let go", async () => {
  const { watch, changes, made } = bench(100 * MIB, 20 * MIB);
  recordMinute(watch);
  await watch.look();
  assert.equal(watch.room_ms, 120_000);
  assert.deepEqual([changes(), made()], [1, 1]);
});

test("where letting go is enough nothing is said", async () => {
  const { watch } = bench(10 * MIB, SHORT_MS * MIB);
  recordMinute(watch);
  await watch.look();
  assert.equal(watch.room_ms, null);
});

test("the word is taken back when there is room again", async () => {
  const { watch, changes, set } = bench(10 * MIB);
  recordMinute(watch);
  await watch.look();
  set(SHORT_MS * MIB);
  await watch.look();
  assert.equal(watch.room_ms, null);
  assert.equal(changes(), 2);
});

test("a browser over its quota has no time left, and one that does not tell is not doubted", async () => {
  const over = bench(-5);
  await over.watch.look();
  assert.equal(over.watch.room_ms, 0);
  const silent = bench(null);
  await silent.watch.look();
  assert.equal(silent.watch.room_ms, null);
});

test("a browser is asked to keep things once, and may refuse to answer", async () => {
  let asked = 0;
  const storage = (persisted: boolean) => ({ persisted: async () => persisted, persist: async () => Boolean((asked += 1)) }) as unknown as StorageManager;
  await askToPersist(storage(true));
  assert.equal(asked, 0);
  await askToPersist(storage(false));
  assert.equal(asked, 1);
  await askToPersist({ persisted: async () => Promise.reject(new TypeError("no")) } as unknown as StorageManager);
  await askToPersist(undefined);
});
