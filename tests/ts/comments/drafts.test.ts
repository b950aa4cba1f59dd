import assert from "node:assert/strict";
import { test } from "node:test";
import { type DraftStorage, type Drafts, type KeptDraft, type Place, makeDrafts } from "../../../apps/comments/ts/drafts.ts";

interface Browser {
  readonly storage: DraftStorage;
  /** A tab of this browser: it hears what the others write. */
  tab(speaker?: string, video?: string, isGuest?: boolean): Drafts;
}

/** A browser's localStorage; `quiet` tabs hear nothing of each other, as when both write at the same moment. */
function makeBrowser({ quiet = false, now = (): number => 1 } = {}): Browser {
  const kept = new Map<string, string>();
  const heard: EventTarget[] = [];
  const tell = (key: string, newValue: string | null, by: EventTarget): void => {
    if (quiet) return;
    for (const tab of heard) if (tab !== by) tab.dispatchEvent(Object.assign(new Event("storage"), { key, newValue }));
  };
  const storageFor = (tab: EventTarget): DraftStorage => ({
    getItem: (key) => kept.get(key) ?? null,
    setItem(key, value) {
      kept.set(key, value);
      tell(key, value, tab);
    },
    removeItem(key) {
      kept.delete(key);
      tell(key, null, tab);
    },
    key: (index) => [...kept.keys()][index] ?? null,
    get length() {
      return kept.size;
    },
  });
  return {
    storage: storageFor(new EventTarget()),
    tab(speaker = "ana", videoId = "v", isGuest = false) {
      const events = new EventTarget();
      heard.push(events);
      return makeDrafts({ videoId, speaker, isGuest, storage: storageFor(events), events, now });
    },
  };
}

const WORDS: KeptDraft = { body: "why this number?", timestamp_ms: 42_000, team_only: false, mentions: [] };
const DRAFT = { body: WORDS.body, timestamp_ms: 42_000, parent: null, team_only: false, mentions: [] };

const read = (drafts: Drafts, place: Place = "new"): KeptDraft | null => {
  const kept = drafts.read(place);
  if (!kept) return null;
  const { body, timestamp_ms, team_only, mentions } = kept;
  return { body, timestamp_ms, team_only, mentions };
};

test("what was typed is there after a reload, at its time, for the team if it was meant so, with whom it names", () => {
  const browser = makeBrowser();
  const draft = { ...WORDS, team_only: true, mentions: [{ id: "b", name: "Ben" }] };
  browser.tab().keep("new", draft);
  assert.deepEqual(read(browser.tab()), draft);
});

test("drafts of other threads and other videos are their own", () => {
  const browser = makeBrowser();
  const drafts = browser.tab();
  drafts.keep("new", WORDS);
  drafts.keep("reply:a", { ...WORDS, body: "an answer" });
  assert.equal(drafts.read("reply:b"), null);
  assert.equal(drafts.read("reply:a")!.body, "an answer");
  assert.equal(browser.tab("ana", "w").read("new"), null);
});

test("who signs in at the same browser does not find the words of another", () => {
  const browser = makeBrowser();
  browser.tab("ana").keep("new", WORDS);
  assert.equal(browser.tab("ben").read("new"), null);
  assert.equal(browser.tab("", "v", true).read("new"), null);
  assert.deepEqual(read(browser.tab("ana")), WORDS);
});

test("a visitor who says a name finds what they typed before it, and a member who signs in does not", () => {
  const browser = makeBrowser();
  browser.tab("", "v", true).keep("new", WORDS);
  assert.equal(browser.tab("ana", "v", false).read("new"), null);
  assert.deepEqual(read(browser.tab("gus", "v", true)), WORDS);
  assert.equal(browser.tab("guy", "v", true).read("new"), null);
});

test("an emptied box and a sent comment leave nothing behind", () => {
  const browser = makeBrowser();
  const drafts = browser.tab();
  drafts.keep("new", WORDS);
  drafts.keep("new", { ...WORDS, body: " \n" });
  assert.equal(drafts.read("new"), null);
  drafts.clientIdFor("new", DRAFT);
  drafts.forget("new");
  assert.equal(browser.storage.length, 0);
});

