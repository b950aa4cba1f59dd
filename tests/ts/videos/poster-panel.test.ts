import assert from "node:assert/strict";
import { test } from "node:test";

import type { Api } from "../../../apps/core/ts/api.ts";
import { otherPoster } from "../../../apps/videos/ts/poster-panel.ts";

function answering(...urls: readonly (string | null)[]): { readonly api: Api; readonly asked: string[] } {
  const asked: string[] = [];
  const api: Api = {
    async ask(path) {
      asked.push(path);
      return { status: 200, body: { poster_url: urls[asked.length - 1] }, etag: null, notModified: false };
    },
  };
  return { api, asked };
}

const waited: number[] = [];
const patience = { waits: [1, 2, 3], wait: async (ms: number): Promise<void> => void waited.push(ms) };

test("a poster that is being made is asked for until it has another address", async () => {
  const { api, asked } = answering("/old", null, "/new");
  assert.equal(await otherPoster(api, "v", "/old", patience), "/new");
  assert.deepEqual(asked, ["/videos/v/playback/", "/videos/v/playback/", "/videos/v/playback/"]);
  assert.deepEqual(waited, [1, 2, 3]);
});

test("the first poster of all is another one than none", async () => {
  assert.equal(await otherPoster(answering("/new").api, "v", null, patience), "/new");
});

test("patience ends, and then it is later", async () => {
  const { api, asked } = answering("/old", "/old", "/old", "/new");
  assert.equal(await otherPoster(api, "v", "/old", patience), null);
  assert.equal(asked.length, 3);
});
