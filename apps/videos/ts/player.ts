/**
 * The player: media-chrome's controls over a <video>, fed by hls.js where the browser has Media Source Extensions and
 * by the browser's own HLS elsewhere. The rest of the page knows only the `Player` below, so that it can be swapped.
 *
 *     made ──> manifest ──> plays
 *       \          \          \──> network trouble ──> plays again, or gone (404, 410: deleted, link taken back)
 *        \          \──────────────> media error ──> recovered twice, then broken
 *
 * hls.js comes first where it runs: Chromium's own HLS may show a stale frame after a seek (measured).
 */
import Hls, { type ErrorData } from "hls.js/light";
import "media-chrome";
import type { CaptionTrack } from "./playback.ts";
import { mountPlayerCaptions } from "./player-captions.ts";
import { translateControls } from "./player-words.ts";
import { mountWaveform } from "./waveform.ts";

export interface PlayerSource {
  readonly playlistUrl: string;
  readonly posterUrl: string | null;
  readonly storyboardUrl: string | null;
  /** Of what is sound alone; null where there is none. */
  readonly waveformUrl: string | null;
  readonly captions: readonly CaptionTrack[];
  readonly durationMs: number | null;
  readonly audioOnly: boolean;
  /** Where to begin; 0 for the beginning. */
  readonly startMs: number;
}

/** What stopped it: `network` passes by itself, `gone` and `broken` do not. */
export type Trouble = "network" | "gone" | "broken";

export interface Player {
  readonly video: HTMLVideoElement;
  /** An element over the timeline, as wide as it, for marks. */
  readonly markersHost: HTMLElement;
  /** Whether there is more than sound. */
  readonly hasPicture: boolean;
  currentMs(): number;
  /** Null while nobody knows it. */
  durationMs(): number | null;
  /** Whether it was ever played or sought: before that, the poster is what one sees. */
  hasStarted(): boolean;
  seek(timestampMs: number): void;
  pause(): void;
  /** Whether letters and signs are keys of the player; arrows and the space bar always are. */
  setLetters(areOn: boolean): void;
  /** Shows this picture until it is played or sought; nothing happens where there is sound alone. */
  setPoster(url: string | null): void;
  /** Offers these captions in place of those before. */
  setCaptions(captions: readonly CaptionTrack[]): void;
  /** Shows the poster and the pictures over the timeline, where there were none before. */
  showPictures(posterUrl: string | null, storyboardUrl: string | null): void;
  /** Calls back whenever the current time moves, four times a second while it plays. Returns an undo. */
  onTime(listener: () => void): () => void;
  undo(): void;
}

/** How often a decoder may stumble and be set up anew before we say that it is broken. */
const MEDIA_RECOVERIES = 2;
/** What media-chrome's `hotkeys` leaves out: P, which leads to the previous comment, and all others that are letters or signs. */
const NO_PIP = "nop";
const NO_LETTERS = "nok nom nof noc noj nol no< no> noshift+/";
/** Waits before a lost connection is tried again, ms; the last one goes on. */
const NETWORK_WAITS = [1000, 2000, 4000, 8000, 15_000] as const;

/**
 * Puts a player, a clone of #player-template, into `stage`.
 * `onTrouble` hears what stops it, and null when it goes on.
 */
export function mountPlayer(
  stage: HTMLElement,
  source: PlayerSource,
  onTrouble: (trouble: Trouble | null) => void,
): Player {
  translateControls();
  const template = document.getElementById("player-template") as HTMLTemplateElement;
  const controller = template.content.firstElementChild!.cloneNode(true) as HTMLElement;
  const video = controller.querySelector("video")!;
  const markersHost = controller.querySelector<HTMLElement>("[data-markers]")!;
  controller.toggleAttribute("data-audio-only", source.audioOnly);
  const showPictures = (posterUrl: string | null, storyboardUrl: string | null): void => {
    if (posterUrl && !source.audioOnly && !video.poster) video.poster = posterUrl;
    if (storyboardUrl && !video.querySelector("track[label=thumbnails]")) addThumbnails(video, storyboardUrl);
  };
  showPictures(source.posterUrl, source.storyboardUrl);
  const captions = mountPlayerCaptions(controller, video);
  captions.set(source.captions);
  const stopDrawing =
    source.audioOnly && source.waveformUrl
      ? mountWaveform(controller.querySelector<HTMLElement>("[data-waveform]")!, video, source.waveformUrl)
      : () => undefined;

  // Ctrl+C means copy, wherever the focus is; media-chrome would take it for its own "c".
  const keepBrowserKeys = (event: KeyboardEvent): void => {
    if (event.ctrlKey) event.stopPropagation();
  };
  for (const child of controller.children) child.addEventListener("keydown", keepBrowserKeys as EventListener);
  stage.append(controller);

  let started = source.startMs > 0;
  /** A place asked for before the media could seek there; till then, that is where the video is. */
  let pendingMs: number | null = started ? source.startMs : null;
  const onMetadata = (): void => {
    if (pendingMs === null) return;
    video.currentTime = pendingMs / 1000;
    pendingMs = null;
  };
  const onStart = (): void => {
    started = true;
  };
  // A native list of speeds: media-chrome's button only cycles, and is named otherwise than it reads.
  const rate = controller.querySelector<HTMLSelectElement>("[data-rate]")!;
  const onRate = (): void => {
    video.playbackRate = Number(rate.value);
  };
  const onRateChanged = (): void => {
    rate.value = String(video.playbackRate); // "" for one that is not in the list: "<" and ">" step by 0.25
  };
  const keepKeys = (event: Event): void => event.stopPropagation(); // letters and arrows choose in the list
  rate.addEventListener("change", onRate);
  rate.addEventListener("keydown", keepKeys);
  rate.addEventListener("keyup", keepKeys);
  video.addEventListener("ratechange", onRateChanged);

  // For a finger, which media-chrome's own tap only shows the controls to. The named button is in the bar.
  const bigPlay = controller.querySelector<HTMLElement>("[data-big-play]")!;
  const onBigPlay = (): void => void video.play().catch(() => undefined); // refused: the bar's button is still there
  bigPlay.addEventListener("click", onBigPlay);
  video.addEventListener("loadedmetadata", onMetadata);
  video.addEventListener("play", onStart);

  const stopFeeding = Hls.isSupported()
    ? feedByHls(video, source, onTrouble)
    : feedNatively(video, source, onTrouble, (timestampMs) => (pendingMs = timestampMs));

  return {
    video,
    markersHost,
    hasPicture: !source.audioOnly,
    currentMs: () => pendingMs ?? Math.round(video.currentTime * 1000),
    durationMs: () => source.durationMs ?? (Number.isFinite(video.duration) ? video.duration * 1000 : null),
    hasStarted: () => started,
    seek(timestampMs) {
      started = true;
      if (video.readyState >= HTMLMediaElement.HAVE_METADATA) video.currentTime = timestampMs / 1000;
      else pendingMs = timestampMs;
    },
    pause: () => video.pause(),
    setLetters: (areOn) => controller.setAttribute("hotkeys", areOn ? NO_PIP : `${NO_PIP} ${NO_LETTERS}`),
    setPoster(url) {
      if (!source.audioOnly) video.poster = url ?? "";
    },
    setCaptions: captions.set,
    showPictures,
    onTime(listener) {
      const events = ["timeupdate", "seeking", "loadedmetadata"] as const;
      for (const event of events) video.addEventListener(event, listener);
      return () => {
        for (const event of events) video.removeEventListener(event, listener);
      };
    },
    undo() {
      stopFeeding();
      stopDrawing();
      captions.undo();
      video.removeEventListener("loadedmetadata", onMetadata);
      video.removeEventListener("play", onStart);
      video.removeEventListener("ratechange", onRateChanged);
      controller.remove();
    },
  };
}

