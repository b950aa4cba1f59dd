/** The upload half of the HTTP contract, one method a call. Every failure is an `ApiError`. */
import { type Api, ApiError } from "../../core/ts/api.ts";
import { sendPath, videoPath } from "../../videos/ts/api-paths.ts";
import { alivePath, completePath, partsPath, reopenPath, uploadPath, UPLOADS_PATH, videoUploadsPath, VIDEOS_PATH } from "./api-paths.ts";

export interface SourcePlan {
  kind: "recording" | "file";
  content_type: string;
  size_bytes?: number;
  file_name?: string;
}

export interface PartPlan {
  number: number;
  size_bytes: number;
  sha256: string;
}

/** What the server knows of a part: where its bytes should go, or that they are safe. */
export interface PartAnswer {
  number: number;
  state: "promised" | "confirmed";
  url?: string;
  method?: string;
  headers?: Record<string, string>;
  expires_at?: string;
}

export interface Upload {
  id: string;
  kind: "recording" | "file";
  status: "open" | "complete" | "aborted";
  part_size_bytes: number;
  /** The server has ended it in its author's absence, and takes the rest until then (ISO 8601); else null. */
  rest_until: string | null;
}

/** An upload as its own address tells it: with every part that was promised. */
export interface KnownUpload extends Upload {
  parts: (PartPlan & { state: "promised" | "confirmed" })[];
}

/** One of my files that are not whole yet. */
export interface UnfinishedUpload {
  id: string;
  /** The id of its video. */
  video: string;
  title: string;
  file_name: string;
  size_bytes: number;
  part_size_bytes: number;
  confirmed_parts: number;
  confirmed_bytes: number;
}

export interface Video {
  id: string;
  title: string;
  status: "recording" | "uploading" | "processing" | "ready" | "failed";
  share_url: string | null;
}

export interface StartedVideo extends Video {
  upload: Upload;
}

/** Pages of unfinished uploads that are asked for: more than anybody goes on with. */
const MOST_PAGES = 4;

export class UploadClient {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Makes the video, its upload and its link. The same `client_id` again gives the first result. */
  startVideo(body: { client_id: string; title?: string; source: SourcePlan }): Promise<StartedVideo> {
    return this.#post(VIDEOS_PATH, body);
  }

  /** My own files that are not whole yet, newest first. */
  async unfinished(): Promise<UnfinishedUpload[]> {
    const found: UnfinishedUpload[] = [];
    let next: string | null = UPLOADS_PATH;
    for (let page = 0; next !== null && page < MOST_PAGES; page += 1) {
      const { body } = await this.#api.ask(next);
      const told = body as { next: string | null; results: UnfinishedUpload[] };
      found.push(...told.results);
      next = told.next;
    }
    return found;
  }

  /** An upload and its parts, to go on with it. */
  async upload(uploadId: string): Promise<KnownUpload> {
    return (await this.#api.ask(uploadPath(uploadId))).body as KnownUpload;
  }

  /** A new upload for the same video and link; the open one is aborted. */
  async startOver(videoId: string, body: { client_id: string; source: SourcePlan }): Promise<Upload> {
    return (await this.#post<{ upload: Upload }>(videoUploadsPath(videoId), body)).upload;
  }

  /** Promises `parts` and reports the numbers whose bytes were `stored`; tells what the server knows of each. */
  async parts(uploadId: string, parts: readonly PartPlan[], stored: readonly number[]): Promise<PartAnswer[]> {
    const body = stored.length > 0 ? { parts, stored } : { parts };
    return (await this.#post<{ parts: PartAnswer[] }>(partsPath(uploadId), body)).parts;
  }

  /** Repeatable. 409 `parts_missing` names what the server still needs: see `missingParts`. */
  complete(
    uploadId: string,
    body: { parts: { number: number; size_bytes: number }[]; recorded_ms?: number },
  ): Promise<Video> {
    return this.#post(completePath(uploadId), body);
  }

  /** Tells the server that the author is still there while no part is due (paused, or a slow network). */
  async alive(uploadId: string): Promise<void> {
    await this.#api.ask(alivePath(uploadId), { method: "POST", body: {} });
  }

  /** Opens an upload again that the server has ended. Rejects with 409 `upload_closed` for one that its author has. */
  async reopen(uploadId: string): Promise<KnownUpload> {
    return this.#post(reopenPath(uploadId), {});
  }

  /** Deletes the parts of the open upload at once. One that is complete or gone already is no reason to stop. */
  async drop(uploadId: string): Promise<void> {
    try {
      await this.#api.ask(uploadPath(uploadId), { method: "DELETE" });
    } catch (error) {
      if (!(error instanceof ApiError && (error.status === 404 || error.status === 409))) throw error;
    }
  }

  /**
   * Deletes the parts of the open upload at once, and the video with it. A video in the trash would keep them.
   */
  async discard(videoId: string, uploadId: string): Promise<void> {
    await this.drop(uploadId);
    await this.deleteVideo(videoId);
  }

  /** Changes what is named; the rest stays. */
  async describe(videoId: string, words: { title?: string; description?: string }): Promise<void> {
    await this.#api.ask(videoPath(videoId), { method: "PATCH", body: words });
  }

  /** Done: the video becomes news for others. Repeatable. */
  async send(videoId: string): Promise<void> {
    await this.#api.ask(sendPath(videoId), { method: "POST", body: {} });
  }

  async deleteVideo(videoId: string): Promise<void> {
    await this.#api.ask(videoPath(videoId), { method: "DELETE" });
  }

  async #post<T>(path: string, body: unknown): Promise<T> {
    return (await this.#api.ask(path, { method: "POST", body })).body as T;
  }
}

/** The part numbers that a `parts_missing` names (the first 100 of them); [] for any other error. */
export function missingParts(error: ApiError): number[] {
  const missing = error.code === "parts_missing" ? error.body["missing"] : [];
  return Array.isArray(missing) ? missing.filter((number): number is number => Number.isInteger(number)) : [];
}
