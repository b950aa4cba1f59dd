import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, type Api, type Request } from "../../../apps/core/ts/api.ts";
import { missingParts, UploadClient } from "../../../apps/uploads/ts/client.ts";

/** A client over an API that gives `body`, and what it was asked. */
function client(body: unknown = null): { subject: UploadClient; asked: [string, Request | undefined][] } {
  const asked: [string, Request | undefined][] = [];
  const api: Api = {
    ask: async (path, request) => {
      asked.push([path, request]);
      return { status: 200, body, etag: null, notModified: false };
    },
  };
  return { subject: new UploadClient(api), asked };
}

test("each call goes where the contract says", async () => {
  const { subject, asked } = client({ upload: {}, parts: [] });
  const source = { kind: "recording", content_type: "video/mp4" } as const;
  const part = { number: 1, size_bytes: 2, sha256: "ab" };
  await subject.startVideo({ client_id: "c", source });
  await subject.startOver("v/1", { client_id: "d", source });
  await subject.parts("u1", [part], []);
  await subject.parts("u1", [], [1]);
  await subject.complete("u1", { parts: [{ number: 1, size_bytes: 2 }], recorded_ms: 5 });
  await subject.alive("u1");
  await subject.reopen("u1");
  await subject.drop("u1");
  await subject.discard("v1", "u1");
  assert.deepEqual(asked, [
    ["/videos/", { method: "POST", body: { client_id: "c", source } }],
    ["/videos/v%2F1/uploads/", { method: "POST", body: { client_id: "d", source } }],
    ["/uploads/u1/parts/", { method: "POST", body: { parts: [part] } }],
    ["/uploads/u1/parts/", { method: "POST", body: { parts: [], stored: [1] } }],
    ["/uploads/u1/complete/", { method: "POST", body: { parts: [{ number: 1, size_bytes: 2 }], recorded_ms: 5 } }],
    ["/uploads/u1/alive/", { method: "POST", body: {} }],
    ["/uploads/u1/reopen/", { method: "POST", body: {} }],
    ["/uploads/u1/", { method: "DELETE" }],
    ["/uploads/u1/", { method: "DELETE" }],
    ["/videos/v1/", { method: "DELETE" }],
  ]);
});

test("the numbers of missing parts are read from that error alone", () => {
  const error = (code: string, missing: unknown): ApiError => new ApiError(409, code, "", null, { missing });
  assert.deepEqual(missingParts(error("parts_missing", [3, 5])), [3, 5]);
  assert.deepEqual(missingParts(error("part_conflict", [3, 5])), []);
  assert.deepEqual(missingParts(error("parts_missing", "3")), []);
  assert.deepEqual(missingParts(error("parts_missing", [3, "x", null])), [3]);
});
