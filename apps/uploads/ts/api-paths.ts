/** Where the API takes uploads, below /api/v1. */
import { videoPath } from "../../videos/ts/api-paths.ts";

export const VIDEOS_PATH = "/videos/";
export const videoUploadsPath = (videoId: string): string => `${videoPath(videoId)}uploads/`;

export const UPLOADS_PATH = "/uploads/";
export const uploadPath = (uploadId: string): string => `/uploads/${encodeURIComponent(uploadId)}/`;
export const partsPath = (uploadId: string): string => `${uploadPath(uploadId)}parts/`;
export const completePath = (uploadId: string): string => `${uploadPath(uploadId)}complete/`;
export const alivePath = (uploadId: string): string => `${uploadPath(uploadId)}alive/`;
export const reopenPath = (uploadId: string): string => `${uploadPath(uploadId)}reopen/`;
