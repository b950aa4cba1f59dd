/** One link in Share…: its line, and the form that it opens into. */
import type { Api } from "../../core/ts/api.ts";
import { failureSentence } from "../../core/ts/failure.ts";
import type { Texts } from "../../core/ts/texts.ts";
import { shareLinkPath } from "./api-paths.ts";
import { type Expiry, toField } from "./expiry.ts";
import { type Conversation, type ShareLink, type Wanted, changesOf, rulesOf } from "./link.ts";

export interface LinkRow {
  readonly element: HTMLElement;
  readonly link: ShareLink;
  /** Whether the form holds something that was not saved. */
  readonly isDirty: boolean;
  /** Opens the form with the focus on its first field. */
  open(): void;
  focus(): void;
  say(sentence: string): void;
}

export interface LinkRowOptions {
  readonly api: Api;
  readonly texts: Texts;
  formatted(moment: string): string;
  onChanged(): void;
  onRevoke(row: LinkRow): void;
}

let rowsMade = 0;

export function makeLinkRow(first: ShareLink, { api, texts, formatted, onChanged, onRevoke }: LinkRowOptions): LinkRow {
  const template = document.getElementById("share-link-template") as HTMLTemplateElement;
  const element = template.content.firstElementChild!.cloneNode(true) as HTMLElement;
  const find = <E extends HTMLElement = HTMLElement>(selector: string): E => element.querySelector<E>(selector)!;
  const form = find<HTMLFormElement>("[data-form]");
  const change = find<HTMLButtonElement>("[data-change]");
  const error = find("[data-error]");
  const said = find("[data-said]");
  const field = <E extends HTMLElement = HTMLInputElement>(name: string): E => form.elements.namedItem(name) as unknown as E;
  let link = first;
  let saving = false;
  const number = (rowsMade += 1);

  nameEverything();
  find("[data-zone]").textContent = texts("share_zone", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  show();
  fill();

  const row: LinkRow = {
    element,
    get link() {
      return link;
    },
    get isDirty() {
      const changes = form.hidden ? {} : changesOf(link, wanted(), new Date());
      return changes === "moment_missing" || Object.keys(changes).length > 0;
    },
    open() {
      setOpen(true);
      field("name").focus();
    },
    focus: () => find("[data-name]").focus(),
    say: (sentence) => (said.textContent = sentence),
  };

  change.addEventListener("click", () => {
    said.textContent = "";
    if (form.hidden) row.open();
    else close();
  });
  find("[data-revoke]").addEventListener("click", () => onRevoke(row));
  find("[data-cancel]").addEventListener("click", close);
  form.addEventListener("change", showFields);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!saving) void save();
  });
  return row;

  /** Gives what belongs together its ids: labels and help to fields, the buttons to the name of their link. */
  function nameEverything(): void {
    const name = find("[data-name]");
    name.id = `share-link-${number}`;
    form.id = `share-link-${number}-form`;
    change.setAttribute("aria-controls", form.id);
    for (const button of element.querySelectorAll("[data-copy-button], [data-change], [data-revoke]")) {
      button.setAttribute("aria-describedby", name.id);
    }
    for (const box of form.querySelectorAll<HTMLElement>(".field")) {
      const input = box.querySelector<HTMLInputElement>("input, select")!;
      input.id = `${form.id}-${input.name}`;
      box.querySelector("label")!.htmlFor = input.id;
      const help = box.querySelector(".field-help");
      if (!help) continue;
      help.id = `${input.id}-help`;
      input.setAttribute("aria-describedby", help.id);
    }
  }

  function show(): void {
    find("[data-name]").textContent = link.name || texts("share_unnamed");
    find("[data-copy-button]").dataset["copy"] = link.url;
    const rules = rulesOf(link, new Date(), formatted).map((words) => texts(words.text, words.values));
    find("[data-rules]").textContent = rules.join(" · ");
    const used = link.last_used_at;
    find("[data-used]").textContent = used === null ? texts("share_unused") : texts("share_used", { moment: formatted(used) });
  }

  /** Puts the link as it is into the form. */
  function fill(): void {
    field("name").value = link.name;
    field<HTMLSelectElement>("expiry").value = link.expires_at === null ? "never" : "date";
    field("moment").value = toField(link.expires_at);
    field("password").value = "";
    field("remove_password").checked = false;
    field("can_comment").checked = link.can_comment;
    field("can_download").checked = link.can_download;
    field("needs_name").checked = link.needs_name;
    field<HTMLSelectElement>("conversation").value = link.conversation;
    find("[data-remove-password]").hidden = !link.has_password;
    find("[data-password-label]").textContent = texts(link.has_password ? "share_other_password" : "share_new_password");
    find("[data-password-help]").textContent = texts(link.has_password ? "share_password_kept" : "share_password_none");
    error.hidden = true;
    showFields();
  }

  /** Shows the fields that what is chosen calls for. */
  function showFields(): void {
    find("[data-moment]").hidden = field<HTMLSelectElement>("expiry").value !== "date";
    field("password").disabled = field("remove_password").checked;
  }

  function setOpen(isOpen: boolean): void {
    form.hidden = !isOpen;
    change.setAttribute("aria-expanded", String(isOpen));
  }

  function close(): void {
    setOpen(false);
    fill();
    change.focus();
  }

  function wanted(): Wanted {
    return {
      name: field("name").value,
      expiry: field<HTMLSelectElement>("expiry").value as Expiry,
      moment: field("moment").value,
      password: field("password").value,
      removesPassword: field("remove_password").checked,
      canComment: field("can_comment").checked,
      canDownload: field("can_download").checked,
      needsName: field("needs_name").checked,
      conversation: field<HTMLSelectElement>("conversation").value as Conversation,
    };
  }

  function complain(sentence: string): void {
    error.textContent = sentence;
    error.hidden = false;
  }

  async function save(): Promise<void> {
    const changes = changesOf(link, wanted(), new Date());
    error.hidden = true;
    if (changes === "moment_missing") {
      complain(texts("share_moment_missing"));
      field("moment").focus();
      return;
    }
    if (Object.keys(changes).length === 0) {
      close();
      row.say(texts("share_unchanged"));
      return;
    }
    saving = true;
    form.setAttribute("aria-busy", "true");
    try {
      link = (await api.ask(shareLinkPath(link.id), { method: "PATCH", body: changes })).body as ShareLink;
      show();
      close();
      row.say(texts("share_saved"));
      onChanged();
    } catch (failure) {
      complain(failureSentence(failure, texts));
    } finally {
      saving = false;
      form.removeAttribute("aria-busy");
    }
  }
}
