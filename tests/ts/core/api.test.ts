import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ApiError, addressOf, errorFrom, makeApi } from "../../../apps/core/ts/api.ts";

interface Asked {
  url: string;
  init: RequestInit;
}

const page = globalThis as { document?: unknown };

/** An API before a server that gives `responses` in turn and remembers what it was asked. */
function before(responses: (Response | Error)[], shareToken?: string) {
  page.document = { cookie: "a=1; csrftoken=from-cookie", querySelector: () => ({ content: "from-page" }) };
  const asked: Asked[] = [];
  const api = makeApi({
    shareToken,
    fetch: (url, init) => {
      asked.push({ url: String(url), init: init! });
      const next = responses.shift()!;
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
  });
  return { api, asked, headers: (index = 0) => new Headers(asked[index]!.init.headers) };
}

afterEach(() => delete page.document);

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers });

test("every request of a page behind a link brings the share token, a member's page none", async () => {
  const guest = before([json({}), json({})], "tok");
  await guest.api.ask("/videos/x/");
  await guest.api.ask("/videos/x/comments/", { method: "POST", body: {} });
  assert.equal(guest.headers(0).get("Share-Token"), "tok");
  assert.equal(guest.headers(1).get("Share-Token"), "tok");
  const member = before([json({})]);
  await member.api.ask("/videos/x/");
  assert.equal(member.headers().has("Share-Token"), false);
});

test("what changes something brings the CSRF token, from the cookie first", async () => {
  const { api, headers } = before([json({}), json({})]);
  await api.ask("/videos/x/");
  assert.equal(headers(0).has("X-CSRFToken"), false);
  await api.ask("/videos/x/", { method: "DELETE" });
  assert.equal(headers(1).get("X-CSRFToken"), "from-cookie");
});

test("an ETag that is still right answers with nothing new", async () => {
  const { api, headers } = before([new Response(null, { status: 304 })]);
  const answer = await api.ask("/videos/x/comments/", { etag: '"1"' });
  assert.equal(headers().get("If-None-Match"), '"1"');
  assert.deepEqual([answer.notModified, answer.body, answer.etag], [true, null, '"1"']);
});

test("an error carries code, sentence, wait and body", async () => {
  const { api } = before([json({ code: "edit_conflict", detail: "Changed meanwhile.", comment: { id: "c" } }, 409)]);
  await assert.rejects(api.ask("/comments/c/", { method: "PATCH", body: {} }), (error: ApiError) => {
    assert.deepEqual([error.status, error.code, error.detail], [409, "edit_conflict", "Changed meanwhile."]);
    assert.deepEqual(error.body["comment"], { id: "c" });
    return true;
  });
  assert.equal(errorFrom(429, {}, "7").retryAfterMs, 7000);
  assert.equal(errorFrom(503, null, null).retryAfterMs, null);
});

test("a proxy's page gives a status and no sentence of its own", async () => {
  const { api } = before([new Response("<html>Bad Gateway</html>", { status: 502 })]);
  await assert.rejects(api.ask("/x/"), (error: ApiError) => error.status === 502 && error.detail === "" && error.mayPass);
});

test("no answer, and an answer cut off on the way, are the same trouble", async () => {
  const { api } = before([new TypeError("Failed to fetch"), new Response('{"half', { status: 200 })]);
  for (let i = 0; i < 2; i += 1) {
    await assert.rejects(api.ask("/x/"), (error: ApiError) => error.status === 0 && error.code === "network" && error.mayPass);
  }
});

test("a request that its caller gave up is no trouble of the network", async () => {
  const stop = new AbortController();
  stop.abort();
  const { api } = before([new DOMException("aborted", "AbortError")]);
  await assert.rejects(api.ask("/x/", { signal: stop.signal }), { name: "AbortError" });
});

test("an address stays on this origin, whatever host it names", () => {
  assert.equal(addressOf("/videos/"), "/api/v1/videos/");
  assert.equal(addressOf("/api/v1/videos/?after=3"), "/api/v1/videos/?after=3");
  assert.equal(addressOf("https://elsewhere.example/api/v1/videos/?after=3"), "/api/v1/videos/?after=3");
});
