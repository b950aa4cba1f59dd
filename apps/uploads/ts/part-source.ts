/**
 * Where a part's bytes come from.
 *
 * The queue asks for the bytes each time it sends them and says when the server holds them, so that a source can be
 * memory, a file on disk or a database of the browser.
 */
export interface PartSource {
  /** The bytes of part `number`; rejects with `PartUnreadable` when they are gone. */
  read(number: number): Promise<Blob>;
  /** The server holds the part; its bytes may go. Calling it twice is harmless. */
  free(number: number): Promise<void>;
}
