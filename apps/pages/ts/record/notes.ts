/** Notes to speak from: kept in this browser alone, as large as they are to be read, and moving by themselves. */
import type { Kept } from "../../../core/ts/keeping.ts";
import { partOf } from "../../../core/ts/parts.ts";

/** What is kept beside the words. */
interface Notes {
  text: string;
  size: string;
  speed: string;
}

/**
 * Where a text that moves at `speed` px a second stands after `elapsed_ms`, `most` px being its end. Pure. Browsers round
 * what they are told to scroll to, so the place is counted here and not read back.
 */
export function scrolledTo(from: number, speed: number, elapsed_ms: number, most: number): number {
  return Math.min(most, from + (speed * elapsed_ms) / 1_000);
}

/** Mounts the notes in `root`; `kept` keeps them. Returns an undo. */
export function mountNotes(root: HTMLElement, kept: Kept): () => void {
  const text = partOf<HTMLTextAreaElement>(root, "notes");
  const size = partOf<HTMLInputElement>(root, "notes-size");
  const speed = partOf<HTMLInputElement>(root, "notes-speed");
  const scroll = partOf<HTMLButtonElement>(root, "notes-scroll");
  const lasts = partOf(root, "notes-last");
  let frame = 0;

  const fill = (from: string | null): void => {
    const notes = parseNotes(from);
    if (notes.text !== undefined) text.value = notes.text;
    if (notes.size !== undefined) size.value = notes.size;
    if (notes.speed !== undefined) speed.value = notes.speed;
    text.style.setProperty("--size", size.value);
  };
  const keep = (): void => {
    text.style.setProperty("--size", size.value);
    const notes: Notes = { text: text.value, size: size.value, speed: speed.value };
    lasts.hidden = kept.write(JSON.stringify(notes));
  };
  const stop = (): void => {
    cancelAnimationFrame(frame);
    frame = 0;
    scroll.setAttribute("aria-pressed", "false");
  };
  const start = (): void => {
    scroll.setAttribute("aria-pressed", "true");
    if (text.scrollTop >= text.scrollHeight - text.clientHeight - 1) text.scrollTop = 0;
    let place = text.scrollTop;
    let before_ms = performance.now();
    const move = (now_ms: number): void => {
      const most = text.scrollHeight - text.clientHeight;
      // Moved by hand meanwhile: it goes on from there.
      if (Math.abs(text.scrollTop - place) > 2) place = text.scrollTop;
      place = scrolledTo(place, Number(speed.value), now_ms - before_ms, most);
      before_ms = now_ms;
      text.scrollTop = place;
      if (place >= most) stop();
      else frame = requestAnimationFrame(move);
    };
    frame = requestAnimationFrame(move);
  };
  const onScroll = (): void => (frame === 0 ? start() : stop());
  // Another tab's notes are the newer ones, unless something is being typed here.
  const onStorage = (): void => {
    if (document.activeElement !== text) fill(kept.read());
  };
  fill(kept.read());
  for (const field of [text, size, speed]) field.addEventListener("input", keep);
  scroll.addEventListener("click", onScroll);
  window.addEventListener("storage", onStorage);
  return () => {
    stop();
    for (const field of [text, size, speed]) field.removeEventListener("input", keep);
    scroll.removeEventListener("click", onScroll);
    window.removeEventListener("storage", onStorage);
  };
}

/** What of `text` is understood; {} for null and for anything that is not ours. Pure. */
export function parseNotes(text: string | null): Partial<Notes> {
  try {
    const kept = JSON.parse(text ?? "{}") as Record<string, unknown> | null;
    const known = (["text", "size", "speed"] as const).filter((name) => typeof kept?.[name] === "string");
    return Object.fromEntries(known.map((name) => [name, kept?.[name]]));
  } catch {
    return {};
  }
}
