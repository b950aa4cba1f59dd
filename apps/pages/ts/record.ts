/** The page /record/: makes the recorder work, or says plainly why it cannot. */
import { makeApi } from "../../core/ts/api.ts";
import { mountCopyButtons } from "../../core/ts/copy.ts";
import { keptUnder } from "../../core/ts/keeping.ts";
import { mountKeys } from "../../core/ts/keys.ts";
import { partOf, setText } from "../../core/ts/parts.ts";
import { readTexts } from "../../core/ts/texts.ts";
import { UploadClient } from "../../uploads/ts/client.ts";
import { putPart } from "../../uploads/ts/put.ts";
import { fileNameOf, saveAs } from "../../uploads/ts/saving.ts";
import { giveSignsOfLife } from "../../uploads/ts/signs-of-life.ts";
import { SpoolDatabase } from "../../uploads/ts/spool-database.ts";
import { canShareScreens, lacksForRecording } from "../../videos/ts/recorder/devices.ts";
import { parsePreferences, toPreferences } from "../../videos/ts/recorder/preferences.ts";
import { wouldLose } from "../../videos/ts/recorder/state.ts";
import { makeAwake } from "./record/awake.ts";
import { makeClicks } from "./record/buttons.ts";
import { mountEnding } from "./record/ending.ts";
import { canFloat, makeFloat } from "./record/float.ts";
import { chosenLabels, fillForm, readChoice } from "./record/form.ts";
import { mountLevel } from "./record/level.ts";
import { mountNotes } from "./record/notes.ts";
import { mountPickers } from "./record/pickers.ts";
import { mountQuestion } from "./record/question.ts";
import { saying, shortSentences, titleSentence } from "./record/sentences.ts";
import { RecordSession } from "./record/session.ts";
import { mountShortcuts } from "./record/shortcuts.ts";
import { makeView, watchPath } from "./record/view.ts";

/** How often the elapsed time is looked at, so that no second is skipped. */
const ELAPSED_EVERY_MS = 250;

