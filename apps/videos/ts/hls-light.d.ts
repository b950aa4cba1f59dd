/** The light build (no alternate audio, no subtitles, no DRM: 118 KB gzip) has the full build's interface. */
declare module "hls.js/light" {
  export { default } from "hls.js";
  export * from "hls.js";
}
