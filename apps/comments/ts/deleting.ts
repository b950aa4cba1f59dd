/** Asks before a comment is deleted, and says in the same place when that did not work. */
import { failureSentence } from "../../core/ts/failure.ts";
import type { Texts } from "../../core/ts/texts.ts";

/** Shows the question; `remove` is called when the answer is yes, and the dialog closes once it has resolved. */
export function askToDelete(dialog: HTMLDialogElement, texts: Texts, remove: () => Promise<void>): void {
  const complaint = dialog.querySelector<HTMLElement>("[data-error]")!;
  const confirm = dialog.querySelector<HTMLButtonElement>("[data-confirm]")!;
  complaint.hidden = true;
  confirm.onclick = () => {
    if (confirm.getAttribute("aria-disabled") === "true") return;
    confirm.setAttribute("aria-disabled", "true");
    remove()
      .then(
        () => dialog.close(),
        (error: unknown) => {
          complaint.textContent = failureSentence(error, texts);
          complaint.hidden = false;
        },
      )
      .finally(() => confirm.removeAttribute("aria-disabled"));
  };
  dialog.showModal();
}