/** Makes the recorder inside `root` work. Returns an undo, which ends whatever is being recorded. */
export function mountRecorder(root: HTMLElement): () => void {
  const lack = lacksForRecording();
  const notice = lack && root.parentElement?.querySelector<HTMLElement>(`[data-lack="${lack}"]`);
  if (notice) notice.hidden = false;
  if (lack) return () => undefined;
  root.hidden = false;
  const texts = readTexts();
  const say = saying(texts);
  const ownTitle = document.title;
  const settings = keptUnder("recorder:settings", () => window.localStorage);
  const remembered = parsePreferences(settings.read());
  fillForm(root, remembered);
  if (!canShareScreens()) offerCameraOnly(root);
  let isMade = false; // Until then nothing is there to be rendered.
  const pickers = mountPickers(root, { texts, remembered, onFilled: () => isMade && render() });
  const view = makeView(root, texts, () => pickers.has_names);
  const awake = makeAwake();
  const client = new UploadClient(makeApi());
  let hadDevices = false;
  let isSilent = false;
  const session: RecordSession = new RecordSession({
    client,
    put: putPart,
    worker_url: root.dataset["worker"] ?? "",
    person: root.dataset["person"] ?? "",
    database: SpoolDatabase.open(),
    giveSignsOfLife: (give) => giveSignsOfLife(root.dataset["ticking"] ?? "", give),
    choice: readChoice(root),
    onChange: () => render(),
  });
  const render = (): void => {
    view.render(session);
    awake.render(session);
    question.render();
    ending.render();
    float.render();
    retitle();
    floatButton.hidden = !canFloat() || float.is_open || session.camera === null;
    const hasDevices = session.stream !== null;
    if (hasDevices && !hadDevices) pickers.refresh();
    hadDevices = hasDevices;
  };
  /** Few words for who presents, and sees of this page its small window or its tab's title alone. */
  const warning = (): string => {
    const { lost, is_camera_dark } = session;
    return shortSentences({ lost, is_camera_dark, is_silent: isSilent }).map(say).join(" · ");
  };
  const retitle = (): void => {
    const title = titleSentence(session.state);
    const wanted = title ? [warning(), say(title)].filter(Boolean).join(" · ") : ownTitle;
    if (document.title !== wanted) document.title = wanted;
  };
  const question = mountQuestion(partOf<HTMLDialogElement>(root, "question"), session);
  const ending = mountEnding(root, session, { client, texts, open: (video_id) => location.assign(watchPath(root, video_id)) });
  const onClick = makeClicks(root, session, {
    use_camera: () => void session.use("camera"),
    use_microphone: () => void session.use("microphone"),
    ask_start_over: () => question.ask("start_over"),
    ask_discard: () => question.ask("discard"),
    done: () => void ending.finish(),
    float: () => void float.open(),
    save: () => void save(),
  });
  const save = async (): Promise<void> => {
    const bytes = await session.copy().catch(() => null);
    if (bytes) saveAs(bytes, fileNameOf(texts("file"), new Date(), bytes.type));
    setText(partOf(root, "save-said"), bytes ? "" : texts("save_failed"));
  };
  const floatButton = partOf<HTMLButtonElement>(root, "float-button");
  const float = makeFloat(partOf<HTMLTemplateElement>(document, "float-template"), session, { onClick, warning, onChange: () => render() });
  isMade = true;
  const onChoose = (): void => {
    session.choose(readChoice(root));
    render();
    settings.write(JSON.stringify(toPreferences(session.choice, chosenLabels(root))));
  };
  const onBeforeUnload = (event: BeforeUnloadEvent): void => {
    if (wouldLose(session.state) || ending.would_lose) event.preventDefault();
  };
  const onOnline = (): void => {
    session.wake();
    ending.wake();
  };
  const onVisible = (): void => {
    if (!document.hidden) onOnline(); // Perhaps from signing in again in another tab.
  };
  const keys = mountKeys(document, () => undefined);
  const undoing = [
    () => keys.undo(),
    mountCopyButtons(root, {
      copied: texts("copied"),
      failed: () => partOf<HTMLInputElement>(root, "link").select(),
      announce: (sentence) => setText(partOf(root, "announcer"), sentence),
    }),
    mountLevel(partOf(root, "level"), session, (isSilentNow) => {
      isSilent = isSilentNow;
      setText(partOf(root, "silent"), isSilent ? texts("silent") : "");
      render();
    }),
    mountNotes(root, keptUnder(`recorder:notes:${root.dataset["person"] ?? ""}`, () => window.localStorage)),
    mountShortcuts(document, {
      state: () => session.state,
      are_on: () => keys.areOn,
      send: (event) => session.send(event),
    }),
  ];
  const clock = setInterval(() => {
    view.renderElapsed(session);
    float.renderElapsed();
  }, ELAPSED_EVERY_MS);
  root.addEventListener("click", onClick);
  root.addEventListener("change", onChoose);
  window.addEventListener("beforeunload", onBeforeUnload);
  window.addEventListener("online", onOnline);
  document.addEventListener("visibilitychange", onVisible);
  render();
  return () => {
    clearInterval(clock);
    for (const undo of undoing) undo();
    root.removeEventListener("click", onClick);
    root.removeEventListener("change", onChoose);
    window.removeEventListener("beforeunload", onBeforeUnload);
    window.removeEventListener("online", onOnline);
    document.removeEventListener("visibilitychange", onVisible);
    question.close();
    ending.close();
    float.close();
    document.title = ownTitle;
    pickers.close();
    awake.close();
    session.close();
  };
}

function offerCameraOnly(root: HTMLElement): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-needs-screen]")) element.remove();
  const camera = root.querySelector<HTMLInputElement>('input[name="mode"][value="camera"]');
  if (camera) camera.checked = true;
  partOf(root, "no-screens").hidden = false;
}

const root = document.querySelector<HTMLElement>("[data-recorder]");
if (root) mountRecorder(root);
