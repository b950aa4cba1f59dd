/** Save a copy: what is recorded becomes a file of the person's own, without any server. */

const ENDINGS: Readonly<Record<string, string>> = { "video/mp4": "mp4", "video/webm": "webm", "video/x-matroska": "mkv" };

/** `Recording 2026-11-27 14.05.mp4`; no colons, which some file systems refuse. */
export function fileNameOf(word: string, began_at: Date, content_type: string): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${began_at.getFullYear()}-${two(began_at.getMonth() + 1)}-${two(began_at.getDate())}`;
  const ending = ENDINGS[content_type.split(";")[0]!.trim().toLowerCase()] ?? "mp4";
  return `${word} ${day} ${two(began_at.getHours())}.${two(began_at.getMinutes())}.${ending}`;
}

/** Has the browser save it, under a name that the person may change where the browser asks. */
export function saveAs(bytes: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(bytes);
  link.download = name;
  link.click();
  // The browser reads it while it saves, which of a long recording takes a while.
  setTimeout(() => URL.revokeObjectURL(link.href), 10 * 60_000);
}
