import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../apps/core/ts/api.ts";
import { changeOf, newerAbout } from "../../../apps/pages/ts/about-change.ts";

const SEEN = { title: "Plan", description: "Of spring" };

test("what was not changed is not sent, so that it writes over nothing", () => {
  assert.deepEqual(changeOf(SEEN, { ...SEEN, title: "Plans" }), { title: "Plans", seen: { title: "Plan" } });
  assert.deepEqual(changeOf(SEEN, { ...SEEN, description: "" }), { description: "", seen: { description: "Of spring" } });
  assert.deepEqual(changeOf(SEEN, { title: "", description: "" }), { title: "", description: "", seen: SEEN });
  assert.equal(changeOf(SEEN, { ...SEEN }), null);
});

test("a conflict brings the newer texts, and nothing else does", () => {
  const video = { id: "v", title: "Newer", description: "" };
  const conflict = (body: Record<string, unknown>): ApiError => new ApiError(409, "edit_conflict", "Changed.", null, body);
  assert.deepEqual(newerAbout(conflict({ video })), { title: "Newer", description: "" });
  assert.equal(newerAbout(conflict({})), null);
  assert.equal(newerAbout(new ApiError(409, "part_conflict", "", null, { video })), null);
  assert.equal(newerAbout(new TypeError("a bug")), null);
});
