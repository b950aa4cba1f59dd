/** The list of files that a pick held and that are not uploaded, each with its reason. */
import type { Texts } from "../../../core/ts/texts.ts";
import type { PassedOver } from "../../../uploads/ts/picking.ts";

/** That many are read at a glance; a longer list is opened by who wants it. */
const OPEN_UP_TO = 5;

/** Returns what shows the passed over files of a pick, in place of those of the pick before. */
export function mountPassedOver(details: HTMLElement, texts: Texts): { show(passed: readonly PassedOver[]): void } {
  const find = (part: string): HTMLElement => details.querySelector<HTMLElement>(`[data-part="${part}"]`) as HTMLElement;
  return {
    show(passed) {
      details.hidden = passed.length === 0;
      details.toggleAttribute("open", passed.length <= OPEN_UP_TO);
      find("passed-count").textContent = texts("passed", { count: passed.length });
      find("passed-list").replaceChildren(...passed.map((file) => rowOf(file, texts)));
    },
  };
}

function rowOf({ path, reason }: PassedOver, texts: Texts): HTMLElement {
  const row = document.createElement("li");
  const name = document.createElement("bdi"); // a name that runs right to left does not drag its reason along
  name.textContent = path;
  row.append(name, ": ", texts(`passed_${reason}`));
  return row;
}
