import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../apps/core/ts/api.ts";
import type { Video } from "../../../apps/uploads/ts/client.ts";
import { completeUpload } from "../../../apps/uploads/ts/completion.ts";

const VIDEO = { id: "v1", status: "processing" } as Video;
const missing = (...numbers: number[]): ApiError =>
  new ApiError(409, "parts_missing", "Parts are missing.", null, { missing: numbers, missing_count: numbers.length });

/** Completes an upload of two parts against these answers, and tells what was asked of client and queue. */
async function complete(answers: (Video | Error)[], { failure = null as Error | null, held = 2, mayEndEarly = true } = {}) {
  const asked: unknown[] = [];
  const resent: number[][] = [];
  const result = completeUpload({
    client: {
      complete: async (_id, body) => {
        asked.push(body);
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return answer as Video;
      },
    },
    uploadId: "u1",
    queue: {
      confirmedFromStart: [{ number: 1, size_bytes: 10, sha256: "a" }, { number: 2, size_bytes: 20, sha256: "b" }].slice(0, held),
      whenConfirmed: async () => {
        if (failure) throw failure;
      },
      resend: (numbers) => void resent.push([...numbers]),
    },
    mayEndEarly,
    recorded_ms: 1234.6,
    waiter: { wait: async () => undefined },
    signal: new AbortController().signal,
  });
  return { result: await result.catch((error: unknown) => error), asked, resent };
}

test("completing names every part with its size, and the recorded time in whole ms", async () => {
  const { result, asked } = await complete([VIDEO]);
  assert.equal(result, VIDEO);
  assert.deepEqual(asked, [{ parts: [{ number: 1, size_bytes: 10 }, { number: 2, size_bytes: 20 }], recorded_ms: 1235 }]);
});

test("a broken connection while completing is waited out", async () => {
  const { result, asked } = await complete([new ApiError(0, "network", ""), new ApiError(502, "unknown", ""), VIDEO]);
  assert.equal(result, VIDEO);
  assert.equal(asked.length, 3);
});

test("parts that the server lacks are sent again before completing again", async () => {
  const { result, resent } = await complete([missing(2), VIDEO]);
  assert.equal(result, VIDEO);
  assert.deepEqual(resent, [[2]]);
});

test("a server that lacks the same parts for ever ends in an error", async () => {
  const { result, resent } = await complete([missing(2), missing(2), missing(2), missing(2)]);
  assert.equal((result as ApiError).code, "parts_missing");
  assert.equal(resent.length, 2);
});

test("a refusal is handed on", async () => {
  const { result, asked } = await complete([new ApiError(409, "upload_closed", "This upload has ended.")]);
  assert.equal((result as ApiError).code, "upload_closed");
  assert.equal(asked.length, 1);
});

const FULL = new ApiError(413, "quota_reached", "There is no more room.");

test("a recording that the server has no more room for ends with what it holds", async () => {
  const { result, asked } = await complete([VIDEO], { failure: FULL, held: 1 });
  assert.equal(result, VIDEO);
  assert.deepEqual(asked, [{ parts: [{ number: 1, size_bytes: 10 }], recorded_ms: 1235 }]);
});

test("a file is never completed without its end, and nothing without a beginning", async () => {
  for (const [mayEndEarly, held] of [[false, 1], [true, 0]] as const) {
    const { result, asked } = await complete([VIDEO], { failure: FULL, held, mayEndEarly });
    assert.equal(result, FULL);
    assert.deepEqual(asked, []);
  }
});

test("no other failure ends a recording early", async () => {
  const { result, asked } = await complete([VIDEO], { failure: new ApiError(401, "not_authenticated", ""), held: 1 });
  assert.equal((result as ApiError).status, 401);
  assert.deepEqual(asked, []);
});
