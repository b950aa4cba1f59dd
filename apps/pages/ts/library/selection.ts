/** Select: check boxes on the cards, and a bar that says how many and deletes them after one question. */
import type { Texts } from "../../../core/ts/texts.ts";
import type { Deleting } from "./deleting.ts";

export function mountSelection(library: HTMLElement, { texts, deleting }: { texts: Texts; deleting: Deleting }): () => void {
  const begin = library.querySelector<HTMLButtonElement>("[data-select]");
  if (!begin) return () => {};
  const bar = library.querySelector<HTMLElement>("[data-selection]")!;
  const count = bar.querySelector<HTMLElement>("[data-selection-count]")!;
  const remove = bar.querySelector<HTMLButtonElement>("[data-delete-selected]")!;
  const all = bar.querySelector<HTMLButtonElement>("[data-select-all]")!;
  const stop = new AbortController();
  const { signal } = stop;
  let last: HTMLInputElement | null = null;

  const boxes = (): HTMLInputElement[] => [...library.querySelectorAll<HTMLInputElement>("[data-choice] input")];
  const isOn = (): boolean => !bar.hidden;

  function show(): void {
    const chosen = boxes().filter((box) => box.checked);
    count.textContent = chosen.length === 0 ? texts("selected_none") : texts("selected", { count: chosen.length });
    remove.disabled = chosen.length === 0;
    all.disabled = boxes().length === chosen.length;
    begin!.hidden = isOn() || boxes().length === 0;
  }

  function start(): void {
    library.dataset["selecting"] = "";
    bar.hidden = false;
    show();
    boxes()[0]?.focus();
  }

  function end(): void {
    delete library.dataset["selecting"];
    bar.hidden = true;
    for (const box of boxes()) box.checked = false;
    last = null;
    show();
    if (!begin!.hidden) begin!.focus();
  }

  begin.addEventListener("click", start, { signal });
  bar.querySelector("[data-select-end]")!.addEventListener("click", end, { signal });
  all.addEventListener(
    "click",
    () => {
      for (const box of boxes()) box.checked = true;
      show();
    },
    { signal },
  );
  remove.addEventListener(
    "click",
    () => {
      const cards = boxes().filter((box) => box.checked).map((box) => box.closest<HTMLElement>("[data-card]")!);
      deleting.ask(cards, ({ stayed }) => (stayed.length === 0 ? finish() : show()));
    },
    { signal },
  );
  // Ends without taking the focus from where deleting has put it.
  function finish(): void {
    const focused = document.activeElement;
    end();
    if (focused instanceof HTMLElement && focused !== document.body) focused.focus();
  }
  library.addEventListener(
    "click",
    (event) => {
      const target = event.target as HTMLElement;
      if (!(target instanceof HTMLInputElement) || !target.closest("[data-choice]")) return;
      if (event.shiftKey && last && last !== target) {
        const row = boxes();
        const [from, to] = [row.indexOf(last), row.indexOf(target)].sort((a, b) => a - b) as [number, number];
        for (const box of row.slice(from, to + 1)) box.checked = target.checked;
      }
      last = target;
      show();
    },
    { signal },
  );
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape" && isOn() && !document.querySelector("dialog[open]")) end();
    },
    { signal },
  );
  library.addEventListener("cards-added", show, { signal });
  library.addEventListener("cards-removed", show, { signal });
  show();
  return () => stop.abort();
}
