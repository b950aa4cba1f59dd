/**
 * The list of colleagues that opens while one types "@" and a piece of a name.
 *
 * The focus stays in the text (the pattern of an editable combobox): arrows walk, Enter or Tab takes, Escape closes
 * the list alone. What was taken is remembered with its id, for two colleagues may have the same name.
 */
import { type Colleague, type Query, inserted, matching, queryAt, stillNamed } from "./mention-search.ts";

export interface MentionPicker {
  /** Those whom the text names now. */
  named(): Colleague[];
  undo(): void;
}

export interface MentionPickerOptions {
  readonly list: HTMLElement;
  /** Whom a draft that is taken up again has named. */
  readonly chosen: readonly Colleague[];
  /** Resolves with colleagues whose name contains the piece. */
  find(piece: string): Promise<Colleague[]>;
  /** The text was changed by taking a name. */
  onTaken(): void;
}

const WAIT_MS = 120; // between a letter and its question
let lists = 0;

export function mountMentionPicker(text: HTMLTextAreaElement, options: MentionPickerOptions): MentionPicker {
  const { list } = options;
  const chosen = [...options.chosen];
  const id = `colleagues-${(lists += 1)}`;
  let query: Query | null = null;
  let shown: Colleague[] = [];
  let active = 0;
  let timer = 0;
  let asked = 0;

  list.id = id;
  text.setAttribute("aria-controls", id);
  text.setAttribute("aria-autocomplete", "list");

  function close(): void {
    clearTimeout(timer);
    asked += 1; // an answer that is still on its way opens nothing
    shown = [];
    query = null;
    show();
  }

  function show(): void {
    list.hidden = shown.length === 0;
    if (list.hidden) {
      text.removeAttribute("aria-activedescendant");
      list.replaceChildren();
      return;
    }
    list.replaceChildren(
      ...shown.map((person, index) => {
        const item = document.createElement("li");
        item.setAttribute("role", "option");
        item.id = `${id}-${index}`;
        item.dir = "auto";
        item.textContent = person.name;
        item.setAttribute("aria-selected", String(index === active));
        return item;
      }),
    );
    text.setAttribute("aria-activedescendant", `${id}-${active}`);
    list.children[active]!.scrollIntoView({ block: "nearest" });
  }

  function take(index: number): void {
    const person = shown[index];
    if (!person || !query) return;
    const now = inserted(text.value, text.selectionStart, query, person.name);
    if (!chosen.some((known) => known.id === person.id)) chosen.push(person);
    text.value = now.text;
    text.setSelectionRange(now.caret, now.caret);
    close();
    text.focus();
    options.onTaken();
  }

  const onInput = (): void => {
    const asking = queryAt(text.value, text.selectionStart);
    if (!asking) {
      if (query) close();
      return;
    }
    query = asking;
    clearTimeout(timer);
    const number = (asked += 1);
    timer = window.setTimeout(() => {
      options.find(asking.text.trim().split(/\s/)[0] ?? "").then(
        (people) => {
          if (number !== asked) return;
          shown = matching(people, asking.text.trim());
          active = 0;
          show();
        },
        () => close(), // without a connection one types the name oneself
      );
    }, WAIT_MS);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (list.hidden || event.isComposing) return;
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const move = moves[event.key];
    if (move !== undefined) {
      active = (active + move + shown.length) % shown.length;
      show();
    } else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") take(active);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onPointer = (event: Event): void => {
    event.preventDefault(); // the focus stays in the text, and a phone's keyboard open
    take([...list.children].indexOf((event.target as Element).closest("li")!));
  };
  text.addEventListener("input", onInput);
  text.addEventListener("keydown", onKey, { capture: true });
  text.addEventListener("blur", close);
  list.addEventListener("pointerdown", onPointer);
  close();

  return {
    named: () => stillNamed(chosen, text.value),
    undo() {
      close();
      text.removeEventListener("input", onInput);
      text.removeEventListener("keydown", onKey, { capture: true });
      text.removeEventListener("blur", close);
      list.removeEventListener("pointerdown", onPointer);
    },
  };
}
