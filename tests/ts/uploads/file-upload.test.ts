import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ApiError } from "../../../apps/core/ts/api.ts";
import type { KnownUpload, StartedVideo, UnfinishedUpload, UploadClient, Video } from "../../../apps/uploads/ts/client.ts";
import { UploadElsewhere } from "../../../apps/uploads/ts/errors.ts";
import { type FileProgress, FileUpload, type FileUploadOptions } from "../../../apps/uploads/ts/file-upload.ts";
import type { Put } from "../../../apps/uploads/ts/put.ts";
import { FakeServer, settle, until } from "./fake-server.ts";

const PART_SIZE = 4;

class FakeClient {
  readonly server = new FakeServer();
  readonly started: { client_id: string; source: unknown }[] = [];
  readonly deleted: string[] = [];
  /** What GET of an upload answers. */
  readonly known = new Map<string, KnownUpload>();
  completeFaults: Error[] = [];
  completed: { number: number; size_bytes: number }[] | null = null;
  startFaults: Error[] = [];
  onStart: () => Promise<void> = async () => undefined;

  async startVideo(body: { client_id: string; source: unknown }): Promise<StartedVideo> {
    this.started.push(body);
    await this.onStart();
    const fault = this.startFaults.shift();
    if (fault) throw fault;
    const upload = { id: "u1", kind: "file", status: "open", rest_until: null, part_size_bytes: PART_SIZE };
    return { id: "v1", upload } as StartedVideo;
  }

  async upload(id: string): Promise<KnownUpload> {
    const found = this.known.get(id);
    if (!found) throw new ApiError(404, "not_found", "There is nothing here.");
    return found;
  }

  /** The uploads that parts were sent to. */
  readonly sentTo = new Set<string>();
  parts = (id: string, ...rest: Parameters<FakeServer["exchange"]>): ReturnType<FakeServer["exchange"]> => {
    this.sentTo.add(id);
    return this.server.exchange(...rest);
  };

  async complete(_id: string, body: { parts: { number: number; size_bytes: number }[] }): Promise<Video> {
    const fault = this.completeFaults.shift();
    if (fault) throw fault;
    this.completed = body.parts;
    return { id: "v1", status: "processing" } as Video;
  }

  async discard(videoId: string): Promise<void> {
    this.deleted.push(videoId);
  }
}

function upload(content: string, client = new FakeClient(), more: Partial<FileUploadOptions> = {}) {
  const seen: FileProgress[] = [];
  const file = new File([content], "talk.mp4", { type: "video/mp4" });
  const options = { file, client: client as unknown as UploadClient, put: client.server.put, client_id: "c1", ...more };
  return { client, seen, upload: new FileUpload({ ...options, onProgress: (progress) => seen.push(progress) }) };
}

test("a file goes up whole, in parts of the server's size, each with its sum", async () => {
  const { client, upload: subject, seen } = upload("abcdefghij");
  await subject.run();
  assert.deepEqual(client.started, [
    { client_id: "c1", title: "talk", source: { kind: "file", content_type: "video/mp4", size_bytes: 10, file_name: "talk.mp4" } },
  ]);
  assert.deepEqual(client.completed, [{ number: 1, size_bytes: 4 }, { number: 2, size_bytes: 4 }, { number: 3, size_bytes: 2 }]);
  assert.equal(client.server.confirmed.get(3)?.sha256, createHash("sha256").update("ij").digest("hex"));
  assert.deepEqual(seen.at(-1), { stage: "completing", compared: 0, sent_bytes: 10, total_bytes: 10, differs: false, trouble: null });
});

test("an empty file is left to the server to judge", async () => {
  const { client, upload: subject } = upload("");
  await subject.run();
  assert.deepEqual(client.completed, []);
});

test("a part is hashed only when it would soon be sent, so that a large file stays on disk", async () => {
  const { client, upload: subject } = upload("x".repeat(PART_SIZE * 50));
  client.server.holds = true;
  const running = subject.run();
  await until(() => client.server.onTheWay === 3);
  await settle();
  assert.equal(client.server.exchanges, 3);
  client.server.release();
  await running;
});

test("run again after a failure goes on with what is lacking", async () => {
  const { client, upload: subject } = upload("abcdefghij");
  const { exchange } = client.server;
  client.server.exchange = async (parts, stored) => {
    if (parts.some((part) => part.number === 3)) throw new ApiError(413, "quota_reached", "The workspace is full.");
    return exchange(parts, stored);
  };
  await assert.rejects(subject.run(), { code: "quota_reached" });
  await until(() => client.server.confirmed.size === 2);
  client.server.exchange = exchange;
  await subject.run();
  assert.equal(client.started.length, 1);
  assert.equal(client.server.confirmed.size, 3);
  assert.equal(client.server.puts.length, 3, "what was confirmed is not sent again");
});

