/**
 * The library: rename in place, delete one or several with a question, Copy link, Show more below, cards that follow
 * what is still being made, and previews that move.
 */
import { makeApi } from "../../core/ts/api.ts";
import { mountCopyButtons } from "../../core/ts/copy.ts";
import { readTexts } from "../../core/ts/texts.ts";
import { mountCards } from "./library/cards.ts";
import { mountDeleting } from "./library/deleting.ts";
import { mountFollowing } from "./library/following.ts";
import { mountMore } from "./library/more.ts";
import { mountPreviews } from "./library/previews.ts";
import { mountSelection } from "./library/selection.ts";

const library = document.querySelector<HTMLElement>("[data-library]")!;
const announcer = document.querySelector<HTMLElement>("[data-announce]")!;
const whisper = document.querySelector<HTMLElement>("[data-whisper]")!;
const texts = readTexts();
const api = makeApi();

const SHOWN_MS = 4000; // a short sentence, read once
let fading = 0;

function announce(sentence: string): void {
  announcer.textContent = sentence;
  clearTimeout(fading);
  fading = window.setTimeout(() => (announcer.textContent = ""), SHOWN_MS);
}

const deleting = mountDeleting(library, { api, texts, announce });
mountCards(library, { api, texts, deleting, announce });
mountSelection(library, { texts, deleting });
mountMore(library, { texts, announce, whisper: (sentence) => (whisper.textContent = sentence) });
mountFollowing(library, { api, texts });
mountPreviews(library);

const linkDialog = document.querySelector<HTMLDialogElement>("[data-link-dialog]")!;
mountCopyButtons(library, {
  copied: texts("copied"),
  // The button itself shows it; this is for the ear.
  announce: (sentence) => (whisper.textContent = sentence),
  failed(link) {
    const box = linkDialog.querySelector<HTMLInputElement>("[data-link-text]")!;
    box.value = link;
    linkDialog.showModal();
    box.select();
  },
});
