/** Asks before much that is uploaded would be deleted. */
import type { Texts } from "../../../core/ts/texts.ts";
import { formatSize } from "./sentences.ts";

/** Below this it is sent again in a minute on any line, and a question would only be in the way. */
export const ASKS_FROM_BYTES = 20_000_000;

/** Returns what asks: it resolves with true when the `lost_bytes` uploaded of `name` may be deleted. */
export function makeAsking(dialog: HTMLDialogElement, texts: Texts): (name: string, lost_bytes: number) => Promise<boolean> {
  const find = (part: string): HTMLElement => dialog.querySelector<HTMLElement>(`[data-part="${part}"]`) as HTMLElement;
  return (name, lost_bytes) => {
    if (lost_bytes < ASKS_FROM_BYTES) return Promise.resolve(true);
    if (dialog.open) return Promise.resolve(false);
    find("doomed-name").textContent = name;
    find("doomed-loss").textContent = texts("would_lose", { size: formatSize(lost_bytes, document.documentElement.lang || "en") });
    dialog.returnValue = ""; // Escape must not give the last answer again
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "delete"), { once: true });
    });
  };
}
