import assert from "node:assert/strict";
import { test } from "node:test";
import { kindsOf } from "../../../apps/comments/ts/reactions.ts";

const left = (id: string, emoji: string, name: string, mine = false) => ({ id, emoji, name, mine });

test("the same emoji of several people is one kind with all their names, in the order of the first", () => {
  const kinds = kindsOf([left("1", "👍", "Ana"), left("2", "🎉", "Ben"), left("3", "👍", "Gus", true)]);
  assert.deepEqual(kinds.map(({ emoji, names }) => [emoji, names]), [["👍", ["Ana", "Gus"]], ["🎉", ["Ben"]]]);
  assert.equal(kinds[0]!.mine!.id, "3");
  assert.equal(kinds[1]!.mine, null);
});
