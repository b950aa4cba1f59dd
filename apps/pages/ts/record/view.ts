/** Mirrors a recording into the page. Knows elements and texts, decides nothing. */
import { ApiError } from "../../../core/ts/api.ts";
import { partOf, setText } from "../../../core/ts/parts.ts";
import type { Texts } from "../../../core/ts/texts.ts";
import { type Choice } from "../../../videos/ts/recorder/choice.ts";
import { canShareScreens } from "../../../videos/ts/recorder/devices.ts";
import { bubblePlace } from "../../../videos/ts/recorder/layout.ts";
import { REMEDIES, remediesFor, type Remedy } from "../../../videos/ts/recorder/remedies.ts";
import type { State } from "../../../videos/ts/recorder/state.ts";
import { formatElapsed } from "../../../videos/ts/recorder/stopwatch.ts";
import { chosenLabels } from "./form.ts";
import { deviceSentences, roomSentence, saying, soundSentence, statusSentence, troubleSentence, uploadSentence, uploadShare } from "./sentences.ts";
import type { RecordSession } from "./session.ts";

export interface View {
  render(session: RecordSession): void;
  renderElapsed(session: RecordSession): void;
}

export function makeView(root: HTMLElement, texts: Texts, hasNames: () => boolean): View {
  const find = <T extends HTMLElement>(name: string): T => partOf<T>(root, name);
  const preview = find<HTMLVideoElement>("preview");
  const selfView = find<HTMLVideoElement>("self-view");
  const picture = find("picture");
  const count = find("count");
  const elapsed = find("elapsed");
  const status = find("status");
  const devices = find("devices");
  const trouble = find("trouble");
  const room = find("room");
  const upload = find("upload");
  const bar = find<HTMLProgressElement>("bar");
  const link = find<HTMLInputElement>("link");
  const copy = find<HTMLButtonElement>("copy");
  const chosenBefore = root.querySelectorAll<HTMLFieldSetElement | HTMLInputElement | HTMLSelectElement>("[data-before]");
  const sound = find("sound");
  const invite = root.querySelector<HTMLAnchorElement>('[data-part="invite"]'); // for whoever records alone
  const keepFocus = focusKeeper(root);
  const say = saying(texts);

  return {
    render(session) {
      const { state, choice, progress, safety } = session;
      const focused = document.activeElement;
      root.dataset["state"] = state.name;
      root.dataset["devices"] = session.stream ? "open" : "closed";
      show(root, session, hasNames());
      for (const control of chosenBefore) control.disabled = state.name !== "choosing";
      play(preview, session.stream);
      play(selfView, session.camera);
      placeSelfView(picture, session);
      setText(count, state.name === "countdown" && state.left > 0 ? String(state.left) : "");
      setText(status, say(statusSentence(state, choice.mode)));
      status.classList.toggle("problem", isProblem(state));
      setText(devices, deviceSentences(session, choice.mode, chosenLabels(root)).map(say).join(" "));
      setText(trouble, say(troubleSentence(state, session.trouble, safety)));
      setText(upload, say(uploadSentence(state, progress, safety)));
      setText(room, say(roomSentence(state, safety)));
      const share = uploadShare(progress);
      if (share === null) bar.removeAttribute("value");
      else bar.value = share;
      setText(sound, say(soundSentence(session.has_shared_sound, choice.microphone)));
      const url = session.video?.share_url ?? "";
      if (link.value !== url) link.value = url;
      copy.dataset["copy"] = url;
      if (invite && session.video) invite.href = landingOn(invite.href, watchPath(root, session.video.id));
      this.renderElapsed(session);
      keepFocus(focused);
    },
    renderElapsed(session) {
      setText(elapsed, formatElapsed(session.elapsed_ms));
    },
  };
}

/** Where a video is watched. */
export function watchPath(root: HTMLElement, video_id: string): string {
  return (root.dataset["watchPage"] ?? "").replace("_id_", encodeURIComponent(video_id));
}

/** The address of the invites, for invites that lead to `path`. */
function landingOn(address: string, path: string): string {
  const url = new URL(address);
  url.searchParams.set("lands_on", path);
  return url.href;
}

