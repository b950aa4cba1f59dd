import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../apps/core/ts/api.ts";
import { failureSentence } from "../../../apps/core/ts/failure.ts";
import { makeTexts } from "../../../apps/core/ts/texts.ts";

const texts = makeTexts(
  new Map([
    ["error_network", "No connection."],
    ["error_unknown", "That did not work."],
  ]),
  "en",
);
const refused = (detail: string, body: Record<string, unknown> = {}): ApiError => new ApiError(400, "invalid", detail, null, body);

test("the server's own sentence is shown", () => {
  assert.equal(failureSentence(refused("This link has expired."), texts), "This link has expired.");
});

test("of a field it is the sentence alone, without the name that programs have for it", () => {
  const error = refused("body: This is too long.", { fields: { body: ["This is too long."] } });
  assert.equal(failureSentence(error, texts), "This is too long.");
  const nested = refused("seen.title: Too long.", { fields: { client_id: [], seen: { title: ["Too long."] } } });
  assert.equal(failureSentence(nested, texts), "Too long.");
});

test("without a connection, and without a sentence, the page has its own words", () => {
  assert.equal(failureSentence(new ApiError(0, "network", ""), texts), "No connection.");
  assert.equal(failureSentence(new ApiError(502, "unknown", "", null, { fields: null }), texts), "That did not work.");
  assert.equal(failureSentence(new TypeError("a bug"), texts), "That did not work.");
});
