/**
 * The one way a page's script asks `/api/v1`: the session's cookie, the CSRF token, the share link where there is one.
 *
 * Every answer that is not a success becomes an `ApiError` that carries the contract's `code` to branch on and its
 * `detail`, a sentence that may be shown. No answer at all (offline, the server restarting) is an `ApiError` too, with
 * status 0, code "network" and no sentence: the page has its own words for that.
 */

/** What every error body holds (`{"code", "detail", "fields"?, "request_id"}`), and what its headers add. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    /** Milliseconds the server asked to wait (429, 503); null where it did not. */
    readonly retryAfterMs: number | null = null,
    /** The whole body: some errors carry more than the two fields (`edit_conflict` brings the newer comment). */
    readonly body: Record<string, unknown> = {},
  ) {
    super(`${status} ${code}: ${detail}`);
    this.name = "ApiError";
  }

  /** Whether the same request may well succeed later without anybody changing anything. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export interface Request {
  readonly method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly file?: Blob;
  /** The ETag of what is already known; the answer may then be `notModified`. */
  readonly etag?: string | null;
  readonly signal?: AbortSignal;
  /** Lets the request outlive the page that sends it. */
  readonly keepalive?: boolean;
}

export interface Answer {
  readonly status: number;
  /** The decoded JSON; null for 204 and 304. */
  readonly body: unknown;
  readonly etag: string | null;
  readonly notModified: boolean;
}

export interface Api {
  /** `path` is below /api/v1 ("/videos/") or an address the API itself gave (`next`). Rejects with ApiError. */
  ask(path: string, request?: Request): Promise<Answer>;
}

export const API_ROOT = "/api/v1";

/** Returns the API for this page. `shareToken` goes along with every request of a page opened by a share link. */
export function makeApi(options: { shareToken?: string | undefined; fetch?: typeof fetch } = {}): Api {
  const send = options.fetch ?? ((input, init) => fetch(input, init));
  return {
    async ask(path, request = {}) {
      const method = request.method ?? "GET";
      const headers = new Headers({ Accept: "application/json" });
      if (options.shareToken) headers.set("Share-Token", options.shareToken);
      if (method !== "GET") headers.set("X-CSRFToken", csrfToken());
      if (request.body !== undefined) headers.set("Content-Type", "application/json");
      if (request.file) headers.set("Content-Type", request.file.type || "application/octet-stream");
      if (request.etag) headers.set("If-None-Match", request.etag);
      let response: Response;
      try {
        response = await send(addressOf(path), {
          method,
          headers,
          credentials: "same-origin",
          // The ETag is ours to compare; the browser's own cache would answer 200 in place of the 304.
          cache: "no-store",
          ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
          ...(request.file ? { body: request.file } : {}),
          ...(request.signal ? { signal: request.signal } : {}),
          ...(request.keepalive ? { keepalive: true } : {}),
        });
      } catch (error) {
        if (request.signal?.aborted) throw error;
        throw new ApiError(0, "network", "");
      }
      if (response.status === 304) {
        return { status: 304, body: null, etag: request.etag ?? null, notModified: true };
      }
      const body = response.status === 204 ? null : await readJson(response);
      if (!response.ok) throw errorFrom(response.status, body, response.headers.get("Retry-After"));
      return { status: response.status, body, etag: response.headers.get("ETag"), notModified: false };
    },
  };
}

/** Returns where `path` is asked: below the root, or, for an address from the API, its path and query on this origin. */
export function addressOf(path: string): string {
  if (!/^https?:/.test(path)) return path.startsWith(`${API_ROOT}/`) ? path : API_ROOT + path;
  const { pathname, search } = new URL(path);
  return pathname + search;
}

/** Returns the error that a refused request means; a body that is not ours (a proxy's page) gives no sentence. */
export function errorFrom(status: number, body: unknown, retryAfter: string | null): ApiError {
  const told = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const code = typeof told["code"] === "string" ? told["code"] : "unknown";
  const detail = typeof told["detail"] === "string" ? told["detail"] : "";
  const seconds = retryAfter === null ? NaN : Number(retryAfter);
  return new ApiError(status, code, detail, Number.isFinite(seconds) ? Math.max(0, seconds) * 1000 : null, told);
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    if (response.ok) throw new ApiError(0, "network", ""); // cut off on the way: as good as no answer
    return null;
  }
}

/** Django's token: from its cookie, which changes when somebody signs in in another tab, else from the page. */
function csrfToken(): string {
  const cookie = /(?:^|;\s*)csrftoken=([^;]*)/.exec(document.cookie)?.[1];
  return cookie ?? document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}
