/** Mirrors a recording into the page and turns clicks into events. Knows elements and texts, decides nothing. */
import type { Texts } from "../../../core/ts/texts.ts";
import type { Mode } from "../../../videos/ts/recorder/devices.ts";
import { BUBBLE_SIZES, CORNERS, type Bubble } from "../../../videos/ts/recorder/layout.ts";
import type { State } from "../../../videos/ts/recorder/state.ts";
import { formatElapsed } from "../../../videos/ts/recorder/stopwatch.ts";
import type { Choice } from "../../../videos/ts/recorder/studio.ts";
import { type Sentence, statusSentence, troubleSentence, uploadSentence, uploadShare } from "./sentences.ts";
import type { RecordSession } from "./session.ts";

const MODES: readonly Mode[] = ["screen_camera", "screen", "camera"];

export interface View {
  render(session: RecordSession): void;
  renderElapsed(session: RecordSession): void;
}

export function makeView(root: HTMLElement, texts: Texts): View {
  const find = <T extends HTMLElement>(name: string): T => {
    const element = root.querySelector<T>(`[data-part="${name}"]`);
    if (!element) throw new Error(`The page has no part named ${name}`);
    return element;
  };
  const preview = find<HTMLVideoElement>("preview");
  const count = find("count");
  const elapsed = find("elapsed");
  const status = find("status");
  const trouble = find("trouble");
  const upload = find("upload");
  const bar = find<HTMLProgressElement>("bar");
  const link = find<HTMLInputElement>("link");
  const copy = find<HTMLButtonElement>("copy");
  const settings = find<HTMLFieldSetElement>("settings");
  const say = (sentence: Sentence): string => {
    if (sentence === null) return "";
    return "said" in sentence ? sentence.said : texts(sentence.text, sentence.values);
  };

  return {
    render(session) {
      const { state, choice, progress } = session;
      const focused = document.activeElement;
      root.dataset["state"] = state.name;
      root.dataset["devices"] = session.stream ? "open" : "closed";
      show(root, state, { ...choice, has_link: session.video?.share_url != null, has_preview: session.stream !== null });
      settings.disabled = state.name !== "choosing";
      if (preview.srcObject !== session.stream) {
        preview.srcObject = session.stream;
        // Refused only when the stream is gone again by then.
        if (session.stream) preview.play().catch(() => undefined);
      }
      setText(count, state.name === "countdown" && state.left > 0 ? String(state.left) : "");
      setText(status, say(statusSentence(state, choice.mode)));
      status.classList.toggle("problem", state.name === "stuck" || (state.name === "choosing" && state.problem !== null));
      setText(trouble, say(troubleSentence(state, session.trouble)));
      setText(upload, say(uploadSentence(state, progress)));
      const share = uploadShare(progress);
      if (share === null) bar.removeAttribute("value");
      else bar.value = share;
      const sound = find("sound");
      sound.hidden = session.has_shared_sound === null || state.name === "done";
      if (session.has_shared_sound !== null) setText(sound, texts(session.has_shared_sound ? "sound_shared" : "sound_not_shared"));
      const url = session.video?.share_url ?? "";
      if (link.value !== url) link.value = url;
      copy.dataset["copy"] = url;
      this.renderElapsed(session);
      keepFocus(root, focused);
    },
    renderElapsed(session) {
      setText(elapsed, formatElapsed(session.elapsed_ms));
    },
  };
}

/** Shows what the template says belongs to this state ([data-in]), mode ([data-mode]) and to what is there ([data-if]). */
function show(
  root: HTMLElement,
  state: State,
  facts: { mode: Mode; has_link: boolean; has_preview: boolean },
): void {
  const there: Record<string, boolean> = {
    link: facts.has_link,
    preview: facts.has_preview,
    "no-preview": !facts.has_preview,
    count: state.name === "countdown" && state.left > 0,
  };
  for (const element of root.querySelectorAll<HTMLElement>("[data-in], [data-mode], [data-if]")) {
    const { in: states, mode, if: fact } = element.dataset;
    const fits = states === undefined || states.split(" ").includes(state.name);
    const suits = mode === undefined || mode.split(" ").includes(facts.mode);
    element.hidden = !(fits && suits && (fact === undefined || there[fact] === true));
  }
}

/** Text that stays the same is left alone, or a screen reader would say it again. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Gives the focus of a control that has just gone to the one that took its place, or parks it on the recorder until one
 * does. Never to what loses something: whoever presses Enter once too often stays safe.
 */
function keepFocus(root: HTMLElement, before: Element | null): void {
  const isLost = before === root || (before instanceof HTMLElement && root.contains(before) && !isSeen(before));
  if (!isLost) return;
  const controls = root.querySelectorAll<HTMLElement>('[data-part="skip"], [data-part="controls"] > button, [data-part="copy"]');
  (Array.from(controls).find(isSeen) ?? root).focus({ preventScroll: true });
}

function isSeen(element: HTMLElement): boolean {
  return element.closest("[hidden]") === null && !element.matches(":disabled");
}

/** The person's choice as the form holds it. */
export function readChoice(root: HTMLElement): Choice {
  const checked = (name: string): string | undefined =>
    root.querySelector<HTMLInputElement>(`input[name="${name}"]:checked`)?.value;
  const bubble: Bubble = {
    corner: CORNERS.find((corner) => corner === checked("corner")) ?? "bottom-left",
    size: BUBBLE_SIZES.find((size) => size === checked("size")) ?? "medium",
  };
  return {
    mode: MODES.find((mode) => mode === checked("mode")) ?? "camera",
    microphone: root.querySelector<HTMLInputElement>('input[name="microphone"]')?.checked ?? true,
    bubble,
  };
}
