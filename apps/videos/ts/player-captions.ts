/**
 * Captions in the player: a <track> for each, all off until somebody wants them. With one track media-chrome's own
 * button switches it; with several a list chooses, as for the speed, because a button can only go round in a circle.
 */
import { captionName } from "./captions.ts";
import type { CaptionTrack } from "./playback.ts";

export interface PlayerCaptions {
  /** Offers these in place of those before. What is switched on stays so; is it gone, media-chrome shows another one. */
  set(captions: readonly CaptionTrack[]): void;
  undo(): void;
}

export function mountPlayerCaptions(controller: HTMLElement, video: HTMLVideoElement): PlayerCaptions {
  const button = controller.querySelector<HTMLElement>("[data-captions-button]")!;
  const list = controller.querySelector<HTMLSelectElement>("[data-captions-list]")!;
  const off = list.options[0]!;
  const language = document.documentElement.lang || "en";
  let elements: HTMLTrackElement[] = [];

  /** The place of what is shown, also after somebody has pressed "c". */
  const shownPlace = (): number => elements.findIndex((element) => element.track.mode === "showing");
  const onChoice = (): void => {
    const place = list.value === "" ? -1 : Number(list.value);
    for (const [other, element] of elements.entries()) element.track.mode = other === place ? "showing" : "disabled";
  };
  const onChanged = (): void => {
    const place = shownPlace();
    list.value = place < 0 ? "" : String(place);
  };
  const keepKeys = (event: Event): void => event.stopPropagation(); // letters and arrows choose in the list
  list.addEventListener("change", onChoice);
  list.addEventListener("keydown", keepKeys);
  list.addEventListener("keyup", keepKeys);
  video.textTracks.addEventListener("change", onChanged);
  return {
    set(captions) {
      const shown = elements[shownPlace()]?.src;
      for (const element of elements) element.remove();
      elements = captions.map((caption) => {
        const element = document.createElement("track");
        element.kind = "captions";
        element.src = caption.url;
        element.label = captionName(caption, language, list.getAttribute("aria-label") ?? "");
        // "und" is a language to nobody, and some browsers would show it as a name.
        if (caption.language !== "und") element.srclang = caption.language;
        return element;
      });
      video.append(...elements);
      for (const element of elements) element.track.mode = element.src === shown ? "showing" : "disabled";
      button.hidden = captions.length !== 1;
      list.hidden = captions.length < 2;
      list.replaceChildren(off, ...elements.map((element, place) => new Option(element.label, String(place))));
      onChanged();
    },
    undo() {
      video.textTracks.removeEventListener("change", onChanged);
      list.removeEventListener("change", onChoice);
      list.removeEventListener("keydown", keepKeys);
      list.removeEventListener("keyup", keepKeys);
    },
  };
}