function addThumbnails(video: HTMLVideoElement, url: string): void {
  const track = document.createElement("track");
  track.kind = "metadata";
  track.src = url;
  track.label = "thumbnails"; // media-chrome finds it by this name
  track.default = true;
  video.append(track);
}

function feedByHls(video: HTMLVideoElement, source: PlayerSource, onTrouble: (trouble: Trouble | null) => void): () => void {
  const hls = new Hls({
    startPosition: source.startMs > 0 ? source.startMs / 1000 : -1,
    capLevelToPlayerSize: true, // a small window needs no 1080p
    backBufferLength: 90, // seconds kept behind; the default keeps a three-hour video in memory
    enableWorker: false, // fMP4 passes through as it is: nothing to transmux
  });
  let recoveries = 0;
  let failures = 0;
  let timer = 0;

  const onError = (_event: string, data: ErrorData): void => {
    if (!data.fatal) return;
    const status = data.response?.code ?? 0;
    if (data.type === Hls.ErrorTypes.NETWORK_ERROR) {
      if (status === 404 || status === 410 || status === 403) {
        onTrouble("gone");
        return;
      }
      onTrouble("network");
      const wait = NETWORK_WAITS[Math.min(failures, NETWORK_WAITS.length - 1)]!;
      failures += 1;
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        if (hls.levels.length === 0) hls.loadSource(source.playlistUrl);
        else hls.startLoad();
      }, wait);
      return;
    }
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && recoveries < MEDIA_RECOVERIES) {
      recoveries += 1;
      hls.recoverMediaError();
      return;
    }
    onTrouble("broken");
  };
  const onLoaded = (): void => {
    if (failures > 0) onTrouble(null);
    failures = 0;
  };
  const onOnline = (): void => {
    if (failures > 0) hls.startLoad();
  };
  hls.on(Hls.Events.ERROR, onError);
  hls.on(Hls.Events.FRAG_BUFFERED, onLoaded);
  window.addEventListener("online", onOnline);
  hls.loadSource(source.playlistUrl);
  hls.attachMedia(video);
  return () => {
    clearTimeout(timer);
    window.removeEventListener("online", onOnline);
    hls.destroy();
  };
}

function feedNatively(
  video: HTMLVideoElement,
  source: PlayerSource,
  onTrouble: (trouble: Trouble | null) => void,
  seekWhenReady: (timestampMs: number) => void,
): () => void {
  let failures = 0;
  let timer = 0;
  const onError = (): void => {
    if (video.error?.code === MediaError.MEDIA_ERR_NETWORK) {
      const at = video.currentTime * 1000;
      onTrouble("network");
      seekWhenReady(at);
      timer = window.setTimeout(() => (video.src = source.playlistUrl), NETWORK_WAITS[Math.min(failures, NETWORK_WAITS.length - 1)]);
      failures += 1;
    } else onTrouble("broken");
  };
  const onData = (): void => {
    if (failures > 0) onTrouble(null);
    failures = 0;
  };
  video.addEventListener("error", onError);
  video.addEventListener("loadeddata", onData);
  video.src = source.playlistUrl;
  return () => {
    clearTimeout(timer);
    video.removeEventListener("error", onError);
    video.removeEventListener("loadeddata", onData);
    video.removeAttribute("src");
    video.load();
  };
}
