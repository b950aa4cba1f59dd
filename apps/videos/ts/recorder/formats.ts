/** Which format to record in, by asking the browser what it can do, never who it is. */

export interface Format {
  /** What is asked of MediaRecorder; "" leaves the choice to the browser. The real type is `recorder.mimeType`. */
  mime_type: string;
  /** Where a picture of 1080 lines overloads the encoder, 720: VP8 at 1080p dropped most frames on two busy cores. */
  most_height: 720 | 1080;
}

/**
 * From best to worst. H.264 plays everywhere and is copied, not encoded again. High profile, level 4.0 (640028) is enough
 * for 1080p at 30 fps. avc3 carries its parameters in the stream, so that nothing breaks should they change; avc1 is for
 * browsers that know nothing else. AAC before Opus: Safari plays it, so no second sound has to be made.
 */
const CANDIDATES: readonly Format[] = [
  { mime_type: "video/mp4;codecs=avc3.640028,mp4a.40.2", most_height: 1080 },
  { mime_type: "video/mp4;codecs=avc3.640028,opus", most_height: 1080 },
  { mime_type: "video/mp4;codecs=avc1.640028,mp4a.40.2", most_height: 1080 },
  { mime_type: "video/mp4;codecs=avc1.640028,opus", most_height: 1080 },
  // Safari names no profile that it would refuse, and then records H.264 and AAC.
  { mime_type: "video/mp4;codecs=avc1,mp4a.40.2", most_height: 1080 },
  { mime_type: "video/webm;codecs=vp9,opus", most_height: 1080 },
  { mime_type: "video/webm;codecs=vp8,opus", most_height: 720 },
  { mime_type: "video/webm", most_height: 720 },
];

const BROWSERS_CHOICE: Format = { mime_type: "", most_height: 720 };

/** The best format for which `isSupported` says yes; the browser's own choice where it says no to all. */
export function chooseFormat(isSupported: (mime_type: string) => boolean): Format {
  return CANDIDATES.find((format) => isSupported(format.mime_type)) ?? BROWSERS_CHOICE;
}
