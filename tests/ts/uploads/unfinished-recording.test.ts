import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../apps/core/ts/api.ts";
import type { KnownUpload, UploadClient } from "../../../apps/uploads/ts/client.ts";
import { type KeptRecording, SpoolDatabase } from "../../../apps/uploads/ts/spool-database.ts";
import { discardRecording, finishRecording, tellDiscarded, UploadGone } from "../../../apps/uploads/ts/unfinished-recording.ts";
import { FakeServer } from "./fake-server.ts";

const GONE = new ApiError(404, "not_found", "");
const CLOSED = new ApiError(409, "upload_closed", "");
const OFFLINE = new ApiError(0, "network", "");
let made = 0;

interface Bench {
  database: SpoolDatabase;
  recording: KeptRecording;
  server: FakeServer;
  /** What the server is asked to do, in order. */
  asked: string[];
  completed: { parts: { number: number }[]; recorded_ms?: number }[];
  finish: () => Promise<void>;
  client: UploadClient;
}

/** A recording of three parts, of which the server has confirmed the first, in an upload as `known` says. */
async function bench(known: Partial<KnownUpload> | Error, { confirmed = [1] }: { confirmed?: number[] } = {}): Promise<Bench> {
  const database = (await SpoolDatabase.open()) as SpoolDatabase;
  const upload_id = `unfinished${(made += 1)}`;
  const row = { upload_id, video_id: "v1", share_url: null, person: upload_id, content_type: "video/mp4", began_at_ms: 1 };
  await database.begin({ ...row, recorded_ms: 0, discarded: null });
  for (const number of [1, 2, 3]) {
    await database.keep(upload_id, { number, size_bytes: 1, sha256: `sum${number}`, recorded_ms: number * 2_000 }, new Blob(["x"]));
  }
  const server = new FakeServer();
  const asked: string[] = [];
  const completed: Bench["completed"] = [];
  const parts = confirmed.map((number) => ({ number, size_bytes: 1, sha256: `sum${number}`, state: "confirmed" as const }));
  const upload: KnownUpload = { id: upload_id, kind: "recording", status: "open", part_size_bytes: 99, rest_until: null, parts };
  const client = {
    upload: async () => {
      if (known instanceof Error) throw known;
      return { ...upload, ...known };
    },
    reopen: async () => {
      asked.push("reopen");
      return { ...upload, status: "open" };
    },
    parts: async (_id: string, plans: [], stored: []) => server.exchange(plans, stored),
    complete: async (_id: string, body: Bench["completed"][0]) => void completed.push(body),
    drop: async () => void asked.push("drop"),
    discard: async () => void asked.push("discard"),
  } as unknown as UploadClient;
  const [recording] = await database.recordings(upload_id);
  const finish = (): Promise<void> =>
    finishRecording(recording as KeptRecording, {
      client,
      database,
      put: server.put,
      waiter: { wait: async () => undefined, wake: () => undefined } as never,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      hold: (_id, action) => action(),
    });
  return { database, recording: recording as KeptRecording, server, asked, completed, finish, client };
}

const kept = async ({ database, recording }: Bench): Promise<number> => (await database.recordings(recording.person)).length;

test("finishing sends what is missing, completes with all of it and the recorded time, and forgets it here", async () => {
  const here = await bench({});
  await here.finish();
  assert.deepEqual(here.server.puts.map(({ number }) => number), [2, 3]);
  assert.deepEqual(here.completed.map((body) => [body.parts.map(({ number }) => number), body.recorded_ms]), [[[1, 2, 3], 6_000]]);
  assert.equal(await kept(here), 0);
});

test("what the server has ended in its author's absence is opened again first", async () => {
  const here = await bench({ status: "complete", rest_until: "2026-12-27T00:00:00Z" });
  await here.finish();
  assert.deepEqual(here.asked, ["reopen"]);
  assert.deepEqual(here.server.puts.map(({ number }) => number), [2, 3]);
  assert.equal(await kept(here), 0);
});

test("what its author had completed before the page died is only forgotten here", async () => {
  const here = await bench({ status: "complete" }, { confirmed: [1, 2, 3] });
  await here.finish();
  assert.deepEqual([here.server.puts, here.completed, here.asked], [[], [], []]);
  assert.equal(await kept(here), 0);
});

for (const [name, known] of [
  ["was deleted", GONE],
  ["was dropped", { status: "aborted" }],
  ["is complete without some of these parts", { status: "complete" }],
  ["was ended and may not be opened again", CLOSED],
] as const) {
  test(`a recording whose upload ${name} stays here, to be watched and saved`, async () => {
    const here = await bench(known as Partial<KnownUpload> | Error);
    await assert.rejects(here.finish(), UploadGone);
    assert.equal(await kept(here), 1);
    assert.equal(await (await here.database.read(here.recording.upload_id, 3))?.text(), "x");
  });
}

test("a failure on the way leaves it here", async () => {
  const here = await bench({});
  here.server.exchangeFaults = [new ApiError(401, "not_authenticated", "")];
  await assert.rejects(here.finish(), { status: 401 });
  assert.equal(await kept(here), 1);
});

test("a recording that is thrown away while the server is out of reach is told to it by the next visit", async () => {
  const here = await bench({});
  const away = { ...here.client, discard: async () => Promise.reject(OFFLINE) } as unknown as UploadClient;
  await assert.rejects(discardRecording(here.recording, here.database, away), { status: 0 });
  assert.equal(await here.database.read(here.recording.upload_id, 1), undefined);
  await tellDiscarded(here.database, here.recording.person, here.client);
  assert.deepEqual(here.asked, ["discard"]);
  assert.equal(await kept(here), 0);
});

test("a take that was started over is dropped, and its video is not", async () => {
  const here = await bench({});
  await here.database.discard(here.recording.upload_id, "take");
  await tellDiscarded(here.database, here.recording.person, here.client);
  assert.deepEqual(here.asked, ["drop"]);
  assert.equal(await kept(here), 0);
});

test("discarding what the server has deleted already is done", async () => {
  const here = await bench({});
  const gone = { ...here.client, discard: async () => Promise.reject(GONE) } as unknown as UploadClient;
  await discardRecording(here.recording, here.database, gone);
  assert.equal(await kept(here), 0);
});