test("sending the same again uses the same client id, also after a reload", () => {
  const browser = makeBrowser();
  const first = browser.tab().clientIdFor("new", DRAFT);
  assert.match(first, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(browser.tab().clientIdFor("new", DRAFT), first);
});

test("typing on and coming back to the same words still is the same comment", () => {
  const drafts = makeBrowser().tab();
  const first = drafts.clientIdFor("new", DRAFT);
  drafts.keep("new", { ...WORDS, body: "why this number? And" });
  drafts.keep("new", WORDS);
  assert.equal(drafts.clientIdFor("new", DRAFT), first);
});

test("other words, another time, other readers or another thread is another comment", () => {
  const drafts = makeBrowser().tab();
  const ids = new Set([
    drafts.clientIdFor("new", DRAFT),
    drafts.clientIdFor("new", { ...DRAFT, body: "why?" }),
    drafts.clientIdFor("new", { ...DRAFT, timestamp_ms: null }),
    drafts.clientIdFor("new", { ...DRAFT, team_only: true }),
    drafts.clientIdFor("reply:a", { ...DRAFT, parent: "a" }),
  ]);
  assert.equal(ids.size, 5);
});

test("what is typed in one tab is told to the other, and what is sent there is gone here", () => {
  const browser = makeBrowser();
  const [here, there] = [browser.tab(), browser.tab()];
  const told: [Place, string | undefined][] = [];
  const stop = here.watch((place, draft) => told.push([place, draft?.body]));
  there.read("new");
  there.keep("new", WORDS);
  there.forget("new");
  stop();
  there.keep("new", WORDS);
  assert.deepEqual(told, [["new", WORDS.body], ["new", undefined]]);
});

test("a tab that has heard the other's words may write on over them", () => {
  const browser = makeBrowser();
  const [here, there] = [browser.tab(), browser.tab()];
  here.watch(() => undefined);
  there.keep("new", WORDS);
  assert.equal(here.keep("new", { ...WORDS, body: "shorter" }), null);
  assert.equal(read(browser.tab())!.body, "shorter");
});

test("words that another tab wrote at the same moment are handed out, not written over", () => {
  const browser = makeBrowser({ quiet: true });
  const [here, there] = [browser.tab(), browser.tab()];
  here.read("new");
  there.keep("new", { ...WORDS, body: "theirs" });
  assert.equal(here.keep("new", { ...WORDS, body: "mine" })!.body, "theirs");
  assert.equal(read(browser.tab())!.body, "theirs");
  assert.equal(here.keep("new", { ...WORDS, body: "mine\n\ntheirs" }), null);
  assert.equal(read(browser.tab())!.body, "mine\n\ntheirs");
});

test("sending here leaves what another tab has written since", () => {
  const browser = makeBrowser({ quiet: true });
  const [here, there] = [browser.tab(), browser.tab()];
  here.keep("new", WORDS);
  there.read("new");
  there.keep("new", { ...WORDS, body: "the next one" });
  here.forget("new");
  assert.equal(read(browser.tab())!.body, "the next one");
});

test("a draft of long ago is swept out, a younger one stays", () => {
  let day = 0;
  const browser = makeBrowser({ now: () => day * 24 * 3600 * 1000 });
  browser.tab().keep("new", WORDS);
  day = 59;
  assert.deepEqual(read(browser.tab()), WORDS);
  day = 61;
  assert.equal(browser.tab().read("new"), null);
  assert.equal(browser.storage.length, 0);
});

test("what is none of ours in the storage is passed over", () => {
  const browser = makeBrowser();
  for (const text of ["{", "null", "3", '{"body":7}']) {
    browser.storage.setItem("draft:ana:v:new", text);
    assert.equal(browser.tab().read("new"), null);
  }
});

test("where the browser refuses storage, drafts live as long as the page", () => {
  const refuse = (): never => {
    throw new DOMException("no", "SecurityError");
  };
  const storage = { getItem: refuse, setItem: refuse, removeItem: refuse, key: refuse, length: 1 };
  const drafts = makeDrafts({ videoId: "v", speaker: "gus", isGuest: true, storage });
  drafts.keep("new", WORDS);
  assert.deepEqual(read(drafts), WORDS);
  const id = drafts.clientIdFor("new", DRAFT);
  assert.equal(drafts.clientIdFor("new", DRAFT), id);
  drafts.forget("new");
  assert.equal(drafts.read("new"), null);
});

test("an edit is kept with the text it began from, also once it was tried to be sent", () => {
  const browser = makeBrowser();
  const drafts = browser.tab();
  drafts.keep("edit:c", { ...WORDS, seen: null });
  assert.equal(browser.tab().read("edit:c")!.seen, null);
  drafts.keep("edit:c", { ...WORDS, seen: "2026-01-01" });
  drafts.clientIdFor("edit:c", DRAFT);
  assert.equal(browser.tab().read("edit:c")!.seen, "2026-01-01");
  drafts.keep("new", WORDS);
  assert.equal("seen" in browser.tab().read("new")!, false);
});

test("the places with drafts are told, of this person and this video alone", () => {
  const browser = makeBrowser();
  browser.tab().keep("reply:a", WORDS);
  browser.tab().keep("edit:c", WORDS);
  browser.tab("ben").keep("new", WORDS);
  browser.tab("ana", "w").keep("new", WORDS);
  assert.deepEqual([...browser.tab().places()].sort(), ["edit:c", "reply:a"]);
});
