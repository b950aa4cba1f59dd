/** What can go wrong with a part beside the API's own errors (`ApiError` of core). */

/** The store did not take a part. Status 0 when no answer came. */
export class StoreError extends Error {
  constructor(
    readonly status: number,
    /** The store's own sentence when it is our local store; "" for others. */
    readonly detail: string = "",
  ) {
    super(`store ${status} ${detail}`.trim());
    this.name = "StoreError";
  }
}

/** The bytes of a part cannot be read any more: the file was moved or changed, or they were freed. */
export class PartUnreadable extends Error {
  constructor(readonly number: number) {
    super(`part ${number} can no longer be read`);
    this.name = "PartUnreadable";
  }
}
