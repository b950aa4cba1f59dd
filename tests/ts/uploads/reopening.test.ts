import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../apps/core/ts/api.ts";
import type { KnownUpload, PartAnswer } from "../../../apps/uploads/ts/client.ts";
import { reopening } from "../../../apps/uploads/ts/reopening.ts";

const CLOSED = new ApiError(409, "upload_closed", "");
const ANSWER: PartAnswer[] = [{ number: 1, state: "confirmed" }];

function exchange(answers: (PartAnswer[] | Error)[], reopened: Error | null = null): { ask: () => Promise<PartAnswer[]>; calls: string[] } {
  const calls: string[] = [];
  const client = {
    parts: async () => {
      calls.push("parts");
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer as PartAnswer[];
    },
    reopen: async () => {
      calls.push("reopen");
      if (reopened) throw reopened;
      return {} as KnownUpload;
    },
  };
  return { ask: () => reopening(client, "u1")([], []), calls };
}

test("an upload that the server ended meanwhile is opened again, and the call repeated", async () => {
  const { ask, calls } = exchange([CLOSED, ANSWER]);
  assert.equal(await ask(), ANSWER);
  assert.deepEqual(calls, ["parts", "reopen", "parts"]);
});

test("an upload that may not be opened again stays closed", async () => {
  const { ask, calls } = exchange([CLOSED, ANSWER], CLOSED);
  await assert.rejects(ask(), CLOSED);
  assert.deepEqual(calls, ["parts", "reopen"]);
});

test("no other failure opens anything", async () => {
  const failure = new ApiError(500, "", "");
  const { ask, calls } = exchange([failure]);
  await assert.rejects(ask(), failure);
  assert.deepEqual(calls, ["parts"]);
});
