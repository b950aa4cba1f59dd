/**
 * Tells the server that whoever uploads is still there, while no part is due: paused, or on a line that carries nothing.
 * The clock is a worker's: those of a hidden page are held back, up to a minute a tick and more.
 */

/** Often enough that a lost one does not matter: the server waits for many minutes before it ends a recording. */
export const SIGN_EVERY_MS = 20_000;

/** Calls `give` every SIGN_EVERY_MS until the returned undo is called. `worker_url` is that of ticking.worker.js. */
export function giveSignsOfLife(worker_url: string, give: () => void): () => void {
  const worker = new Worker(worker_url);
  let timer: ReturnType<typeof setInterval> | undefined;
  worker.addEventListener("message", () => give());
  // The script could not be fetched, as when the server has just gone: the page's own clock is better than none.
  worker.addEventListener("error", () => (timer ??= setInterval(give, SIGN_EVERY_MS)));
  worker.postMessage(SIGN_EVERY_MS);
  return () => {
    worker.terminate();
    clearInterval(timer);
  };
}
