/** The page /upload/: takes files that are dropped or picked, and uploads them in order, each with its own row. */
import { ApiError, makeApi } from "../../core/ts/api.ts";
import { mountCopyButtons } from "../../core/ts/copy.ts";
import { readTexts } from "../../core/ts/texts.ts";
import { UploadClient } from "../../uploads/ts/client.ts";
import { Paused } from "../../uploads/ts/errors.ts";
import { FileUpload } from "../../uploads/ts/file-upload.ts";
import { type FileEvent, type FileState, next, toStart, WAITING, wouldLose, wouldStop } from "../../uploads/ts/file-state.ts";
import { inLanes } from "../../uploads/ts/lanes.ts";
import { type PassedOver, type PickedVideo, sortOut } from "../../uploads/ts/picking.ts";
import { putPart } from "../../uploads/ts/put.ts";
import { Waiter } from "../../uploads/ts/retry.ts";
import { bytesPerSecond, measured, secondsLeft, type Speed } from "../../uploads/ts/speed.ts";
import { captionName } from "../../videos/ts/captions.ts";
import { makeAsking } from "./upload/asking.ts";
import { CaptionQueue } from "./upload/captions.ts";
import { fromInput, type Gathered, mountDropping, type PickedFile } from "./upload/gathering.ts";
import { mountPassedOver } from "./upload/passed-over.ts";
import { makeRow, type Row } from "./upload/row.ts";
import { errorSentence, NO_PACE, type Pace } from "./upload/sentences.ts";
import { waitForSignIn } from "./upload/signing-in.ts";
import { mountUnfinished } from "./upload/unfinished.ts";

interface Item {
  readonly file: File;
  readonly upload: FileUpload;
  readonly captions: CaptionQueue;
  readonly row: Row;
  videoId: string | null;
  /** An unfinished file of its size was another one: told as long as the row stands. */
  differs: boolean;
  state: FileState;
  speed: Speed;
  pace: Pace;
  paced_at_ms: number;
}

/** How often the speed and the time left change on the page: numbers that jump make nobody calm. */
const PACE_EVERY_MS = 2_000;

