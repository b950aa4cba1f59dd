import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../../apps/core/ts/api.ts";
import { deleteEach } from "../../../../apps/pages/ts/library/deleting.ts";
import { rowsAddress } from "../../../../apps/pages/ts/library/more.ts";
import { namesOf } from "../../../../apps/pages/ts/library/names.ts";

const refusing = (errors: Record<string, ApiError>, asked: string[] = []) => (item: string): Promise<void> => {
  asked.push(item);
  const error = errors[item];
  return error ? Promise.reject(error) : Promise.resolve();
};

test("each is deleted, in their order", async () => {
  const asked: string[] = [];
  const { gone, stayed } = await deleteEach(["a", "b"], refusing({}, asked));
  assert.deepEqual([gone, stayed, asked], [["a", "b"], [], ["a", "b"]]);
});

test("what somebody else deleted first is gone as well", async () => {
  const { gone, stayed } = await deleteEach(["a", "b"], refusing({ a: new ApiError(404, "not_found", "") }));
  assert.deepEqual([gone, stayed], [["a", "b"], []]);
});

test("one that is refused stays, and the others go", async () => {
  const refused = new ApiError(403, "permission_denied", "No.");
  const { gone, stayed, reason } = await deleteEach(["a", "b", "c"], refusing({ b: refused }));
  assert.deepEqual([gone, stayed, reason], [["a", "c"], ["b"], refused]);
});

test("without a connection the rest is not tried", async () => {
  const asked: string[] = [];
  const { gone, stayed } = await deleteEach(["a", "b", "c"], refusing({ b: new ApiError(0, "network", "") }, asked));
  assert.deepEqual([gone, stayed, asked], [["a"], ["b", "c"], ["a", "b"]]);
});

test("a question names six at most, and never counts a single one", () => {
  const titles = (count: number): string[] => Array.from({ length: count }, (_, index) => `Video ${index}`);
  assert.deepEqual(namesOf(titles(6)), { named: titles(6), more: 0 });
  assert.deepEqual(namesOf(titles(7)), { named: titles(5), more: 2 });
});

test("the rows alone are asked for with all that the link says", () => {
  assert.equal(rowsAddress("?q=a%26b&cursor=cD0x#videos", "http://x.example/"), "/?q=a%26b&cursor=cD0x&part=cards");
});