test("a start that failed is tried again under the same client_id, so that one video is made", async () => {
  const client = new FakeClient();
  client.startFaults = [new ApiError(401, "not_authenticated", "Please sign in.")];
  const { upload: subject } = upload("abc", client);
  await assert.rejects(subject.run(), { status: 401 });
  await subject.run();
  assert.deepEqual(client.started.map((body) => body.client_id), ["c1", "c1"]);
});

test("cancelling ends the upload and deletes its video", async () => {
  const { client, upload: subject } = upload("x".repeat(100));
  client.server.holds = true;
  const running = assert.rejects(subject.run(), { name: "AbortError" });
  await until(() => client.server.onTheWay > 0);
  await subject.cancel();
  client.server.release();
  await running;
  assert.deepEqual(client.deleted, ["v1"]);
  assert.equal(client.completed, null);
});

test("cancelling while the video is being made deletes it as soon as it is there", async () => {
  const client = new FakeClient();
  let release: () => void = () => undefined;
  client.onStart = () => new Promise((resolve) => (release = resolve));
  const { upload: subject } = upload("abc", client);
  const running = assert.rejects(subject.run(), { name: "AbortError" });
  await until(() => client.started.length === 1);
  await subject.cancel();
  release();
  await running;
  assert.deepEqual(client.deleted, ["v1"]);
});

const sum = (text: string): string => createHash("sha256").update(text).digest("hex");

/** An unfinished upload "old" of `content`, of which the server holds these parts. */
function unfinished(client: FakeClient, content: string, confirmed: number[], more: Partial<UnfinishedUpload> = {}): UnfinishedUpload {
  const cuts = content.match(new RegExp(`.{1,${PART_SIZE}}`, "g")) ?? [];
  const parts = confirmed.map((number) => {
    const cut = cuts[number - 1]!;
    const part = { number, size_bytes: cut.length, sha256: sum(cut), state: "confirmed" as const };
    client.server.confirmed.set(number, part);
    return part;
  });
  client.known.set("old", { id: "old", kind: "file", status: "open", rest_until: null, part_size_bytes: PART_SIZE, parts });
  return {
    id: "old", video: "v0", title: "talk", file_name: "talk.mp4", size_bytes: content.length, part_size_bytes: PART_SIZE,
    confirmed_parts: parts.length, confirmed_bytes: 0, ...more,
  };
}

test("the same file goes on where it was: nothing that is confirmed is sent again", async () => {
  const client = new FakeClient();
  const old = unfinished(client, "abcdefghijkl", [1, 2]);
  const videos: string[] = [];
  const { upload: subject, seen } = upload("abcdefghijkl", client, { unfinished: async () => [old], onVideo: (id) => videos.push(id) });
  await subject.run();
  assert.deepEqual(client.started, []);
  assert.deepEqual(client.server.puts.map(({ number }) => number), [3]);
  assert.deepEqual([...client.sentTo], ["old"]);
  assert.deepEqual(client.completed?.map(({ number }) => number), [1, 2, 3]);
  assert.deepEqual(videos, ["v0"]);
  assert.ok(seen.some(({ stage, compared }) => stage === "comparing" && compared === 1));
});

for (const [what, other] of [["first", "Abcdefghijkl"], ["middle", "abcdEfghijkl"], ["last confirmed", "abcdefghIjkl"]] as const) {
  test(`a file of the same size whose ${what} part is another one begins anew, and says so`, async () => {
    const client = new FakeClient();
    const old = unfinished(client, "abcdefghijkl", [1, 2, 3]);
    client.server.confirmed.clear();
    const { upload: subject, seen } = upload(other, client, { unfinished: async () => [old] });
    await subject.run();
    assert.equal(client.started.length, 1);
    assert.equal(client.server.puts.length, 3);
    assert.deepEqual([...client.sentTo], ["u1"]);
    assert.equal(seen.at(-1)?.differs, true);
  });
}

test("a part that was only promised has to match, too", async () => {
  const client = new FakeClient();
  const old = unfinished(client, "abcdefgh", [1]);
  client.known.get("old")!.parts.push({ number: 2, size_bytes: 4, sha256: sum("EFGH"), state: "promised" });
  await upload("abcdefgh", client, { unfinished: async () => [old] }).upload.run();
  assert.deepEqual([...client.sentTo], ["u1"]);
});

