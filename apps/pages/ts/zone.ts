/** Forms that sign somebody in or up: tells the server the browser's time zone, in which digests and days are counted. */

/** Fills each empty [data-time-zone] inside `root` with the browser's zone; a list that lacks it stays as it is. */
export function fillTimeZones(root: ParentNode, zone: string): void {
  for (const field of root.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[data-time-zone]")) {
    if (field.value !== "") continue;
    field.value = zone;
    if (field.value === "" && field instanceof HTMLSelectElement) field.selectedIndex = 0;
  }
}

fillTimeZones(document, Intl.DateTimeFormat().resolvedOptions().timeZone ?? "");
