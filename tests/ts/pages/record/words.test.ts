import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../../apps/core/ts/api.ts";
import { type Words, WordsKeeper } from "../../../../apps/pages/ts/record/words.ts";

/** A keeper whose server answers as `answers` say, in order, and then well. */
function keeperWith(...answers: (ApiError | null)[]): { keeper: WordsKeeper; sent: Partial<Words>[] } {
  const sent: Partial<Words>[] = [];
  const send = async (changed: Partial<Words>): Promise<void> => {
    sent.push(changed);
    const error = answers.shift();
    if (error) throw error;
  };
  return { keeper: new WordsKeeper({ send, onChange: () => undefined, rest_ms: 5 }), sent };
}

const rest = (ms = 30): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("what is typed is saved once, when typing rests, and only what has changed", async () => {
  const { keeper, sent } = keeperWith();
  for (const title of ["N", "Nu", "Numbers"]) keeper.type({ title, description: "" });
  assert.equal(keeper.is_saved, false);
  await rest();
  keeper.type({ title: "Numbers", description: "Of November" });
  await rest();
  assert.deepEqual(sent, [{ title: "Numbers" }, { description: "Of November" }]);
  assert.equal(keeper.is_saved, true);
});

test("what was typed survives a failed save and goes up when the network is back", async () => {
  const { keeper, sent } = keeperWith(new ApiError(0, "network", ""));
  keeper.type({ title: "Numbers", description: "" });
  await rest();
  assert.deepEqual([keeper.is_saved, (keeper.problem as ApiError).status], [false, 0]);
  keeper.wake();
  await rest();
  assert.deepEqual([keeper.is_saved, keeper.problem, sent.length], [true, null, 2]);
});

test("what the server will not take is said, and tried again by the next word or when the person is back", async () => {
  const { keeper } = keeperWith(new ApiError(401, "not_signed_in", ""), new ApiError(400, "invalid", "Too long."));
  keeper.type({ title: "Numbers", description: "" });
  assert.equal(await keeper.save(), false);
  assert.equal((keeper.problem as ApiError).status, 401);
  keeper.wake();
  await rest();
  assert.equal((keeper.problem as ApiError).detail, "Too long.");
  keeper.type({ title: "Number", description: "" });
  assert.equal(await keeper.save(), true);
  assert.equal(keeper.problem, null);
});

test("what is typed while a save is on its way is saved after it", async () => {
  const sent: Partial<Words>[] = [];
  const release: (() => void)[] = [];
  const send = (changed: Partial<Words>): Promise<void> => {
    sent.push(changed);
    return new Promise((resolve) => release.push(resolve));
  };
  const keeper = new WordsKeeper({ send, onChange: () => undefined, rest_ms: 5 });
  keeper.type({ title: "One", description: "" });
  const saved = keeper.save();
  keeper.type({ title: "Two", description: "" });
  release.shift()?.();
  await rest(1);
  assert.equal(keeper.is_saved, false);
  release.shift()?.();
  assert.equal(await saved, true);
  assert.deepEqual(sent, [{ title: "One" }, { title: "Two" }]);
});

test("the words of a discarded video are not those of the next", async () => {
  const { keeper, sent } = keeperWith();
  keeper.type({ title: "Never mind", description: "" });
  keeper.forget();
  await rest();
  assert.deepEqual([sent, keeper.is_saved], [[], true]);
});