/** Makes the upload page inside `root` work. Returns an undo; what is going up then ends with the page. */
export function mountUploads(root: HTMLElement): () => void {
  if (!globalThis.crypto?.subtle) {
    const notice = root.parentElement?.querySelector<HTMLElement>('[data-lack="insecure"]');
    if (notice) notice.hidden = false;
    return () => undefined;
  }
  root.hidden = false;
  const texts = readTexts();
  const language = document.documentElement.lang || "en";
  const api = makeApi();
  const client = new UploadClient(api);
  const put = inLanes(putPart);
  const waiter = new Waiter();
  const ended = new AbortController();
  const find = <T extends HTMLElement>(name: string): T => root.querySelector<T>(`[data-part="${name}"]`) as T;
  const files = find<HTMLInputElement>("files");
  const folder = find<HTMLInputElement>("folder");
  const list = find("list");
  const template = find<HTMLTemplateElement>("row");
  const announcer = find("announcer");
  const announce = (sentence: string): void => {
    announcer.textContent = sentence;
  };
  const mayDelete = makeAsking(document.querySelector<HTMLDialogElement>('[data-part="cancel-dialog"]')!, texts);
  const passedOver = mountPassedOver(find("passed"), texts);
  const items: Item[] = [];
  let signedOut = false;
  let stopWaiting = (): void => undefined;

  const unfinished = mountUnfinished(find("unfinished"), {
    client,
    texts,
    announce,
    mayDelete,
    pick: () => files.click(),
    own: () => new Set(items.map((item) => item.upload.uploadId).filter((id) => id !== null)),
  });

  const render = (item: Item): void => {
    const { state, pace, upload } = item;
    item.row.render(state, { pace, signedOut, video: upload.video, notes: notesOf(item) });
  };
  const summarize = (): void => {
    const kept = items.filter((item) => item.state.name !== "cancelled");
    const done = kept.filter((item) => item.state.name === "done").length;
    find("queue").hidden = items.length === 0;
    find("summary").textContent = kept.length > 1 ? texts("summary", { done, count: kept.length }) : "";
  };

  const notesOf = (item: Item): string[] => {
    const notes: string[] = [];
    if (item.differs) notes.push(texts("differs"));
    const names: string[] = [];
    for (const { file, state } of item.captions.all) {
      if (state === "added") names.push(captionName({ language: file.language, label: "" }, language, texts("captions_unnamed")));
      else if (state !== "waiting") {
        const why = errorSentence(state.failed, "failed");
        notes.push(texts("captions_failed", { name: file.picked.file.name, reason: "said" in why ? why.said : "" }));
      }
    }
    if (names.length > 0) notes.unshift(texts("captions_added", { names: new Intl.ListFormat(language).format(names) }));
    return notes;
  };

  const move = (item: Item, event: FileEvent): void => {
    const before = item.state;
    item.state = next(before, event);
    if (item.state === before) return;
    if (event.type === "progressed") {
      item.differs ||= event.progress.differs;
      keepPace(item);
    } else {
      item.speed = [];
      item.pace = NO_PACE;
    }
    render(item);
    if (item.state.name === before.name) return;
    if (item.state.name !== "sending") announce(item.row.summary());
    summarize();
    startNext();
  };

  const keepPace = (item: Item): void => {
    const progress = item.state.name === "sending" ? item.state.progress : null;
    if (progress?.stage !== "sending" || progress.trouble) {
      item.speed = [];
      item.pace = NO_PACE;
      return;
    }
    const now = performance.now();
    item.speed = measured(item.speed, now, progress.sent_bytes);
    if (now - item.paced_at_ms < PACE_EVERY_MS) return;
    item.paced_at_ms = now;
    const left_s = secondsLeft(item.speed, progress.total_bytes - progress.sent_bytes);
    item.pace = { bytes_per_s: bytesPerSecond(item.speed), left_s };
  };

  const startNext = (): void => {
    if (signedOut) return;
    for (const place of toStart(items.map((item) => item.state))) start(items[place] as Item);
  };
  const start = (item: Item): void => {
    item.state = next(item.state, { type: "started" });
    render(item);
    item.upload.run().then(
      () => move(item, { type: "completed" }),
      (error: unknown) => {
        if (error instanceof Paused) return;
        if (isSignedOut(error)) hold(item);
        else move(item, { type: "failed", error });
      },
    );
  };

  const isSignedOut = (error: unknown): boolean => error instanceof ApiError && error.status === 401;
  /** Nothing goes on without a session: each file takes its place again and all wait for it. */
  const hold = (item: Item | null): void => {
    if (!signedOut) {
      signedOut = true;
      find("signed-out").hidden = false;
      stopWaiting = waitForSignIn(() => client.unfinished(), goOn);
      items.forEach(render);
    }
    if (item) move(item, { type: "held" });
  };
  const goOn = (): void => {
    signedOut = false;
    find("signed-out").hidden = true;
    unfinished.refresh();
    items.forEach(render);
    for (const item of items) void addCaptions(item);
    startNext();
  };
  const addCaptions = async (item: Item): Promise<void> => {
    if (item.videoId === null || item.state.name === "cancelled") return;
    try {
      await item.captions.run(item.videoId, ended.signal);
    } catch (error) {
      if (isSignedOut(error)) hold(null);
    }
  };

  const add = ({ picked, captions }: PickedVideo<PickedFile>): void => {
    const { file } = picked;
    const item: Item = {
      file,
      row: makeRow(template, file, texts),
      captions: new CaptionQueue(captions, { api, waiter, onChange: () => render(item) }),
      videoId: null,
      differs: false,
      state: WAITING,
      speed: [],
      pace: NO_PACE,
      paced_at_ms: 0,
      upload: new FileUpload({
        file,
        client,
        put,
        unfinished: unfinished.current,
        claim: unfinished.claim,
        onProgress: (progress) => move(item, { type: "progressed", progress }),
        onVideo: (videoId) => {
          item.videoId = videoId;
          void addCaptions(item);
        },
      }),
    };
    items.push(item);
    list.append(item.row.element);
    render(item);
  };
  const isSame = (item: Item, file: File): boolean =>
    item.file.name === file.name && item.file.size === file.size && item.file.lastModified === file.lastModified;

  /** A file that failed and is picked again takes the place of the old one, and goes on with its upload. */
  const makeWay = (file: File): void => {
    const failed = items.find((item) => item.state.name === "failed" && item.file.name === file.name && item.file.size === file.size);
    if (!failed) return;
    items.splice(items.indexOf(failed), 1);
    failed.row.element.remove();
    if (failed.upload.uploadId !== null) unfinished.release(failed.upload.uploadId);
  };
  const take = ({ picked, passedOver: unopened }: Gathered): void => {
    const sorted = sortOut(picked);
    const passed: PassedOver[] = [...unopened, ...sorted.passedOver];
    for (const video of sorted.videos) {
      const { file, path } = video.picked;
      if (items.some((item) => ["waiting", "sending", "paused"].includes(item.state.name) && isSame(item, file))) {
        passed.push({ path, reason: "listed" });
        continue;
      }
      makeWay(file);
      add(video);
    }
    passedOver.show(passed);
    if (sorted.videos.length > 0) unfinished.refresh();
    summarize();
    startNext();
  };

  const onPick = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    take(fromInput(input));
    input.value = ""; // So that picking the same file again is noticed.
  };
  const cancel = async (item: Item): Promise<void> => {
    if (!(await mayDelete(item.file.name, wouldLose(item.state)))) return;
    if (item.state.name === "done") return; // it came to its end while the question was open
    move(item, { type: "cancel" });
    item.upload.cancel().catch(() => announce(texts("cancel_failed", { name: item.file.name })));
    files.focus(); // The row's own buttons are gone.
  };
  const onClick = (event: MouseEvent): void => {
    const button = (event.target as Element).closest<HTMLElement>("[data-do]");
    const item = items.find((candidate) => button && candidate.row.element.contains(button));
    if (!button || !item || event.detail > 1) return;
    if (button.dataset["do"] === "retry") move(item, { type: "retry" });
    if (button.dataset["do"] === "resume") move(item, { type: "resume" });
    if (button.dataset["do"] === "pause") {
      item.upload.pause();
      move(item, { type: "pause" });
    }
    if (button.dataset["do"] === "cancel") void cancel(item);
  };
  const onBeforeUnload = (event: BeforeUnloadEvent): void => {
    if (items.some((item) => wouldStop(item.state))) event.preventDefault();
  };
  const onOnline = (): void => {
    waiter.wake();
    items.forEach((item) => item.upload.wake());
  };
  const linkDialog = document.querySelector<HTMLDialogElement>("[data-link-dialog]")!;
  const undoCopy = mountCopyButtons(root, {
    copied: texts("copied"),
    announce,
    failed(link) {
      const box = linkDialog.querySelector<HTMLInputElement>("[data-link-text]")!;
      box.value = link;
      linkDialog.showModal();
      box.select();
    },
  });
  const undoDropping = mountDropping(find("pick"), (gathered) => void gathered.then(take));
  find("folder-choice").hidden = !("webkitdirectory" in folder);
  files.addEventListener("change", onPick);
  folder.addEventListener("change", onPick);
  root.addEventListener("click", onClick);
  window.addEventListener("beforeunload", onBeforeUnload);
  window.addEventListener("online", onOnline);
  return () => {
    ended.abort();
    stopWaiting();
    undoCopy();
    undoDropping();
    unfinished.undo();
    files.removeEventListener("change", onPick);
    folder.removeEventListener("change", onPick);
    root.removeEventListener("click", onClick);
    window.removeEventListener("beforeunload", onBeforeUnload);
    window.removeEventListener("online", onOnline);
  };
}

const root = document.querySelector<HTMLElement>("[data-uploads]");
if (root) mountUploads(root);
