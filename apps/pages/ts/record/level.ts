/** Shows how loud the microphone is, and says when it has been silent for too long. */
import { meterShare, SilenceWatch } from "../../../videos/ts/recorder/loudness.ts";
import type { RecordSession } from "./session.ts";

/** 12 looks a second follow speech; more would only take time from the recording. */
const LOOK_EVERY_MS = 83;

/** Where a silent microphone is worth a word: not while paused, when nobody is meant to speak. */
const LISTENING: readonly string[] = ["choosing", "countdown", "recording"];

/** `bar` is filled by the custom property --level, 0 to 1. `onSilence` hears when silence begins, and when it ends. */
export function mountLevel(bar: HTMLElement, session: RecordSession, onSilence: (isSilent: boolean) => void): () => void {
  const watch = new SilenceWatch();
  let wasSilent = false;
  let shown = 0;
  const look = (): void => {
    const peak = session.peak();
    const isListening = LISTENING.includes(session.state.name);
    const isSilent = watch.hear(isListening ? peak : null, performance.now());
    if (isSilent !== wasSilent) onSilence(isSilent);
    wasSilent = isSilent;
    if (bar.hidden !== (peak === null)) bar.hidden = peak === null;
    const share = Math.round(meterShare(peak ?? 0) * 50) / 50;
    if (share !== shown && !document.hidden) bar.style.setProperty("--level", String((shown = share)));
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
