import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { changesOf, isOpen, linkToCopy, rulesOf, type ShareLink, type Wanted } from "../../../apps/sharing/ts/link.ts";
import { toField } from "../../../apps/sharing/ts/expiry.ts";

const NOW = new Date("2027-05-01T12:00:00Z");
const LINK: ShareLink = {
  id: "a",
  url: "https://video.example.com/s/a/",
  name: "For the board",
  has_password: true,
  expires_at: "2027-06-01T12:00:30Z",
  can_comment: true,
  can_download: false,
  needs_name: false,
  conversation: "all",
  last_used_at: null,
  revoked_at: null,
};

function asShown(link: ShareLink, changed: Partial<Wanted> = {}): Wanted {
  return {
    name: link.name,
    expiry: link.expires_at === null ? "never" : "date",
    moment: toField(link.expires_at),
    password: "",
    removesPassword: false,
    canComment: link.can_comment,
    canDownload: link.can_download,
    needsName: link.needs_name,
    conversation: link.conversation,
    ...changed,
  };
}

test("a form that was not touched changes nothing, not even the seconds of its expiry", () => {
  assert.deepEqual(changesOf(LINK, asShown(LINK), NOW), {});
});

test("only what was changed is sent", () => {
  assert.deepEqual(changesOf(LINK, asShown(LINK, { canDownload: true, name: " Board " }), NOW), {
    can_download: true,
    name: "Board",
  });
  assert.deepEqual(changesOf(LINK, asShown(LINK, { needsName: true, conversation: "own", canComment: false }), NOW), {
    needs_name: true,
    conversation: "own",
    can_comment: false,
  });
});

test("a password is changed, removed or left", () => {
  assert.deepEqual(changesOf(LINK, asShown(LINK, { password: "  spaces count " }), NOW), { password: "  spaces count " });
  assert.deepEqual(changesOf(LINK, asShown(LINK, { password: "left over", removesPassword: true }), NOW), { password: "" });
});

test("an expiry is set after a while, at a date, or taken away", () => {
  const endless = { ...LINK, expires_at: null };
  assert.deepEqual(changesOf(endless, asShown(endless, { expiry: "day" }), NOW), { expires_at: "2027-05-02T12:00:00.000Z" });
  assert.deepEqual(changesOf(LINK, asShown(LINK, { expiry: "never" }), NOW), { expires_at: null });
  const date = new Date(2028, 0, 2, 3, 4).toISOString();
  assert.deepEqual(changesOf(LINK, asShown(LINK, { moment: "2028-01-02T03:04" }), NOW), { expires_at: date });
});

test("a date that is wanted and not given is asked for", () => {
  const endless = { ...LINK, expires_at: null };
  assert.equal(changesOf(endless, asShown(endless, { expiry: "date", moment: "" }), NOW), "moment_missing");
  assert.equal(changesOf(LINK, asShown(LINK, { moment: "" }), NOW), "moment_missing");
});

test("Copy link gives the oldest link that still opens something", () => {
  const links = [
    { ...LINK, id: "newest", expires_at: null },
    { ...LINK, id: "older" },
    { ...LINK, id: "expired", expires_at: "2027-04-01T00:00:00Z" },
    { ...LINK, id: "revoked", revoked_at: "2027-04-01T00:00:00Z" },
  ];
  assert.equal(linkToCopy(links, NOW)?.id, "older");
  assert.equal(linkToCopy(links.slice(2), NOW), null);
  assert.deepEqual(links.map((link) => isOpen(link, NOW)), [true, true, false, false]);
});

test("what differs from an ordinary link is said, in words that the page has", () => {
  const html = readFileSync("apps/sharing/templates/sharing/share-dialog.html", "utf8");
  const held = new Set([...html.matchAll(/data-text="(\w+)"/g)].map((match) => match[1]));
  const said = (link: ShareLink): string[] => rulesOf(link, NOW, () => "some day").map((words) => words.text);
  const plain = { ...LINK, has_password: false, expires_at: null };
  assert.deepEqual(said(plain), ["share_plain"]);
  const strict: ShareLink = { ...LINK, can_comment: false, can_download: true, needs_name: true, conversation: "none" };
  assert.deepEqual(said(strict), [
    "share_until",
    "share_password",
    "share_asks_name",
    "share_no_comments",
    "share_downloads",
    "share_none",
  ]);
  assert.deepEqual(said({ ...plain, conversation: "own", expires_at: "2027-04-01T00:00:00Z" }), ["share_expired", "share_own"]);
  for (const link of [plain, strict, { ...plain, conversation: "own" as const, expires_at: "2027-04-01T00:00:00Z" }]) {
    for (const text of said(link)) assert.ok(held.has(text), `the page lacks ${text}`);
  }
});
