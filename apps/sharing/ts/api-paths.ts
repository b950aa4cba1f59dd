/** Where the API keeps links and who sees a video, below /api/v1. */

export const shareLinksPath = (videoId: string): string => `/videos/${encodeURIComponent(videoId)}/share-links/`;
export const shareLinkPath = (linkId: string): string => `/share-links/${encodeURIComponent(linkId)}/`;
export const membersPath = (videoId: string, search: string): string =>
  `/videos/${encodeURIComponent(videoId)}/members/${search === "" ? "" : `?search=${encodeURIComponent(search)}`}`;
export const personalLinkPath = (videoId: string): string => `/videos/${encodeURIComponent(videoId)}/personal-link/`;
