/** Which members see a video: everybody, people picked from a list, or its author alone. */
import type { Api } from "../../core/ts/api.ts";
import { failureSentence } from "../../core/ts/failure.ts";
import type { Texts } from "../../core/ts/texts.ts";
import { videoPath } from "../../videos/ts/api-paths.ts";
import { membersPath } from "./api-paths.ts";

const SEARCH_DELAY_MS = 250; // while somebody types, one question and not one a letter

interface Named {
  readonly id: string;
  readonly name: string;
}

interface Member extends Named {
  readonly is_me: boolean;
}

export interface Seen {
  readonly visibility: string;
  readonly named_people: readonly Named[] | null;
}

export interface Members {
  /** Shows how it is now, in place of what was chosen. */
  show(seen: Seen): void;
  readonly isDirty: boolean;
}

/**
 * Mounts the form of the members. Members are asked for when "Named people" is chosen, and at each search.
 * `onVisibility` hears what the server has, whenever that is known anew.
 */
export function mountMembers(
  form: HTMLFormElement,
  videoId: string,
  { api, texts, onVisibility }: { api: Api; texts: Texts; onVisibility: (visibility: string) => void },
): Members {
  const find = <E extends HTMLElement = HTMLElement>(selector: string): E => form.querySelector<E>(selector)!;
  const people = find("[data-people]");
  const picker = find("[data-picker]");
  const search = find<HTMLInputElement>("[data-search]");
  const status = find("[data-people-status]");
  const error = find("[data-members-error]");
  const said = find("[data-members-said]");
  const chosen = new Map<string, string>();
  let saved = "";
  let timer = 0;
  let asked = 0;
  let saving = false;

  const visibility = (): string => String(new FormData(form).get("visibility") ?? "");
  const state = (): string => JSON.stringify([visibility(), [...chosen.keys()].sort()]);

  function complain(failure: unknown): void {
    error.textContent = failureSentence(failure, texts);
    error.hidden = false;
  }

  function showCount(): void {
    status.textContent = chosen.size === 0 ? texts("share_nobody") : texts("share_chosen", { count: chosen.size });
  }

  function showPeople(members: readonly Named[], searched: boolean): void {
    picker.querySelectorAll("label, p").forEach((old) => old.remove());
    // Those who are chosen stand first, so that one sees whom one is about to shut out.
    const first = searched ? [] : [...chosen].map(([id, name]) => ({ id, name }));
    const known = new Set(first.map((member) => member.id));
    for (const { id, name } of [...first, ...members.filter((member) => !known.has(member.id))]) {
      const label = document.createElement("label");
      const box = document.createElement("input");
      const words = document.createElement("bdi");
      label.className = "check";
      box.type = "checkbox";
      box.value = id;
      box.checked = chosen.has(id);
      words.textContent = name;
      label.append(box, words);
      picker.append(label);
    }
    if (picker.querySelector("label")) return;
    const nobody = document.createElement("p");
    nobody.className = "quiet small";
    nobody.textContent = texts(searched ? "share_not_found" : "share_alone");
    picker.append(nobody);
  }

  async function ask(): Promise<void> {
    const question = (asked += 1);
    const wanted = search.value.trim();
    try {
      const { results } = (await api.ask(membersPath(videoId, wanted))).body as { results: Member[] };
      if (question !== asked) return; // somebody has typed on meanwhile
      error.hidden = true;
      showPeople(results.filter((member) => !member.is_me), wanted !== "");
    } catch (failure) {
      if (question === asked) complain(failure);
    }
  }

  function showChoice(): void {
    people.hidden = visibility() !== "named_people";
    if (people.hidden) return;
    showCount();
    void ask();
  }

  async function save(): Promise<void> {
    saving = true;
    error.hidden = true;
    said.textContent = "";
    const sent = state();
    try {
      const body = { visibility: visibility(), named_people: [...chosen.keys()] };
      await api.ask(videoPath(videoId), { method: "PATCH", body });
      saved = sent;
      onVisibility(body.visibility);
      said.textContent = texts("share_saved");
    } catch (failure) {
      complain(failure);
    } finally {
      saving = false;
    }
  }

  form.addEventListener("change", (event) => {
    const target = event.target as HTMLInputElement;
    said.textContent = "";
    if (target.name === "visibility") showChoice();
    if (target.type !== "checkbox") return;
    if (target.checked) chosen.set(target.value, target.parentElement!.textContent ?? "");
    else chosen.delete(target.value);
    showCount();
  });
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), SEARCH_DELAY_MS);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // it searches already; Enter must not save
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!saving) void save();
  });

  return {
    show(seen) {
      chosen.clear();
      for (const { id, name } of seen.named_people ?? []) chosen.set(id, name);
      const radio = form.querySelector<HTMLInputElement>(`input[value="${seen.visibility}"]`);
      if (radio) radio.checked = true;
      search.value = "";
      error.hidden = true;
      said.textContent = "";
      saved = state();
      showChoice();
      onVisibility(seen.visibility);
    },
    get isDirty() {
      return state() !== saved;
    },
  };
}
