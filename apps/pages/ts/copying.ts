/** Pages with links or tokens to copy: each stands in a field beside its button, to be marked where nothing may copy. */
import { mountCopyButtons } from "../../core/ts/copy.ts";
import { readTexts } from "../../core/ts/texts.ts";

/** Makes the Copy buttons inside `root` work. Returns an undo. */
export function mountCopying(root: HTMLElement): () => void {
  const texts = readTexts();
  const status = root.querySelector<HTMLElement>("[data-announce]");
  const announce = (sentence: string): void => {
    if (status) status.textContent = sentence;
  };
  const failed = (text: string): void => {
    const fields = root.querySelectorAll<HTMLInputElement>("[data-copied-text]");
    const field = [...fields].find((candidate) => candidate.value === text);
    field?.focus();
    field?.select();
    announce(texts("copy_by_hand"));
  };
  return mountCopyButtons(root, { copied: texts("copied"), failed, announce });
}

const root = document.querySelector<HTMLElement>("[data-copying]");
if (root) mountCopying(root);
