/** Where the API keeps what is known of a video, below /api/v1. */

export const videoPath = (videoId: string): string => `/videos/${encodeURIComponent(videoId)}/`;
export const playbackPath = (videoId: string): string => `${videoPath(videoId)}playback/`;
export const retryPath = (videoId: string): string => `${videoPath(videoId)}retry/`;
export const posterPath = (videoId: string): string => `${videoPath(videoId)}poster/`;
export const sendPath = (videoId: string): string => `${videoPath(videoId)}send/`;
export const captionsPath = (videoId: string): string => `${videoPath(videoId)}captions/`;
export const captionPath = (captionId: string): string => `/captions/${encodeURIComponent(captionId)}/`;
export const seenPath = (videoId: string): string => `${videoPath(videoId)}seen/`;
