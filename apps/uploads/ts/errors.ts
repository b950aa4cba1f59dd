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

/** The person paused it; what waited ends with this, and `run()` goes on. */
export class Paused extends Error {
  constructor() {
    super("paused");
    this.name = "Paused";
  }
}

/** Another tab of this browser sends the same upload right now. */
export class UploadElsewhere extends Error {
  constructor() {
    super("another tab sends this upload");
    this.name = "UploadElsewhere";
  }
}
