/** The watch page: waits for the video, shows it, and mounts the conversation beside it. */
import { type ApiError, makeApi } from "../../core/ts/api.ts";
import { mountCopyButtons } from "../../core/ts/copy.ts";
import { readTexts } from "../../core/ts/texts.ts";
import { makeCommentsApi } from "../../comments/ts/comment.ts";
import { failureSentence } from "../../comments/ts/composer.ts";
import { mountConversation } from "../../comments/ts/conversation.ts";
import { makeDrafts } from "../../comments/ts/drafts.ts";
import { retryPath } from "../../videos/ts/api-paths.ts";
import { type Playback, type Stage, canPlayHere } from "../../videos/ts/playback.ts";
import { type Player, mountPlayer } from "../../videos/ts/player.ts";
import { startFromAddress } from "../../videos/ts/timestamps.ts";
import { mountWaiting } from "../../videos/ts/waiting.ts";

const page = document.querySelector<HTMLElement>("[data-watch]")!;
const videoId = page.dataset["videoId"]!;
const shareToken = page.dataset["shareToken"] || undefined;
const texts = readTexts();
const api = makeApi({ shareToken });
const stage = page.querySelector<HTMLElement>("[data-stage]")!;
const announcer = document.querySelector<HTMLElement>("[data-announce]")!;

function announce(sentence: string): void {
  // The same sentence twice is said twice only when the text has changed in between.
  announcer.textContent = "";
  requestAnimationFrame(() => (announcer.textContent = sentence));
}

// Absent where the link shows nothing of the conversation.
const conversationRoot = page.querySelector<HTMLElement>("[data-conversation]");
const conversation =
  conversationRoot &&
  mountConversation(conversationRoot, {
    api: makeCommentsApi(api, videoId, shareToken),
    drafts: makeDrafts(videoId, window.sessionStorage),
    texts,
    canComment: conversationRoot.dataset["canComment"] === "true",
    needsName: conversationRoot.dataset["needsName"] === "true",
    wanted: new URLSearchParams(location.search).get("comment"),
    announce,
  });

let player: Player | null = null;

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

function showFailure(playback: Playback): void {
  stage.querySelector("[data-failure]")!.textContent = playback.failure_detail ?? "";
  // Of an empty source nothing can be made, however often one tries.
  const retryButton = stage.querySelector<HTMLElement>("[data-retry]");
  if (retryButton) retryButton.hidden = playback.failure_code === "empty_source";
}

function showMinutes(durationMs: number | null): void {
  if (durationMs === null) return;
  const count = Math.max(1, Math.ceil(durationMs / 60_000)); // as the server's Video.minutes
  page.querySelector<HTMLElement>("[data-minutes-text]")!.textContent = texts("minutes", { count });
  page.querySelector<HTMLElement>("[data-minutes]")!.hidden = false;
}

function play(playback: Playback, audioOnly: boolean, hadWaited: boolean): void {
  player = mountPlayer(
    stage.querySelector<HTMLElement>("[data-player]")!,
    {
      playlistUrl: playback.playlist_url!,
      posterUrl: playback.poster_url,
      storyboardUrl: playback.storyboard_url,
      captions: playback.captions,
      durationMs: playback.duration_ms,
      audioOnly,
      startMs: startFromAddress(location.search) ?? 0,
    },
    (trouble) => showTrouble(trouble === null ? null : texts(`trouble_${trouble}`)),
  );
  conversation?.setPlayer(player);
  showMinutes(playback.duration_ms);
  const download = page.querySelector<HTMLAnchorElement>("[data-download]")!;
  download.hidden = playback.download_url === null;
  if (playback.download_url !== null) download.href = playback.download_url;
  if (hadWaited) announce(texts("now_playable"));
}

let waited = false;
const first = JSON.parse(document.getElementById("playback")!.textContent ?? "null") as Playback | null;
const waiting = mountWaiting(api, videoId, canPlayHere(), first, {
  onStage(now, playback) {
    if (player) return;
    showState(now.kind);
    if (now.kind === "failed") showFailure(playback);
    if (now.kind === "processing" || now.kind === "preparing") showProgress(now.progress);
    if (now.kind === "playing") play(playback, now.audioOnly, waited);
    else waited = true;
  },
  onGone(error: ApiError) {
    stage.querySelector<HTMLElement>("[data-gone-text]")!.textContent = error.detail || texts("trouble_gone");
    showState("gone");
  },
});

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
