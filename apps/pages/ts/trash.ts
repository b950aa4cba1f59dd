/** The trash: Restore, Delete for good and Empty trash, the last two after a question. */
import { ApiError, makeApi } from "../../core/ts/api.ts";
import { failureSentence } from "../../core/ts/failure.ts";
import { readTexts } from "../../core/ts/texts.ts";
import { videoPath } from "../../videos/ts/api-paths.ts";
import { mountMore } from "./library/more.ts";

const trash = document.querySelector<HTMLElement>("[data-trash]")!;
const announcer = document.querySelector<HTMLElement>("[data-announce]")!;
const dialog = document.querySelector<HTMLDialogElement>("[data-delete-dialog]")!;
const confirm = dialog.querySelector<HTMLButtonElement>("[data-confirm]")!;
const complaint = dialog.querySelector<HTMLElement>("[data-error]")!;
const texts = readTexts();
const api = makeApi();

const SHOWN_MS = 4000; // a short sentence, read once
let fading = 0;
let doing: (() => Promise<void>) | null = null;
let busy = false;
let total = Number(trash.dataset["total"]);

function announce(sentence: string): void {
  announcer.textContent = sentence;
  clearTimeout(fading);
  fading = window.setTimeout(() => (announcer.textContent = ""), SHOWN_MS);
}

/** Does it, and takes "there is no such thing any more" for done: another tab, or somebody else, was quicker. */
async function makeSo(path: string, method: "POST" | "DELETE"): Promise<void> {
  try {
    await api.ask(path, { method });
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}

function takeOff(row: HTMLElement): void {
  const neighbour = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector<HTMLElement>("[data-restore]");
  row.remove();
  total -= 1;
  if (!trash.querySelector("[data-card]")) {
    if (trash.querySelector("[data-more]")) location.reload();
    else showEmpty();
  }
  (neighbour ?? trash.querySelector<HTMLElement>("h1"))!.focus();
}

function showEmpty(): void {
  trash.querySelector("[data-cards]")?.remove();
  trash.querySelector("[data-more]")?.closest("p")?.remove();
  trash.querySelector<HTMLElement>("[data-empty-trash]")!.hidden = true;
  trash.querySelector<HTMLElement>("[data-empty]")!.hidden = false;
}

async function restore(row: HTMLElement): Promise<void> {
  if (row.ariaBusy === "true") return;
  row.ariaBusy = "true";
  try {
    await makeSo(`${videoPath(row.dataset["videoId"]!)}restore/`, "POST");
    takeOff(row);
    announce(texts("restored"));
  } catch (error) {
    announce(failureSentence(error, texts));
  } finally {
    row.ariaBusy = null;
  }
}

function ask(question: { title: string; name: string; what: string }, act: () => Promise<void>): void {
  dialog.querySelector("[data-delete-title]")!.textContent = question.title;
  dialog.querySelector("[data-delete-name]")!.textContent = question.name;
  dialog.querySelector("[data-delete-what]")!.textContent = question.what;
  complaint.hidden = true;
  doing = act;
  dialog.showModal();
}

trash.addEventListener("click", (event) => {
  const target = event.target as Element;
  const row = target.closest<HTMLElement>("[data-card]");
  if (row && target.closest("[data-restore]")) void restore(row);
  if (row && target.closest("[data-delete]")) {
    const name = row.querySelector("[data-title]")!.textContent ?? "";
    ask({ title: texts("delete_title"), name, what: texts("delete_what") }, async () => {
      await makeSo(`/trash/${encodeURIComponent(row.dataset["videoId"]!)}/`, "DELETE");
      dialog.close();
      takeOff(row);
      announce(texts("gone"));
    });
  }
  if (target.closest("[data-empty-trash]")) {
    ask({ title: texts("empty_title"), name: "", what: texts("empty_what", { count: total }) }, async () => {
      const until = encodeURIComponent(trash.dataset["until"]!);
      await makeSo(`/trash/?until=${until}`, "DELETE");
      dialog.close();
      showEmpty();
      trash.querySelector<HTMLElement>("h1")!.focus();
      announce(texts("emptied"));
    });
  }
});

confirm.addEventListener("click", () => {
  if (busy || !doing) return;
  busy = true;
  complaint.hidden = true;
  doing()
    .catch((error: unknown) => {
      complaint.textContent = failureSentence(error, texts);
      complaint.hidden = false;
    })
    .finally(() => (busy = false));
});

mountMore(trash, { texts, announce, whisper: announce });
