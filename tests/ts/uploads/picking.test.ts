import assert from "node:assert/strict";
import { test } from "node:test";
import { type Picked, sortOut } from "../../../apps/uploads/ts/picking.ts";

const picked = (path: string, size = 10, type = ""): Picked => ({ path, file: { size, type } });

/** What is uploaded, as "talk.mp4 [de: talk.de.vtt]", and what is passed over, as "notes.txt: no_media". */
function sorted(...files: (Picked | string)[]): { videos: string[]; passedOver: string[] } {
  const result = sortOut(files.map((file) => (typeof file === "string" ? picked(file) : file)));
  return {
    videos: result.videos.map(({ picked: { path }, captions }) =>
      [path, ...captions.map((caption) => `[${caption.language}: ${caption.picked.path}]`)].join(" "),
    ),
    passedOver: result.passedOver.map(({ path, reason }) => `${path}: ${reason}`),
  };
}

test("videos and sound are taken in the order in which they came", () => {
  assert.deepEqual(sorted("b.mp4", "a.MOV", "c.mkv", "d.wav").videos, ["b.mp4", "a.MOV", "c.mkv", "d.wav"]);
});

test("captions go with the video of their name, in the language that is named", () => {
  assert.deepEqual(sorted("talk.mp4", "talk.vtt", "talk.en.vtt", "talk.de-AT.vtt", "talk.zh-hant.srt"), {
    videos: ["talk.mp4 [und: talk.vtt] [en: talk.en.vtt] [de-AT: talk.de-AT.vtt] [zh-Hant: talk.zh-hant.srt]"],
    passedOver: [],
  });
});

test("it does not matter in which order they come, nor how their name is written", () => {
  assert.deepEqual(sorted("TALK.EN.VTT", "caf\u0065\u0301.vtt", "Talk.mp4", "caf\u00e9.mov").videos, [
    "Talk.mp4 [en: TALK.EN.VTT]",
    "caf\u00e9.mov [und: caf\u0065\u0301.vtt]",
  ]);
});

test("a name with dots keeps them: what is no language is part of the name", () => {
  assert.deepEqual(sorted("a.final.mp4", "a.final.vtt", "b.mp4", "b.final.vtt", "c.en.mp4", "c.en.vtt"), {
    videos: ["a.final.mp4 [und: a.final.vtt]", "b.mp4", "c.en.mp4 [und: c.en.vtt]"],
    passedOver: ["b.final.vtt: no_video"],
  });
});

test("captions belong to the video of their own folder", () => {
  assert.deepEqual(sorted("one/talk.mp4", "two/talk.vtt", "talk.vtt", "one/talk.en.vtt"), {
    videos: ["one/talk.mp4 [en: one/talk.en.vtt]"],
    passedOver: ["two/talk.vtt: no_video", "talk.vtt: no_video"],
  });
});

test("captions without their video, twice, or too large are passed over with the reason", () => {
  assert.deepEqual(sorted("lonely.vtt", "talk.mp4", "talk.en.vtt", "talk.en.srt", picked("talk.fr.vtt", 2_000_001)).passedOver, [
    "lonely.vtt: no_video",
    "talk.en.srt: captions_twice",
    "talk.fr.vtt: captions_too_large",
  ]);
});

test("other files, and empty ones, are passed over with the reason", () => {
  assert.deepEqual(sorted("notes.txt", "slides.pdf", "mp4", picked("none.mp4", 0), picked("none.vtt", 0)), {
    videos: [],
    passedOver: ["notes.txt: no_media", "slides.pdf: no_media", "mp4: no_media", "none.mp4: empty", "none.vtt: empty"],
  });
});

test("what the browser knows as video or sound is the server's to judge", () => {
  assert.deepEqual(sorted(picked("old.avi", 10, "video/x-msvideo"), picked("noend", 10, "audio/flac"), picked("x.png", 10, "image/png")), {
    videos: ["old.avi", "noend"],
    passedOver: ["x.png: no_media"],
  });
});

test("all kinds of files that the server reads are taken", () => {
  const names = ["a.avi", "b.M2TS", "c.ogg", "d.opus", "e.flac", "f.aac", "g.ogv", "h.m4v"];
  assert.deepEqual(sorted(...names).videos, names);
});

test("a program in TypeScript is no transport stream, whatever the browser says", () => {
  assert.deepEqual(sorted(picked("src/main.ts", 4_000, "video/mp2t"), picked("lib.mts", 4_000), picked("film.ts", 9_000_000, "video/mp2t")), {
    videos: ["film.ts"],
    passedOver: ["src/main.ts: no_media", "lib.mts: no_media"],
  });
});

test("files that systems leave in folders are passed over in silence", () => {
  assert.deepEqual(sorted("trip/.DS_Store", "trip/._talk.mp4", "Thumbs.db", "trip/desktop.ini"), { videos: [], passedOver: [] });
});

test("of two videos of one name the first has the captions", () => {
  assert.deepEqual(sorted("talk.mov", "talk.mp4", "talk.vtt").videos, ["talk.mov [und: talk.vtt]", "talk.mp4"]);
});
