/** Where the API keeps what is known of a video, below /api/v1. */

export const videoPath = (videoId: string): string => `/videos/${encodeURIComponent(videoId)}/`;
export const playbackPath = (videoId: string): string => `${videoPath(videoId)}playback/`;
export const retryPath = (videoId: string): string => `${videoPath(videoId)}retry/`;