/** Shows what the template says belongs to this state ([data-in]), mode ([data-mode]) and to what is there ([data-if]). */
export function show(root: HTMLElement, session: RecordSession, has_names: boolean): void {
  const { state, choice } = session;
  const there = factsOf(session, has_names);
  for (const element of root.querySelectorAll<HTMLElement>("[data-in], [data-mode], [data-if]")) {
    const { in: states, mode, if: fact } = element.dataset;
    const fits = states === undefined || states.split(" ").includes(state.name);
    const suits = mode === undefined || mode.split(" ").includes(choice.mode);
    const isHidden = !(fits && suits && (fact === undefined || there[fact] === true));
    if (element.hidden !== isHidden) element.hidden = isHidden;
  }
}

function factsOf(session: RecordSession, has_names: boolean): Record<string, boolean> {
  const { state, choice, lost } = session;
  const remedies = remediesOf(state, choice);
  const hasPreview = session.stream !== null;
  return {
    link: session.video?.share_url != null,
    preview: hasPreview,
    "no-preview": !hasPreview,
    "no-names": !has_names,
    "full-hd": session.most_height >= 1080,
    "self-view": showsSelfView(session),
    review: session.recorded !== null,
    "no-review": session.recorded === null,
    camera: session.camera !== null,
    "whole-screen": session.shares_whole_screen,
    microphone: choice.microphone,
    "signed-out": isSignedOut(session),
    count: state.name === "countdown" && state.left > 0,
    lost: lost.size > 0,
    "lost-camera": lost.has("camera"),
    "lost-microphone": lost.has("microphone"),
    remedies: remedies.length > 0,
    ...Object.fromEntries(REMEDIES.map((remedy) => [`remedy-${remedy}`, remedies.includes(remedy)])),
  };
}

function remediesOf(state: State, { mode }: Choice): Remedy[] {
  if (state.name !== "choosing" || !state.problem) return [];
  return remediesFor(state.problem.code, { mode, can_share: canShareScreens() });
}

function isSignedOut({ state, trouble }: RecordSession): boolean {
  if (state.name === "stuck" || state.name === "choosing") return state.problem?.code === "not_signed_in";
  return trouble instanceof ApiError && trouble.status === 401;
}

function isProblem(state: State): boolean {
  return state.name === "stuck" || (state.name === "choosing" && state.problem !== null);
}

/** Whether the speaker's own mirrored picture lies over the bubble. Where the bubble is mirrored already, none is needed. */
function showsSelfView({ choice, camera }: RecordSession): boolean {
  return camera !== null && choice.mode === "screen_camera" && choice.mirror === "view" && choice.look === "shown";
}

function placeSelfView(picture: HTMLElement, { canvas, choice }: RecordSession): void {
  // A camera that fills the picture is mirrored as a whole; with a screen in it the words would be mirrored too.
  const isMirrored = choice.mode === "camera" && choice.mirror === "view";
  picture.classList.toggle("mirrored", isMirrored);
  if (!canvas) return;
  const place = bubblePlace(choice.bubble, canvas);
  const shares = {
    "--ratio": canvas.width / canvas.height,
    "--left": place.x / canvas.width,
    "--top": place.y / canvas.height,
    "--width": place.width / canvas.width,
  };
  for (const [name, share] of Object.entries(shares)) picture.style.setProperty(name, String(share));
}

function play(video: HTMLVideoElement, stream: MediaStream | null): void {
  if (video.srcObject === stream) return;
  video.srcObject = stream;
  // Refused only when the stream is gone again by then.
  if (stream) video.play().catch(() => undefined);
}

/**
 * Returns what gives the focus of a control that has just gone to the one that took its place, or parks it on the recorder
 * until one does, or until the very control is there again (the modes, while the browser asks). Never to what loses
 * something: whoever presses Enter once too often stays safe.
 */
function focusKeeper(root: HTMLElement): (before: Element | null) => void {
  const others = '[data-part="skip"], [data-part="controls"] > button, [data-part="title"], [data-part="copy"]';
  let gone: HTMLElement | null = null;
  return (before) => {
    const isGone = before !== root && before instanceof HTMLElement && root.contains(before) && !isSeen(before);
    if (isGone) gone = before;
    else if (before !== root) gone = null;
    if (!isGone && before !== root) return;
    const there = [...(gone ? [gone] : []), ...root.querySelectorAll<HTMLElement>(others)].find(isSeen);
    (there ?? root).focus({ preventScroll: true });
  };
}

function isSeen(element: HTMLElement): boolean {
  return element.closest("[hidden]") === null && !element.matches(":disabled");
}
