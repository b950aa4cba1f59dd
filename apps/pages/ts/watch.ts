/** The watch page: waits for the video, shows it, and mounts the conversation beside it. */
import { type ApiError, makeApi } from "../../core/ts/api.ts";
import { mountCopyButtons } from "../../core/ts/copy.ts";
import { failureSentence } from "../../core/ts/failure.ts";
import { mountKeys } from "../../core/ts/keys.ts";
import { mountTabs } from "../../core/ts/tabs.ts";
import { readTexts } from "../../core/ts/texts.ts";
import { makeCommentsApi } from "../../comments/ts/comment.ts";
import { type Conversation, mountConversation } from "../../comments/ts/conversation.ts";
import { browserStorage, makeDrafts } from "../../comments/ts/drafts.ts";
import { standstillOf } from "../../comments/ts/trouble.ts";
import { mountSeen } from "../../insights/ts/seen.ts";
import { linkToCopy } from "../../sharing/ts/link.ts";
import { mountShareDialog } from "../../sharing/ts/share-dialog.ts";
import { mountCaptionsPanel } from "../../videos/ts/captions-panel.ts";
import { type PosterPanel, mountPosterPanel } from "../../videos/ts/poster-panel.ts";
import { retryPath } from "../../videos/ts/api-paths.ts";
import { type CaptionTrack, type Playback, type Stage, canPlayHere } from "../../videos/ts/playback.ts";
import { type Player, mountPlayer } from "../../videos/ts/player.ts";
import { startFromAddress } from "../../videos/ts/timestamps.ts";
import { mountWaiting } from "../../videos/ts/waiting.ts";
import { mountAbout } from "./watch/about.ts";
import { mountRest } from "./watch/rest.ts";
import { mountWayBack, tellingWhenPosted } from "./watch/way-back.ts";

const page = document.querySelector<HTMLElement>("[data-watch]")!;
const videoId = page.dataset["videoId"]!;
const shareToken = page.dataset["shareToken"] || undefined;
const texts = readTexts();
const api = makeApi({ shareToken });
const stage = page.querySelector<HTMLElement>("[data-stage]")!;
const endsEarlyNote = page.querySelector<HTMLElement>("[data-ends-early]")!;
const announcer = document.querySelector<HTMLElement>("[data-announce]")!;

function announce(sentence: string): void {
  // Behind an open dialog the page is inert, and what it says is not heard.
  const heard = document.querySelector<HTMLElement>("dialog[open] [data-announce]") ?? announcer;
  // The same sentence twice is said twice only when the text has changed in between.
  heard.textContent = "";
  requestAnimationFrame(() => (heard.textContent = sentence));
}

const seen = mountSeen(api, videoId);

// Absent, as the conversation is, where the link shows nothing of it.
const tabsRoot = page.querySelector<HTMLElement>("[data-tabs]");
const tabs = tabsRoot && mountTabs(tabsRoot);
const conversationRoot = page.querySelector<HTMLElement>("[data-conversation]");
const wayBackCard = page.querySelector<HTMLElement>("[data-way-back]"); // for guests alone
const wayBack =
  wayBackCard && conversationRoot && mountWayBack(wayBackCard, conversationRoot, { api, videoId, texts, announce });
const conversation = conversationRoot && mountTheConversation(conversationRoot);

function mountTheConversation(root: HTMLElement): Conversation {
  const { speaker = "", isSignedIn, isMember, canComment, needsName } = root.dataset;
  return mountConversation(root, {
    api: tellingWhenPosted(seen.reading(makeCommentsApi(api, videoId, shareToken)), () => wayBack?.posted()),
    drafts: makeDrafts({
      videoId,
      speaker,
      isGuest: isSignedIn !== "true",
      storage: browserStorage(),
      events: window,
    }),
    texts,
    canComment: canComment === "true",
    needsName: needsName === "true",
    isMember: isMember === "true",
    isSignedIn: isSignedIn === "true",
    speaker,
    wanted: new URLSearchParams(location.search).get("comment"),
    announce,
    bringForward: () => tabs?.show("conversation"),
    lost: () => lookAgain(false),
  });
}

const aboutForm = page.querySelector<HTMLFormElement>("[data-about-form]");
if (aboutForm) {
  const heading = page.querySelector<HTMLElement>("[data-title]")!;
  mountAbout(aboutForm, {
    api,
    videoId,
    texts,
    onTitle(title) {
      const shown = title || texts("untitled");
      document.title = document.title.replace(heading.textContent ?? "", () => shown);
      heading.textContent = shown;
    },
  });
}

const restNote = page.querySelector<HTMLElement>("[data-rest-failed]"); // for the author alone
if (restNote) mountRest(restNote, { api, videoId, texts });

