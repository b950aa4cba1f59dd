/** Copying a link, with an answer: the button says "Copied" for a moment, and a screen reader hears it. */

const SHOWN_MS = 2500; // long enough to be read, short enough to be gone when the eye comes back

/** Puts `text` on the clipboard. Returns false where the browser refuses. */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused without a fresh gesture, or by policy: the old way may still work.
    }
  }
  // On a plain http address there is no navigator.clipboard.
  const box = document.createElement("textarea");
  box.value = text;
  box.readOnly = true;
  box.style.position = "fixed";
  box.style.opacity = "0";
  const focused = document.activeElement;
  (document.querySelector("dialog[open]") ?? document.body).append(box);
  box.select();
  const copied = document.execCommand("copy");
  box.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return copied;
}

/**
 * Makes every [data-copy] button inside `root` copy its value, a whole address or a token, as it is. Returns an undo.
 * Its child [data-copy-label] shows `copied` for a moment; where copying fails, `failed` gets the text to show it.
 */
export function mountCopyButtons(
  root: HTMLElement,
  options: { copied: string; failed: (text: string) => void; announce: (sentence: string) => void },
): () => void {
  const timers = new Map<HTMLElement, { timer: number; label: string }>();
  const onClick = async (event: Event): Promise<void> => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
    if (!button) return;
    const text = button.dataset["copy"]!;
    if (!(await copyText(text))) {
      options.failed(text);
      return;
    }
    options.announce(options.copied);
    const label = button.querySelector<HTMLElement>("[data-copy-label]");
    if (!label) return;
    const shown = timers.get(label);
    if (shown) clearTimeout(shown.timer);
    const original = shown?.label ?? label.textContent ?? "";
    label.textContent = options.copied;
    button.dataset["copied"] = "";
    const timer = window.setTimeout(() => {
      label.textContent = original;
      delete button.dataset["copied"];
      timers.delete(label);
    }, SHOWN_MS);
    timers.set(label, { timer, label: original });
  };
  const listener = (event: Event): void => void onClick(event);
  root.addEventListener("click", listener);
  return () => {
    root.removeEventListener("click", listener);
    for (const { timer } of timers.values()) clearTimeout(timer);
  };
}
