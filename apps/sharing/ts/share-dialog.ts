/**
 * Share…: the links of one's own video, made, changed and revoked, and which members see it.
 *
 * What is asked for is asked anew each time the dialog opens, unless something in it waits to be saved: an edit that
 * was begun is still there after the dialog was closed by mistake.
 */
import type { Api } from "../../core/ts/api.ts";
import { newClientId } from "../../core/ts/client-id.ts";
import { failureSentence } from "../../core/ts/failure.ts";
import type { Texts } from "../../core/ts/texts.ts";
import { videoPath } from "../../videos/ts/api-paths.ts";
import { shareLinkPath, shareLinksPath } from "./api-paths.ts";
import type { ShareLink } from "./link.ts";
import { type LinkRow, makeLinkRow } from "./link-row.ts";
import { type Seen, mountMembers } from "./members.ts";

export interface ShareDialogOptions {
  readonly api: Api;
  readonly texts: Texts;
  announce(sentence: string): void;
  /** All links of the video, newest first, whenever one of them has changed. */
  onLinks(links: readonly ShareLink[]): void;
}

/** Makes `opener` open the dialog. Returns an undo. */
export function mountShareDialog(opener: HTMLElement, dialog: HTMLDialogElement, options: ShareDialogOptions): () => void {
  const { api, texts, announce } = options;
  const find = <E extends HTMLElement = HTMLElement>(selector: string): E => dialog.querySelector<E>(selector)!;
  const videoId = dialog.dataset["videoId"]!;
  const list = find("[data-links]");
  const newLink = find<HTMLButtonElement>("[data-new-link]");
  const loadError = find("[data-load-error]");
  const linksError = find("[data-links-error]");
  const revokeDialog = find<HTMLDialogElement>("[data-revoke-dialog]");
  const revokeError = find("[data-revoke-error]");
  const members = mountMembers(find<HTMLFormElement>("[data-members]"), videoId, { api, texts, onVisibility: showFor });
  const moments = new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "medium", timeStyle: "short" });
  const formatted = (moment: string): string => moments.format(new Date(moment));
  let rows: LinkRow[] = [];
  let revoked: ShareLink[] = [];
  let doomed: LinkRow | null = null;
  let making = false;
  let loaded = false;

  function rowOf(link: ShareLink): LinkRow {
    return makeLinkRow(link, { api, texts, formatted, onChanged: tell, onRevoke: askRevoke });
  }

  function showFor(visibility: string): void {
    for (const part of document.querySelectorAll<HTMLElement>("[data-for-visibility]")) {
      part.hidden = !part.dataset["forVisibility"]!.split(" ").includes(visibility);
    }
  }

  function tell(): void {
    options.onLinks(rows.map((row) => row.link));
  }

  function show(): void {
    list.replaceChildren(...rows.map((row) => row.element));
    find("[data-no-links]").hidden = rows.length > 0;
    find("[data-revoked-box]").hidden = revoked.length === 0;
    if (revoked.length > 0) find("[data-revoked-title]").textContent = texts("share_revoked_links", { count: revoked.length });
    find("[data-revoked]").replaceChildren(...revoked.map(ended));
    tell();
  }

  function ended(link: ShareLink): HTMLElement {
    const template = document.getElementById("share-revoked-template") as HTMLTemplateElement;
    const element = template.content.firstElementChild!.cloneNode(true) as HTMLElement;
    element.querySelector("[data-name]")!.textContent = link.name || texts("share_unnamed");
    const used = link.last_used_at;
    const words = [texts("share_revoked_at", { moment: formatted(link.revoked_at!) })];
    words.push(used === null ? texts("share_unused") : texts("share_used", { moment: formatted(used) }));
    element.querySelector("[data-ended]")!.textContent = words.join(" · ");
    return element;
  }

  async function load(): Promise<void> {
    if (loaded && (members.isDirty || rows.some((row) => row.isDirty))) return;
    loadError.hidden = true;
    find("[data-load-again]").hidden = true;
    dialog.setAttribute("aria-busy", "true");
    try {
      const [links, video] = await Promise.all([api.ask(shareLinksPath(videoId)), api.ask(videoPath(videoId))]);
      const { results } = links.body as { results: ShareLink[] };
      rows = results.filter((link) => link.revoked_at === null).map(rowOf);
      revoked = results.filter((link) => link.revoked_at !== null);
      members.show(video.body as Seen);
      loaded = true;
      show();
    } catch (failure) {
      loadError.textContent = failureSentence(failure, texts);
      loadError.hidden = false;
      find("[data-load-again]").hidden = false;
    } finally {
      dialog.removeAttribute("aria-busy");
      for (const part of dialog.querySelectorAll<HTMLElement>(".share-part")) part.hidden = !loaded;
    }
  }

  async function make(): Promise<void> {
    if (making) return;
    making = true;
    linksError.hidden = true;
    try {
      const answer = await api.ask(shareLinksPath(videoId), { method: "POST", body: { client_id: newClientId() } });
      const row = rowOf(answer.body as ShareLink);
      rows = [row, ...rows];
      list.prepend(row.element); // the others stay as they are, with what is being typed into them
      find("[data-no-links]").hidden = true;
      row.say(texts("share_made"));
      row.open();
      tell();
    } catch (failure) {
      linksError.textContent = failureSentence(failure, texts);
      linksError.hidden = false;
    } finally {
      making = false;
    }
  }

  function askRevoke(row: LinkRow): void {
    doomed = row;
    revokeError.hidden = true;
    find("[data-revoke-name]").textContent = row.link.name || texts("share_unnamed");
    revokeDialog.showModal();
  }

  async function revoke(): Promise<void> {
    const row = doomed;
    if (!row) return;
    doomed = null; // a second click does nothing
    try {
      await api.ask(shareLinkPath(row.link.id), { method: "DELETE" });
    } catch (failure) {
      doomed = row;
      revokeError.textContent = failureSentence(failure, texts);
      revokeError.hidden = false;
      return;
    }
    const next = rows[rows.indexOf(row) + 1] ?? rows[rows.indexOf(row) - 1];
    rows = rows.filter((other) => other !== row);
    revoked = [{ ...row.link, revoked_at: new Date().toISOString() }, ...revoked];
    revokeDialog.close();
    show();
    if (next) next.focus();
    else newLink.focus();
    announce(texts("share_revoked"));
  }

  const onOpen = (): void => {
    dialog.showModal();
    find("[data-share-title]").focus();
    void load();
  };
  const onClick = (event: Event): void => {
    const target = event.target as Element;
    if (target.closest("[data-close]")) dialog.close();
    else if (target.closest("[data-new-link]")) void make();
    else if (target.closest("[data-load-again]")) void load();
    else if (target.closest("[data-revoke-confirm]")) void revoke();
  };
  for (const part of dialog.querySelectorAll<HTMLElement>(".share-part")) part.hidden = true;
  opener.addEventListener("click", onOpen);
  dialog.addEventListener("click", onClick);
  return () => {
    opener.removeEventListener("click", onOpen);
    dialog.removeEventListener("click", onClick);
  };
}