let player: Player | null = null;
const keys = mountKeys(document, (areOn) => {
  conversation?.setKeys(areOn);
  player?.setLetters(areOn);
});
/** What the author has changed on this page; null while the server's answer is the newest. */
let captions: readonly CaptionTrack[] | null = null;
let posterPanel: PosterPanel | null = null; // for the author alone

/** Shows the sentence of one state, or none ("playing"). */
function showState(kind: Stage["kind"] | "gone"): void {
  stage.dataset["kind"] = kind;
  for (const state of stage.querySelectorAll<HTMLElement>("[data-state]")) {
    state.hidden = state.dataset["state"] !== kind;
  }
}

function showProgress(progress: number | null): void {
  for (const bar of stage.querySelectorAll<HTMLProgressElement>("[data-progress]")) {
    if (progress === null) bar.removeAttribute("value");
    else bar.value = progress;
  }
}

function showTrouble(sentence: string | null): void {
  const line = stage.querySelector<HTMLElement>("[data-trouble]")!;
  line.hidden = sentence === null;
  line.textContent = sentence ?? "";
}

/** Failures of what has no source: nothing was recorded, or an upload was never finished. */
const WITHOUT_SOURCE: ReadonlySet<string> = new Set(["empty_source", "upload_abandoned"]);

function showFailure(playback: Playback): void {
  stage.querySelector("[data-failure]")!.textContent = playback.failure_detail ?? "";
  // Of an empty source nothing can be made, however often one tries.
  const retryButton = stage.querySelector<HTMLElement>("[data-retry]");
  if (retryButton) retryButton.hidden = WITHOUT_SOURCE.has(playback.failure_code ?? "");
}

function showMinutes(durationMs: number | null): void {
  if (durationMs === null) return;
  const count = Math.max(1, Math.ceil(durationMs / 60_000)); // as the server's Video.minutes
  page.querySelector<HTMLElement>("[data-minutes-text]")!.textContent = texts("minutes", { count });
  page.querySelector<HTMLElement>("[data-minutes]")!.hidden = false;
}

function play(playback: Playback, audioOnly: boolean, startMs: number): void {
  playlistUrl = playback.playlist_url!;
  player = mountPlayer(
    stage.querySelector<HTMLElement>("[data-player]")!,
    {
      playlistUrl,
      posterUrl: playback.poster_url,
      storyboardUrl: playback.storyboard_url,
      waveformUrl: playback.waveform_url,
      captions: captions ?? playback.captions,
      durationMs: playback.duration_ms,
      audioOnly,
      startMs,
    },
    (trouble) => {
      if (trouble === "gone") lookAgain(true);
      else showTrouble(trouble === null ? null : texts(`trouble_${trouble}`));
    },
  );
  player.setLetters(keys.areOn);
  conversation?.setPlayer(player);
  posterPanel?.playerChanged();
  showMinutes(playback.duration_ms);
  showDownload(playback);
}

function showDownload(playback: Playback): void {
  const download = page.querySelector<HTMLAnchorElement>("[data-download]")!;
  download.hidden = playback.download_url === null;
  if (playback.download_url !== null) download.href = playback.download_url;
}

function stopPlaying(): void {
  conversation?.setPlayer(null);
  player?.undo();
  player = null;
  posterPanel?.playerChanged();
  showTrouble(null);
}

/**
 * Asks whether the video is still there for this viewer. A player whose files are refused may only have an address that
 * has grown too old, in a tab that has slept for days, or that ended when its link asked for more than before.
 */
function lookAgain(playerWasRefused: boolean): void {
  isRefused ||= playerWasRefused;
  asksAgain = true;
  waiting.askNow();
}

/** Goes on at the same place with new addresses, where they are new. */
function goOn(playback: Playback, audioOnly: boolean): void {
  if (playback.playlist_url !== playlistUrl) {
    const { video } = player!;
    const [startMs, wasPlaying] = [player!.currentMs(), !video.paused];
    stopPlaying();
    play(playback, audioOnly, startMs);
    if (wasPlaying) player!.video.play().catch(() => undefined); // refused: the bar's button is still there
  } else if (isRefused) showTrouble(texts("trouble_gone"));
}

/**
 * The rest of a recording that ended early has arrived: it is shown at once where nobody watches, else when the video
 * pauses. Who has come to the early end goes on from there.
 */
function bringRest(playback: Playback, audioOnly: boolean): void {
  const { video } = player!;
  const show = (): void => {
    if (player?.video !== video) return;
    const hasEnded = video.ended;
    goOn(playback, audioOnly);
    endsEarlyNote.hidden = true;
    announce(texts("rest_arrived"));
    if (hasEnded) player.video.play().catch(() => undefined); // refused: the bar's button is still there
  };
  if (video.paused) show();
  else video.addEventListener("pause", show, { once: true });
}