test("a file of another size is not even compared", async () => {
  const client = new FakeClient();
  const old = unfinished(client, "abcdefgh", [1]);
  const { upload: subject, seen } = upload("abcdefghi", client, { unfinished: async () => [old] });
  await subject.run();
  assert.ok(seen.every(({ stage, differs }) => stage !== "comparing" && !differs));
});

test("an upload without a single part goes on under its own name alone", async () => {
  for (const [file_name, started] of [["talk.mp4", 0], ["other.mp4", 1]] as const) {
    const client = new FakeClient();
    const old = unfinished(client, "abcdefgh", [], { file_name });
    const { upload: subject, seen } = upload("abcdefgh", client, { unfinished: async () => [old] });
    await subject.run();
    assert.equal(client.started.length, started);
    assert.equal(seen.at(-1)?.differs, false, "there was nothing to differ from");
  }
});

test("an upload that was discarded, completed or taken meanwhile is left alone", async () => {
  for (const change of ["gone", "complete", "taken"]) {
    const client = new FakeClient();
    const old = unfinished(client, "abcdefgh", [1]);
    client.server.confirmed.clear();
    if (change === "gone") client.known.clear();
    if (change === "complete") client.known.get("old")!.status = "complete";
    const { upload: subject } = upload("abcdefgh", client, { unfinished: async () => [old], claim: () => change !== "taken" });
    await subject.run();
    assert.deepEqual([...client.sentTo], ["u1"], change);
  }
});

test("a pause ends the run at once, and the next run sends only what is lacking", async () => {
  const client = new FakeClient();
  const { put } = client.server;
  let puts = 0;
  const second: Put = (...args) =>
    (puts += 1) === 2 ? new Promise((_resolve, reject) => args[2].signal.addEventListener("abort", () => reject(new Error()))) : put(...args);
  const { upload: paused, seen } = upload("abcdefghijkl", client, { put: second });
  const running = assert.rejects(paused.run(), { name: "Paused" });
  await until(() => client.server.confirmed.size === 2);
  paused.pause();
  await running;
  const told = seen.length;
  await settle();
  assert.equal(seen.length, told, "a paused upload is silent");
  assert.equal(seen.at(-1)?.sent_bytes, 8, "what is told last is what is safe");
  await paused.run();
  assert.deepEqual(client.server.puts.map(({ number }) => number).sort(), [1, 2, 3]);
  assert.equal(client.started.length, 1);
});

test("resuming at once waits until the run before has let go of its lock", async () => {
  let isHeld = false;
  const hold = async <T>(_id: string, action: () => Promise<T>): Promise<T> => {
    if (isHeld) throw new UploadElsewhere();
    isHeld = true;
    try {
      return await action();
    } finally {
      await settle();
      isHeld = false;
    }
  };
  const { client, upload: subject } = upload("abcdefgh", new FakeClient(), { hold });
  client.server.holds = true;
  const first = assert.rejects(subject.run(), { name: "Paused" });
  await until(() => client.server.onTheWay > 0);
  subject.pause();
  client.server.release();
  const second = subject.run();
  await first;
  await second;
  assert.equal(client.server.confirmed.size, 2);
});

test("an upload that another tab sends is left to it", async () => {
  const hold = (): Promise<never> => Promise.reject(new UploadElsewhere());
  const { client, upload: subject } = upload("abcd", new FakeClient(), { hold });
  await assert.rejects(subject.run(), { name: "UploadElsewhere" });
  assert.equal(client.server.puts.length, 0);
});

test("an upload that another tab has completed is done", async () => {
  const { client, upload: subject } = upload("abcd");
  client.server.exchangeFaults = [new ApiError(409, "upload_closed", "It has ended.")];
  await subject.run();
  assert.deepEqual(client.completed, []);
});

test("an upload that was dropped meanwhile fails, and Retry begins anew", async () => {
  const { client, upload: subject } = upload("abcd");
  client.server.exchangeFaults = [new ApiError(409, "upload_closed", "It has ended.")];
  client.completeFaults = [new ApiError(409, "upload_closed", "It has ended.")];
  await assert.rejects(subject.run(), { code: "upload_closed" });
  await subject.run();
  assert.equal(new Set(client.started.map(({ client_id }) => client_id)).size, 2);
});
