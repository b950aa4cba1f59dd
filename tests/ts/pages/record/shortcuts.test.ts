import assert from "node:assert/strict";
import { test } from "node:test";
import { eventFor, type Key } from "../../../../apps/pages/ts/record/shortcuts.ts";
import type { State } from "../../../../apps/videos/ts/recorder/state.ts";

const RECORDING: State = { name: "recording" };
const PAUSED: State = { name: "paused" };
const COUNTDOWN: State = { name: "countdown", left: 2, linked: false };

function pressing(key: string, state: State, how: Partial<Key> = {}): string | undefined {
  return eventFor({ key, has_modifier: false, is_repeat: false, at: "page", are_on: true, ...how }, state)?.type;
}

test("Space and P pause and resume", () => {
  for (const key of [" ", "p", "P"]) assert.deepEqual([pressing(key, RECORDING), pressing(key, PAUSED)], ["pause", "resume"], key);
  assert.equal(pressing(" ", COUNTDOWN), undefined);
});

test("Esc cancels the countdown and nothing else", () => {
  assert.equal(pressing("Escape", COUNTDOWN), "discard");
  const others: State[] = [RECORDING, PAUSED, { name: "finishing" }];
  for (const other of others) assert.equal(pressing("Escape", other), undefined);
});

test("what is typed in a field is text", () => {
  const states: State[] = [RECORDING, PAUSED, COUNTDOWN];
  for (const key of [" ", "p", "Escape"]) {
    for (const state of states) assert.equal(pressing(key, state, { at: "field" }), undefined);
  }
});

test("the space bar on a control presses that control", () => {
  assert.equal(pressing(" ", RECORDING, { at: "control" }), undefined);
  assert.equal(pressing("p", RECORDING, { at: "control" }), "pause");
});

test("keys with Ctrl, Alt or Meta and keys held down are left alone", () => {
  assert.equal(pressing("p", RECORDING, { has_modifier: true }), undefined);
  assert.equal(pressing("p", RECORDING, { is_repeat: true }), undefined);
});

test("single keys can be switched off, and Esc stays", () => {
  assert.equal(pressing("p", RECORDING, { are_on: false }), undefined);
  assert.equal(pressing("Escape", COUNTDOWN, { are_on: false }), "discard");
});
