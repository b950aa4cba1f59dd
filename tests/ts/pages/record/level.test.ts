import assert from "node:assert/strict";
import { mock, test, type TestContext } from "node:test";
import { mountLevel } from "../../../../apps/pages/ts/record/level.ts";
import type { RecordSession } from "../../../../apps/pages/ts/record/session.ts";

/** A meter over a microphone and a state that a test sets, with a clock of its own. */
class Listening {
  peak: number | null = 0;
  state = "choosing";
  bar = { hidden: true, style: { level: "", setProperty: (_name: string, value: string) => (this.bar.style.level = value) } };
  said: boolean[] = [];
  now_ms = 0;

  mount(t: TestContext): void {
    mock.timers.enable({ apis: ["setInterval"] });
    mock.method(performance, "now", () => this.now_ms);
    Object.assign(globalThis, { document: { hidden: false } });
    const session = { peak: () => this.peak, state: { name: this.state } };
    Object.defineProperty(session.state, "name", { get: () => this.state });
    const undo = mountLevel(this.bar as unknown as HTMLElement, session as unknown as RecordSession, (isSilent) => this.said.push(isSilent));
    t.after(() => {
      undo();
      mock.restoreAll();
      mock.timers.reset();
      Reflect.deleteProperty(globalThis, "document");
    });
  }

  /** Lets the time go by, in steps as short as the meter's own. */
  pass(duration_ms: number): void {
    for (const end_ms = this.now_ms + duration_ms; this.now_ms < end_ms; ) {
      this.now_ms += 83;
      mock.timers.tick(83);
    }
  }
}

for (const state of ["choosing", "countdown", "recording"]) {
  test(`silence is said while ${state}, and taken back at the first word`, (t) => {
    const listening = new Listening();
    listening.state = state;
    listening.mount(t);
    listening.pass(4_800);
    assert.deepEqual(listening.said, []);
    listening.pass(600);
    assert.deepEqual(listening.said, [true]);
    listening.peak = 0.2;
    listening.pass(100);
    assert.deepEqual(listening.said, [true, false]);
  });
}

test("nobody is meant to speak while paused: silence is taken back, and counted anew after Resume", (t) => {
  const listening = new Listening();
  listening.state = "recording";
  listening.mount(t);
  listening.pass(6_000);
  listening.state = "paused";
  listening.pass(20_000);
  assert.deepEqual(listening.said, [true, false]);
  listening.state = "recording";
  listening.pass(4_800);
  assert.deepEqual(listening.said, [true, false]);
  listening.pass(600);
  assert.deepEqual(listening.said, [true, false, true]);
});

test("the meter shows what is heard, and is not there where nothing can be heard", (t) => {
  const listening = new Listening();
  listening.peak = 1;
  listening.mount(t);
  listening.pass(83);
  assert.deepEqual([listening.bar.hidden, listening.bar.style.level], [false, "1"]);
  listening.peak = 0;
  listening.pass(83);
  assert.equal(listening.bar.style.level, "0");
  listening.peak = null;
  listening.pass(10_000);
  assert.deepEqual([listening.bar.hidden, listening.said], [true, []]);
});
