/**
 * Tabs over panels that stand in the page: [role=tab] buttons in a [role=tablist], each with the panel that its
 * aria-controls names. Arrow keys, Home and End go from tab to tab and choose at once (their panels are all there).
 *
 * Panels that are not chosen carry `data-unchosen` from the server on, so that nothing jumps when the script comes;
 * where scripts are off, surfaces.css shows them all and no tabs.
 */

export interface Tabs {
  /** Chooses the tab of that name (`data-tab`) without moving the focus; nothing happens for a name it does not have. */
  show(name: string): void;
  undo(): void;
}

/** Returns the index of the tab that `key` leads to from `index`, null for a key that leads nowhere. */
export function tabAfter(key: string, index: number, count: number, leftToRight = true): number | null {
  const [next, previous] = leftToRight ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
  if (key === next) return (index + 1) % count;
  if (key === previous) return (index + count - 1) % count;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  return null;
}

/** Mounts the tabs in `root`. The address's #name chooses at the start, and #name is what a chosen tab leaves there. */
export function mountTabs(root: HTMLElement): Tabs {
  const list = root.querySelector<HTMLElement>("[role=tablist]")!;
  const tabs = [...list.querySelectorAll<HTMLElement>("[role=tab]")];
  const panelOf = (tab: HTMLElement): HTMLElement => document.getElementById(tab.getAttribute("aria-controls")!)!;

  function choose(chosen: HTMLElement): void {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      panelOf(tab).toggleAttribute("data-unchosen", tab !== chosen);
    }
  }

  const named = (name: string): HTMLElement | undefined => tabs.find((tab) => tab.dataset["tab"] === name);
  const chooseByAddress = (): void => {
    const asked = named(location.hash.slice(1));
    if (asked) choose(asked);
  };
  const onClick = (event: Event): void => {
    const tab = (event.target as Element).closest<HTMLElement>("[role=tab]");
    if (!tab) return;
    choose(tab);
    history.replaceState(history.state, "", `#${tab.dataset["tab"]}`);
  };
  const onKey = (event: KeyboardEvent): void => {
    const leftToRight = getComputedStyle(list).direction === "ltr";
    const to = tabAfter(event.key, tabs.indexOf(event.target as HTMLElement), tabs.length, leftToRight);
    if (to === null || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    tabs[to]!.focus();
    tabs[to]!.click();
  };
  list.addEventListener("click", onClick);
  list.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", chooseByAddress);
  choose(tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs[0]!);
  chooseByAddress();

  return {
    show(name) {
      const tab = named(name);
      if (tab) choose(tab);
    },
    undo() {
      list.removeEventListener("click", onClick);
      list.removeEventListener("keydown", onKey);
      window.removeEventListener("hashchange", chooseByAddress);
    },
  };
}
