import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { PartUnreadable } from "../../../apps/uploads/ts/errors.ts";
import { DiskSpool, MemorySpool, type Spool } from "../../../apps/uploads/ts/spool.ts";
import { type KeptPart, SpoolDatabase } from "../../../apps/uploads/ts/spool-database.ts";

let made = 0;

/** A recording of Ana's in the browser's database, without parts. */
async function begun(changes: { person?: string } = {}): Promise<{ database: SpoolDatabase; upload_id: string; spool: DiskSpool }> {
  const database = await SpoolDatabase.open();
  assert.ok(database);
  const upload_id = `u${(made += 1)}`;
  const row = { upload_id, video_id: `v${made}`, share_url: null, person: "ana", content_type: "video/mp4", ...changes };
  await database.begin({ ...row, began_at_ms: made, recorded_ms: 0, discarded: null });
  return { database, upload_id, spool: new DiskSpool(database, upload_id) };
}

const part = (number: number): KeptPart => ({ number, size_bytes: 1, sha256: `sum${number}`, recorded_ms: number * 2_000 });
const bytes = (text: string): Blob => new Blob([text]);

async function keepAll(spool: Spool, texts: string[]): Promise<void> {
  for (const [index, text] of texts.entries()) await spool.keep(part(index + 1), bytes(text));
}

for (const [name, make] of [
  ["memory", async () => new MemorySpool() as Spool],
  ["disk", async () => (await begun()).spool as Spool],
] as const) {
  test(`${name}: what is kept can be read, also after the server has it`, async () => {
    const spool = await make();
    await keepAll(spool, ["a", "b"]);
    await spool.free(1);
    assert.equal(await (await spool.read(1)).text(), "a");
    assert.equal(await (await spool.whole("video/mp4"))?.text(), "ab");
  });

  test(`${name}: room is made by what the server has, and by nothing else`, async () => {
    const spool = await make();
    await keepAll(spool, ["a", "b", "c"]);
    await spool.free(2);
    await spool.makeRoom();
    await assert.rejects(spool.read(2), PartUnreadable);
    assert.equal(await (await spool.read(3)).text(), "c");
    assert.equal(await spool.whole("video/mp4"), null, "no file with a hole is passed off as the whole");
  });

  test(`${name}: nothing recorded is no file, and what is forgotten is gone`, async () => {
    const spool = await make();
    assert.equal(await spool.whole("video/mp4"), null);
    await keepAll(spool, ["a"]);
    await spool.forget();
    await spool.forget();
    await assert.rejects(spool.read(1), PartUnreadable);
    assert.equal(await spool.whole("video/mp4"), null);
  });
}

test("memory lets go of what the server has by itself, before it becomes too much", async () => {
  const spool = new MemorySpool(3);
  await keepAll(spool, ["aa", "bb", "c"]);
  await spool.free(1);
  assert.equal(await (await spool.read(1)).text(), "aa");
  await spool.free(2);
  await assert.rejects(spool.read(1), PartUnreadable);
  assert.equal(await (await spool.read(3)).text(), "c");
});

test("another visit finds a recording with its parts and how long it is", async () => {
  const { upload_id, spool } = await begun();
  await keepAll(spool, ["a", "b"]);
  const later = await SpoolDatabase.open();
  const found = (await later!.recordings("ana")).find((recording) => recording.upload_id === upload_id);
  assert.equal(found?.recorded_ms, 4_000);
  assert.deepEqual((await later!.parts(upload_id)).map(({ number, sha256 }) => [number, sha256]), [[1, "sum1"], [2, "sum2"]]);
  assert.equal(await (await new DiskSpool(later!, upload_id).whole("video/mp4"))?.text(), "ab");
});

test("parts come back in the order of their numbers, also the tenth", async () => {
  const { spool } = await begun();
  await keepAll(spool, [..."abcdefghijkl"]);
  assert.equal(await (await spool.whole("video/mp4"))?.text(), "abcdefghijkl");
});

test("a person sees their own recordings alone", async () => {
  const { database, upload_id } = await begun({ person: "eve" });
  assert.ok(!(await database.recordings("ana")).some((recording) => recording.upload_id === upload_id));
  assert.deepEqual((await database.recordings("eve")).map((recording) => recording.upload_id), [upload_id]);
});

test("what is thrown away loses its bytes at once, and stays in mind until the server knows", async () => {
  const { database, upload_id, spool } = await begun({ person: "joe" });
  await keepAll(spool, ["a"]);
  await spool.discard("video");
  assert.equal((await database.recordings("joe"))[0]?.discarded, "video");
  await assert.rejects(spool.read(1), PartUnreadable);
  await database.forget(upload_id);
  assert.deepEqual(await database.recordings("joe"), []);
});

test("a part that comes after its recording was forgotten leaves nothing behind on the disk", async () => {
  const { database, upload_id, spool } = await begun();
  await spool.forget();
  await spool.keep(part(1), bytes("late"));
  assert.deepEqual(await database.parts(upload_id), []);
});

/** A database that takes what fits into `room` parts. */
function crowded(database: SpoolDatabase, room: number): SpoolDatabase {
  const here = new Set<number>();
  return new Proxy(database, {
    get(target, name) {
      if (name === "keep") {
        return async (upload_id: string, kept: KeptPart, blob: Blob) => {
          if (here.size >= room) throw new DOMException("full", "QuotaExceededError");
          here.add(kept.number);
          return target.keep(upload_id, kept, blob);
        };
      }
      if (name === "drop") {
        return async (upload_id: string, numbers: readonly number[]) => {
          for (const number of numbers) here.delete(number);
          return target.drop(upload_id, numbers);
        };
      }
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

test("a full disk makes room by what the server has", async () => {
  const { database, upload_id } = await begun();
  const spool = new DiskSpool(crowded(database, 2), upload_id);
  await keepAll(spool, ["a", "b"]);
  await spool.free(1);
  await spool.keep(part(3), bytes("c"));
  assert.equal(spool.is_in_memory, false);
  assert.equal(await (await spool.read(3)).text(), "c");
  await assert.rejects(spool.read(1), PartUnreadable);
});

test("where no room can be made the tab keeps it, says so, and loses nothing", async () => {
  const { database, upload_id } = await begun();
  const spool = new DiskSpool(crowded(database, 2), upload_id);
  await keepAll(spool, ["a", "b", "c"]);
  assert.equal(spool.is_in_memory, true);
  assert.equal(await (await spool.read(3)).text(), "c");
  assert.equal(await (await spool.whole("video/mp4"))?.text(), "abc");
  await spool.free(1);
  await spool.free(2);
  await spool.keep(part(4), bytes("d"));
  assert.equal(spool.is_in_memory, false, "there is room again");
});

test("a part that only the tab kept is missed in the whole once the server has it", async () => {
  const { database, upload_id } = await begun();
  const spool = new DiskSpool(crowded(database, 1), upload_id);
  await keepAll(spool, ["a", "b"]);
  await spool.free(2);
  assert.equal(await spool.whole("video/mp4"), null);
});
