import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { makeAwake } from "../../../../apps/pages/ts/record/awake.ts";
import type { RecordSession } from "../../../../apps/pages/ts/record/session.ts";

/** As much of a page as a wake lock needs; hiding it takes the lock away, as browsers do. */
class FakePage extends EventTarget {
  hidden = false;
  held: { released: boolean; release: () => Promise<void> }[] = [];
  refuses = false;

  request = async (): Promise<unknown> => {
    if (this.refuses) throw new DOMException("low battery", "NotAllowedError");
    const lock = { released: false, release: async () => void (lock.released = true) };
    this.held.push(lock);
    return lock;
  };

  show(isShown: boolean): void {
    this.hidden = !isShown;
    if (this.hidden) for (const lock of this.held) lock.released = true;
    this.dispatchEvent(new Event("visibilitychange"));
  }

  get locks(): number {
    return this.held.filter((lock) => !lock.released).length;
  }
}

const before = { document: globalThis.document, navigator: Object.getOwnPropertyDescriptor(globalThis, "navigator") };
let page: FakePage;

beforeEach(() => {
  page = new FakePage();
  Object.defineProperty(globalThis, "navigator", { value: { wakeLock: page }, configurable: true });
  Object.assign(globalThis, { document: page });
});

afterEach(() => {
  Object.assign(globalThis, { document: before.document });
  if (before.navigator) Object.defineProperty(globalThis, "navigator", before.navigator);
});

const sessionIn = (name: string): RecordSession => ({ state: { name } }) as unknown as RecordSession;
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

test("the screen stays on from the countdown until everything is uploaded", async () => {
  const awake = makeAwake();
  const seen: number[] = [];
  for (const name of ["choosing", "countdown", "recording", "paused", "stopping", "finishing", "done"]) {
    awake.render(sessionIn(name));
    await settled();
    seen.push(page.locks);
  }
  assert.deepEqual(seen, [0, 1, 1, 1, 1, 1, 0]);
});

test("a lock that was lost while the tab was hidden is taken again", async () => {
  const awake = makeAwake();
  awake.render(sessionIn("recording"));
  await settled();
  page.show(false);
  assert.equal(page.locks, 0);
  page.show(true);
  await settled();
  assert.equal(page.locks, 1);
  awake.close();
  await settled();
  assert.equal(page.locks, 0);
});

test("a browser that refuses, or knows no locks, records all the same", async () => {
  page.refuses = true;
  const awake = makeAwake();
  awake.render(sessionIn("recording"));
  await settled();
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  page.show(true);
  await settled();
  assert.equal(page.locks, 0);
});
