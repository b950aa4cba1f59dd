import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ApiError } from "../../../apps/core/ts/api.ts";
import type { StartedVideo, UploadClient, Video } from "../../../apps/uploads/ts/client.ts";
import { type FileProgress, FileUpload } from "../../../apps/uploads/ts/file-upload.ts";
import { FakeServer, settle, until } from "./fake-server.ts";

const PART_SIZE = 4;

class FakeClient {
  readonly server = new FakeServer();
  readonly started: { client_id: string; source: unknown }[] = [];
  readonly deleted: string[] = [];
  completed: { number: number; size_bytes: number }[] | null = null;
  startFaults: Error[] = [];
  onStart: () => Promise<void> = async () => undefined;

  async startVideo(body: { client_id: string; source: unknown }): Promise<StartedVideo> {
    this.started.push(body);
    await this.onStart();
    const fault = this.startFaults.shift();
    if (fault) throw fault;
    const upload = { id: "u1", kind: "file", status: "open", part_size_bytes: PART_SIZE };
    return { id: "v1", upload } as StartedVideo;
  }

  parts = (_id: string, ...rest: Parameters<FakeServer["exchange"]>): ReturnType<FakeServer["exchange"]> =>
    this.server.exchange(...rest);

  async complete(_id: string, body: { parts: { number: number; size_bytes: number }[] }): Promise<Video> {
    this.completed = body.parts;
    return { id: "v1", status: "processing" } as Video;
  }

  async deleteVideo(id: string): Promise<void> {
    this.deleted.push(id);
  }
}

function upload(content: string, client = new FakeClient()) {
  const seen: FileProgress[] = [];
  const file = new File([content], "talk.mp4", { type: "video/mp4" });
  const options = { file, client: client as unknown as UploadClient, put: client.server.put, client_id: "c1" };
  return { client, seen, upload: new FileUpload({ ...options, onProgress: (progress) => seen.push(progress) }) };
}

test("a file goes up whole, in parts of the server's size, each with its sum", async () => {
  const { client, upload: subject, seen } = upload("abcdefghij");
  await subject.run();
  assert.deepEqual(client.started, [
    { client_id: "c1", source: { kind: "file", content_type: "video/mp4", size_bytes: 10, file_name: "talk.mp4" } },
  ]);
  assert.deepEqual(client.completed, [{ number: 1, size_bytes: 4 }, { number: 2, size_bytes: 4 }, { number: 3, size_bytes: 2 }]);
  assert.equal(client.server.confirmed.get(3)?.sha256, createHash("sha256").update("ij").digest("hex"));
  assert.deepEqual(seen.at(-1), { stage: "completing", sent_bytes: 10, total_bytes: 10, trouble: null });
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