let playlistUrl = "";
let isRefused = false;
let asksAgain = false;
let waited = false;
const first = JSON.parse(document.getElementById("playback")!.textContent ?? "null") as Playback | null;
const waiting = mountWaiting(api, videoId, canPlayHere(), first, {
  onStage(now, playback) {
    if (player) {
      if (now.kind === "playing") {
        // What plays from the moment it was stopped gets these when they are made.
        player.showPictures(playback.poster_url, playback.storyboard_url);
        showDownload(playback);
      }
      if (!asksAgain) {
        if (now.kind === "playing" && !playback.ends_early && !endsEarlyNote.hidden) bringRest(playback, now.audioOnly);
        return;
      }
      asksAgain = false;
      if (now.kind === "playing") {
        goOn(playback, now.audioOnly);
        isRefused = false;
        return;
      }
      stopPlaying(); // it was started over meanwhile
    }
    endsEarlyNote.hidden = !playback.ends_early;
    showState(now.kind);
    if (now.kind === "failed") showFailure(playback);
    if (now.kind === "processing" || now.kind === "preparing") showProgress(now.progress);
    if (now.kind !== "playing") {
      waited = true;
      return;
    }
    play(playback, now.audioOnly, startFromAddress(location.search) ?? 0);
    if (waited) {
      announce(texts("now_playable"));
      seen.tell();
    }
  },
  onGone(error: ApiError) {
    stopPlaying();
    const why = standstillOf(error, false);
    const asksFirst = why === "name" || why === "password";
    stage.querySelector<HTMLElement>("[data-gone-sentence]")!.hidden = asksFirst;
    stage.querySelector<HTMLElement>("[data-gone-text]")!.textContent = texts(`trouble_${why}`);
    stage.querySelector<HTMLElement>("[data-gone-reload]")!.hidden = !asksFirst;
    showState("gone");
  },
});

const captionsRoot = page.querySelector<HTMLElement>("[data-captions]");
if (captionsRoot) {
  mountCaptionsPanel(captionsRoot, {
    api,
    videoId,
    texts,
    tracks: first?.captions ?? [],
    sentenceFor: (error) => failureSentence(error, texts),
    onTracks(tracks) {
      captions = tracks;
      player?.setCaptions(tracks);
    },
  });
}

const posterRoot = page.querySelector<HTMLElement>("[data-poster-panel]");
if (posterRoot) {
  posterPanel = mountPosterPanel(posterRoot, {
    api,
    videoId,
    texts,
    posterUrl: first?.poster_url ?? null,
    currentMs: () => (player?.hasPicture ? player.currentMs() : null),
    sentenceFor: (error) => failureSentence(error, texts),
    onPoster: (url) => player?.setPoster(url),
  });
  posterPanel.playerChanged();
}

stage.querySelector("[data-gone-reload]")!.addEventListener("click", () => location.reload());
stage.querySelector("[data-retry]")?.addEventListener("click", (event) => void retry(event.currentTarget as HTMLElement));

async function retry(button: HTMLElement): Promise<void> {
  const complaint = stage.querySelector<HTMLElement>("[data-retry-error]")!;
  button.setAttribute("aria-disabled", "true");
  complaint.hidden = true;
  try {
    await api.ask(retryPath(videoId), { method: "POST", body: {} });
    showState("processing");
    showProgress(null);
    waiting.askNow();
  } catch (error) {
    complaint.textContent = failureSentence(error, texts);
    complaint.hidden = false;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

const linkDialog = document.querySelector<HTMLDialogElement>("[data-link-dialog]")!;
mountCopyButtons(document.body, {
  copied: texts("copied"),
  announce,
  failed(link) {
    const box = linkDialog.querySelector<HTMLInputElement>("[data-link-text]")!;
    box.value = link;
    linkDialog.showModal();
    box.select();
  },
});

const shareDialog = document.querySelector<HTMLDialogElement>("[data-share-dialog]"); // for the author alone
if (shareDialog) {
  mountShareDialog(page.querySelector<HTMLElement>("[data-share-open]")!, shareDialog, {
    api,
    texts,
    announce,
    onLinks(links) {
      const link = linkToCopy(links, new Date());
      const button = page.querySelector<HTMLElement>("[data-copy-page]")!;
      button.hidden = link === null || shareDialog.dataset["linksEnabled"] !== "true";
      if (link) button.dataset["copy"] = link.url;
    },
  });
}
