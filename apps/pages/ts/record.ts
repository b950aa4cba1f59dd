/** The page /record/: makes the recorder work, or says plainly why it cannot. */
import { makeApi } from "../../core/ts/api.ts";
import { mountCopyButtons } from "../../core/ts/copy.ts";
import { readTexts } from "../../core/ts/texts.ts";
import { UploadClient } from "../../uploads/ts/client.ts";
import { putPart } from "../../uploads/ts/put.ts";
import { canShareScreens, lacksForRecording } from "../../videos/ts/recorder/devices.ts";
import { type Event as RecordEvent, wouldLose } from "../../videos/ts/recorder/state.ts";
import { RecordSession } from "./record/session.ts";
import { makeView, readChoice } from "./record/view.ts";

/** How often the elapsed time is looked at, so that no second is skipped. */
const ELAPSED_EVERY_MS = 250;

/** What the buttons ask for, by their [data-do]. */
const EVENTS: Readonly<Record<string, RecordEvent>> = {
  preview: { type: "preview" },
  start: { type: "start" },
  skip: { type: "skip" },
  pause: { type: "pause" },
  resume: { type: "resume" },
  stop: { type: "stop" },
  start_over: { type: "start_over" },
  retry: { type: "retry" },
};

/** Makes the recorder inside `root` work. Returns an undo, which ends whatever is being recorded. */
export function mountRecorder(root: HTMLElement): () => void {
  const lack = lacksForRecording();
  if (lack) {
    const notice = root.parentElement?.querySelector<HTMLElement>(`[data-lack="${lack}"]`);
    if (notice) notice.hidden = false;
    return () => undefined;
  }
  root.hidden = false;
  if (!canShareScreens()) offerCameraOnly(root);
  const texts = readTexts();
  const view = makeView(root, texts);
  const dialog = root.querySelector<HTMLDialogElement>('[data-part="discard-dialog"]') as HTMLDialogElement;
  const session: RecordSession = new RecordSession({
    client: new UploadClient(makeApi()),
    put: putPart,
    worker_url: root.dataset["worker"] ?? "",
    choice: readChoice(root),
    onChange: () => {
      view.render(session);
      if (!isDiscardable(session)) dialog.close();
    },
  });
  const onClick = (event: MouseEvent): void => {
    const button = (event.target as Element).closest<HTMLElement>("[data-do]");
    // The second click of a double click was meant for the button that has just gone from here.
    if (!button || event.detail > 1) return;
    const asked = button.dataset["do"] ?? "";
    const known = EVENTS[asked];
    if (known) session.send(known);
    else if (asked === "ask_discard") askDiscard(session, dialog);
    else if (asked === "done") leave(root, session);
  };
  const onDialogClose = (): void => {
    if (dialog.returnValue === "discard") session.send({ type: "discard" });
    dialog.returnValue = "";
  };
  const onChoose = (): void => {
    session.choose(readChoice(root));
    view.render(session);
  };
  const onBeforeUnload = (event: BeforeUnloadEvent): void => {
    if (wouldLose(session.state)) event.preventDefault();
  };
  const onOnline = (): void => session.wake();
  const onVisible = (): void => {
    if (!document.hidden) session.wake(); // Perhaps from signing in again in another tab.
  };
  const undoCopy = mountCopyButtons(root, {
    copied: texts("copied"),
    failed: () => root.querySelector<HTMLInputElement>('[data-part="link"]')?.select(),
    announce: (sentence) => {
      const announcer = root.querySelector('[data-part="announcer"]');
      if (announcer) announcer.textContent = sentence;
    },
  });
  const clock = setInterval(() => view.renderElapsed(session), ELAPSED_EVERY_MS);
  root.addEventListener("click", onClick);
  root.addEventListener("change", onChoose);
  dialog.addEventListener("close", onDialogClose);
  window.addEventListener("beforeunload", onBeforeUnload);
  window.addEventListener("online", onOnline);
  document.addEventListener("visibilitychange", onVisible);
  view.render(session);
  return () => {
    clearInterval(clock);
    undoCopy();
    root.removeEventListener("click", onClick);
    root.removeEventListener("change", onChoose);
    dialog.removeEventListener("close", onDialogClose);
    window.removeEventListener("beforeunload", onBeforeUnload);
    window.removeEventListener("online", onOnline);
    document.removeEventListener("visibilitychange", onVisible);
    session.close();
  };
}

function offerCameraOnly(root: HTMLElement): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-needs-screen]")) element.remove();
  const camera = root.querySelector<HTMLInputElement>('input[name="mode"][value="camera"]');
  if (camera) camera.checked = true;
  const notice = root.querySelector<HTMLElement>('[data-part="no-screens"]');
  if (notice) notice.hidden = false;
}

/** Nothing was said yet in the countdown, so nothing is asked there. */
function askDiscard(session: RecordSession, dialog: HTMLDialogElement): void {
  if (session.state.name === "countdown") session.send({ type: "discard" });
  else if (!dialog.open) dialog.showModal();
}

function isDiscardable(session: RecordSession): boolean {
  return ["recording", "paused", "finishing", "stuck"].includes(session.state.name);
}

function leave(root: HTMLElement, session: RecordSession): void {
  const pattern = root.dataset["watch"] ?? "";
  if (session.video) location.assign(pattern.replace("_id_", encodeURIComponent(session.video.id)));
}

const root = document.querySelector<HTMLElement>("[data-recorder]");
if (root) mountRecorder(root);
