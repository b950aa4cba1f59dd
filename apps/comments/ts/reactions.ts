/** The emoji that people leave on a comment: one chip for each kind, pressed where one of them is one's own. */
import type { Texts } from "../../core/ts/texts.ts";
import type { CommentRow, CommentsApi, Reaction } from "./comment.ts";

export interface Kind {
  readonly emoji: string;
  readonly names: readonly string[];
  readonly mine: Reaction | null;
}

/** Returns the kinds among the reactions in the order in which each was first left. */
export function kindsOf(reactions: readonly Reaction[]): Kind[] {
  const kinds = new Map<string, { emoji: string; names: string[]; mine: Reaction | null }>();
  for (const reaction of reactions) {
    const kind = kinds.get(reaction.emoji) ?? { emoji: reaction.emoji, names: [], mine: null };
    kind.names.push(reaction.name);
    if (reaction.mine) kind.mine = reaction;
    kinds.set(reaction.emoji, kind);
  }
  return [...kinds.values()];
}

/** Shows a comment's reactions in its element; the last thing the server said of them. */
export function showReactions(element: HTMLElement, row: CommentRow, texts: Texts, canReact: boolean): void {
  const list = element.querySelector<HTMLElement>("[data-reactions]")!;
  const kinds = row.deleted_at === null ? kindsOf(row.reactions) : [];
  const template = document.getElementById("reaction-template") as HTMLTemplateElement;
  while (list.children.length > kinds.length) list.lastElementChild!.remove();
  while (list.children.length < kinds.length) list.append(template.content.cloneNode(true));
  kinds.forEach(({ emoji, names, mine }, index) => {
    const chip = list.children[index]!.querySelector<HTMLButtonElement>("[data-reaction]")!;
    chip.dataset["emoji"] = emoji;
    chip.querySelector("[data-reaction-emoji]")!.textContent = emoji;
    chip.querySelector("[data-reaction-count]")!.textContent = names.length > 1 ? String(names.length) : "";
    const words = texts("reaction", { emoji, names: names.join(", ") });
    chip.title = words;
    chip.setAttribute("aria-label", words);
    chip.setAttribute("aria-pressed", String(mine !== null));
    chip.disabled = !canReact;
  });
  list.hidden = kinds.length === 0;
  element.querySelector<HTMLElement>("[data-react]")!.hidden = !canReact;
  if (!canReact) closeChoice(element);
}

/** Opens or closes the few emoji to choose from, below a comment. */
export function toggleChoice(element: HTMLElement): void {
  const choice = element.querySelector<HTMLElement>("[data-choice]")!;
  choice.hidden = !choice.hidden;
  element.querySelector("[data-react]")!.setAttribute("aria-expanded", String(!choice.hidden));
  if (!choice.hidden) choice.querySelector<HTMLElement>("button")!.focus();
}

export function closeChoice(element: HTMLElement): void {
  element.querySelector<HTMLElement>("[data-choice]")!.hidden = true;
  element.querySelector("[data-react]")!.setAttribute("aria-expanded", "false");
}

/** Leaves the emoji on the comment, or takes one's own back. Resolves with the row as it is then. */
export async function toggleReaction(api: CommentsApi, row: CommentRow, emoji: string): Promise<CommentRow> {
  const mine = row.reactions.find((reaction) => reaction.mine && reaction.emoji === emoji);
  if (mine) {
    await api.takeBack(row.id, mine.id);
    return { ...row, reactions: row.reactions.filter((reaction) => reaction.id !== mine.id) };
  }
  const left = await api.react(row.id, emoji);
  return { ...row, reactions: [...row.reactions.filter((reaction) => reaction.id !== left.id), left] };
}
