import assert from "node:assert/strict";
import { test } from "node:test";
import { standstillOf } from "../../../apps/comments/ts/trouble.ts";
import { ApiError } from "../../../apps/core/ts/api.ts";

const because = (status: number, code: string, isSignedOut = false): string =>
  standstillOf(new ApiError(status, code, ""), isSignedOut);

test("a session that has ended comes before all else: it can be had again", () => {
  assert.equal(because(404, "not_found", true), "signed_out");
  assert.equal(because(401, "not_authenticated", true), "signed_out");
});

test("an expired link, one that asks for a name or a password now, and one that is gone are told apart", () => {
  assert.equal(because(410, "expired"), "expired");
  assert.equal(because(401, "name_needed"), "name");
  assert.equal(because(403, "password_needed"), "password");
  assert.equal(because(404, "not_found"), "gone");
  assert.equal(because(401, "not_authenticated"), "gone");
});
