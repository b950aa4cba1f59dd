/** A clock that hidden pages do not hold back: told how many ms, it posts a message that often. */
self.addEventListener("message", (event: MessageEvent<number>) => {
  setInterval(() => self.postMessage(null), event.data);
});
