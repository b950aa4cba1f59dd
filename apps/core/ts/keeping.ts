/** A text that this browser keeps for the page. A browser that keeps nothing (private windows, full) does no harm. */
export interface Kept {
  /** null when nothing was kept, or nothing can be. */
  read(): string | null;
  /** Whether it is kept. */
  write(text: string): boolean;
}

/** `open` is a function, because a browser may refuse already when it is asked for its storage. */
export function keptUnder(key: string, open: () => Pick<Storage, "getItem" | "setItem">): Kept {
  return {
    read() {
      try {
        return open().getItem(key);
      } catch {
        return null;
      }
    },
    write(text) {
      try {
        open().setItem(key, text);
        return true;
      } catch {
        return false;
      }
    },
  };
}
