/** The upload half of the HTTP contract, one method a call. Every failure is an `ApiError`. */
import type { Api, ApiError } from "../../core/ts/api.ts";
import { videoPath } from "../../videos/ts/api-paths.ts";
import { alivePath, completePath, partsPath, videoUploadsPath, VIDEOS_PATH } from "./api-paths.ts";

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

export class UploadClient {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Makes the video, its upload and its link. The same `client_id` again gives the first result. */
  startVideo(body: { client_id: string; title?: string; source: SourcePlan }): Promise<StartedVideo> {
    return this.#post(VIDEOS_PATH, body);
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
