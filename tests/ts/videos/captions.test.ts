import assert from "node:assert/strict";
import { test } from "node:test";
import { captionName, decodeCaptions, languageOfFile, languageTag } from "../../../apps/videos/ts/captions.ts";

test("a track is called by its label, else by its language in the page's", () => {
  assert.equal(captionName({ language: "de", label: "Kurz" }, "en", "Captions"), "Kurz");
  assert.equal(captionName({ language: "de", label: "" }, "en", "Captions"), "German");
  assert.equal(captionName({ language: "de-AT", label: "" }, "en", "Captions"), "Austrian German");
  assert.equal(captionName({ language: "und", label: "" }, "en", "Captions"), "Captions");
  assert.equal(captionName({ language: "x_x", label: "" }, "en", "Captions"), "x_x");
});

test("a language tag is written as standards write it, and nothing else is one", () => {
  assert.equal(languageTag("de-at"), "de-AT");
  assert.equal(languageTag("ZH-hant"), "zh-Hant");
  for (const text of ["", "d", "final", "v2", "de_AT", "de-", "../x", "en-", `en-${"x".repeat(40)}`]) assert.equal(languageTag(text), null, text);
});

test("old caption files are read as they were written", () => {
  const bytes = (...codes: number[]): ArrayBuffer => new Uint8Array(codes).buffer;
  assert.equal(decodeCaptions(new TextEncoder().encode("Grüße 🎉").buffer as ArrayBuffer), "Grüße 🎉");
  assert.equal(decodeCaptions(bytes(0x47, 0x72, 0xfc, 0xdf, 0x65)), "Grüße");
  assert.equal(decodeCaptions(bytes(0xff, 0xfe, 0xfc, 0x00)), "ü");
  assert.equal(decodeCaptions(bytes(0xfe, 0xff, 0x00, 0xfc)), "ü");
  assert.equal(decodeCaptions(bytes()), "");
});

test("the name of a caption file says its language, or nothing", () => {
  const cases: [string, string][] = [["talk.de-at.vtt", "de-AT"], ["talk.vtt", "und"], ["talk.final.vtt", "und"], ["a.b.en.srt", "en"], ["vtt", "und"], [".de.vtt", "de"]];
  for (const [name, language] of cases) assert.equal(languageOfFile(name), language, name);
});
