import assert from "node:assert/strict";
import { test } from "node:test";
import { type Event, INITIAL, next, type Problem, type State, wouldLose } from "../../../../apps/videos/ts/recorder/state.ts";

const PROBLEM: Problem = { code: "server", detail: "The disk is full." };

type Step = Event | Exclude<Event["type"], "refused" | "not_linked" | "stuck" | "discarded">;

/** Follows events, by type or whole, from the beginning. */
function after(...steps: readonly Step[]): State {
  const event = (step: Step): Event => (typeof step === "string" ? ({ type: step } as Event) : step);
  return steps.reduce<State>((state, step) => next(state, event(step)), INITIAL);
}

const RECORDING = ["start", "opened", "linked", "skip"] as const;
const FINISHING = [...RECORDING, "stop", "handed_over"] as const;

const EVENTS: Event[] = [
  ...["preview", "start", "rechoose", "opened", "tick", "skip", "linked", "pause", "resume", "stop", "source_ended"].map(
    (type) => ({ type }) as Event,
  ),
  ...["handed_over", "completed", "retry", "start_over", "discard"].map((type) => ({ type }) as Event),
  { type: "refused", problem: PROBLEM },
  { type: "not_linked", problem: PROBLEM },
  { type: "stuck", problem: PROBLEM },
  { type: "discarded", problem: null },
];

test("recording begins when the countdown is over and the link is there, in either order", () => {
  assert.equal(after("start", "opened", "linked", "tick", "tick").name, "countdown");
  assert.equal(after("start", "opened", "linked", "tick", "tick", "tick").name, "recording");
  assert.deepEqual(after("start", "opened", "tick", "tick", "tick"), { name: "countdown", left: 0, linked: false });
  assert.equal(after("start", "opened", "tick", "tick", "tick", "linked").name, "recording");
});

test("the countdown can be skipped, but not the link", () => {
  assert.equal(after("start", "opened", "linked", "skip").name, "recording");
  assert.equal(after("start", "opened", "skip").name, "countdown");
});

test("a second click on any button changes nothing", () => {
  const clicks: (readonly [readonly Step[], Event["type"]])[] = [
    [["start"], "start"],
    [["preview"], "preview"],
    [[...RECORDING], "skip"],
    [[...RECORDING, "pause"], "pause"],
    [[...RECORDING, "pause", "resume"], "resume"],
    [[...RECORDING, "stop"], "stop"],
    [[...RECORDING, "start_over"], "start_over"],
    [[...RECORDING, "discard"], "discard"],
    [[...FINISHING, { type: "stuck", problem: PROBLEM }, "retry"], "retry"],
  ];
  for (const [steps, click] of clicks) {
    const state = after(...steps);
    assert.equal(next(state, { type: click } as Event), state, click);
  }
});

test("nothing is lost by any event but Start over and Discard once something was said", () => {
  for (const name of ["recording", "paused"] as const) {
    for (const event of EVENTS) {
      const to = next({ name }, event).name;
      const loses = ["choosing", "countdown", "discarding"].includes(to);
      assert.equal(loses, event.type === "start_over" || event.type === "discard", `${name} ${event.type}`);
    }
  }
});

test("the browser's own Stop sharing ends a recording like Stop, paused or not", () => {
  assert.equal(after(...RECORDING, "source_ended").name, "stopping");
  assert.equal(after(...RECORDING, "pause", "source_ended").name, "stopping");
  assert.equal(after(...FINISHING, "source_ended").name, "finishing");
});

test("sharing that ends in the countdown discards the video and says why", () => {
  const state = next(after("start", "opened", "source_ended"), { type: "discarded", problem: null });
  assert.deepEqual(state, { name: "choosing", devices: "closed", problem: { code: "sharing_ended", detail: "" } });
});

test("a refused device leads back to choosing, with the reason", () => {
  const problem: Problem = { code: "camera_refused", detail: "" };
  assert.deepEqual(after("start", { type: "refused", problem }), { name: "choosing", devices: "closed", problem });
});

test("a link that cannot be made leads back to choosing with the devices still open", () => {
  const state = after("start", "opened", { type: "not_linked", problem: PROBLEM });
  assert.deepEqual(state, { name: "choosing", devices: "open", problem: PROBLEM });
});

test("choosing anew asks for devices only while they are open", () => {
  assert.equal(after("rechoose"), INITIAL);
  assert.deepEqual(after("preview", "opened", "rechoose"), { name: "asking", then: "preview" });
});

test("Start over counts down again and waits for its own link", () => {
  assert.deepEqual(after(...RECORDING, "start_over"), { name: "countdown", left: 3, linked: false });
});

test("what is stuck can be tried again or discarded", () => {
  const stuck = [...FINISHING, { type: "stuck" as const, problem: PROBLEM }];
  assert.equal(after(...stuck, "retry").name, "finishing");
  assert.equal(after(...stuck, "discard").name, "discarding");
});

test("a finished recording stays finished", () => {
  const done = after(...FINISHING, "completed");
  for (const event of EVENTS) assert.equal(next(done, event), done, event.type);
});

test("the tab warns before it closes from the first second recorded to the last part confirmed", () => {
  const warns = [after(...RECORDING), after(...RECORDING, "pause"), after(...RECORDING, "stop"), after(...FINISHING)];
  assert.ok(warns.every(wouldLose));
  assert.ok(wouldLose({ name: "stuck", problem: PROBLEM }));
  const free = [INITIAL, after("start"), after("start", "opened"), after(...FINISHING, "completed"), after(...RECORDING, "discard")];
  assert.ok(!free.some(wouldLose));
});
