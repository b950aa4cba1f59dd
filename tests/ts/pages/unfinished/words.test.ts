import assert from "node:assert/strict";
import { test } from "node:test";
import { makeTexts } from "../../../../apps/core/ts/texts.ts";
import { nameOf, whenOf } from "../../../../apps/pages/ts/unfinished/words.ts";

const texts = makeTexts(
  new Map([["kept_name", "from {when}, {length}"], ["kept_minutes", "{count} min"], ["kept_seconds", "{count} s"]]),
  "en",
);
const NOW = new Date(2026, 10, 27, 9, 30); // a Friday

test("a day is called as people call it: its time today, its weekday within the week, else its date", () => {
  const cases: [Date, string][] = [
    [new Date(2026, 10, 27, 0, 5), "12:05 AM"],
    [new Date(2026, 10, 26, 23, 59), "Thursday"],
    [new Date(2026, 10, 21, 12), "Saturday"],
    [new Date(2026, 10, 20, 12), "November 20, 2026"],
    [new Date(2026, 10, 28, 12), "November 28, 2026"], // the clock was set back meanwhile
  ];
  for (const [began_at, name] of cases) assert.equal(whenOf(began_at, NOW, "en-US").replace(/\u202f/g, " "), name);
});

test("a length is told in seconds below a minute, then in minutes", () => {
  const tuesday = new Date(2026, 10, 24).getTime();
  for (const [recorded_ms, length] of [[900, "1 s"], [59_400, "59 s"], [59_600, "1 min"], [2_530_000, "42 min"]] as const) {
    assert.equal(nameOf({ began_at_ms: tuesday, recorded_ms }, NOW, texts, "en"), `from Tuesday, ${length}`);
  }
});
