/**
 * The speaker's own camera in a small window that stays above all others, with Pause and Stop in it, where the browser
 * has such windows (Document Picture-in-Picture). It is opened by a click and closes with the recording.
 */
import { partOf, setText } from "../../../core/ts/parts.ts";
import { formatElapsed } from "../../../videos/ts/recorder/stopwatch.ts";
import type { RecordSession } from "./session.ts";
import { show } from "./view.ts";

interface DocumentPictureInPicture {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
}

const OPEN_IN: readonly string[] = ["choosing", "countdown", "recording", "paused"];
const SIZE = { width: 260, height: 330 };

export interface Float {
  readonly is_open: boolean;
  /** Must be called straight from a click. */
  open(): Promise<void>;
  render(): void;
  renderElapsed(): void;
  close(): void;
}

/** `template` holds what stands in the window; `onClick` hears the clicks in it, `warning` is what is said in it. */
export function makeFloat(
  template: HTMLTemplateElement,
  session: RecordSession,
  { onClick, onChange, warning }: { onClick: (event: MouseEvent) => void; onChange: () => void; warning: () => string },
): Float {
  let floating: { window: Window; root: HTMLElement } | null = null;

  const render = (): void => {
    if (!floating) return;
    const { window: small, root } = floating;
    if (session.state.name === "asking") return; // It stays as it is: what is open is being taken over.
    if (!OPEN_IN.includes(session.state.name) || !session.stream) return small.close();
    const { choice, camera, state } = session;
    root.dataset["state"] = state.name;
    root.dataset["look"] = choice.look;
    show(root, session, true);
    setText(partOf(root, "float-warning"), warning());
    setText(partOf(root, "float-count"), state.name === "countdown" ? String(state.left) : "");
    const video = partOf<HTMLVideoElement>(root, "float-camera");
    video.classList.toggle("mirrored", choice.mirror !== "off");
    if (video.srcObject !== camera) {
      video.srcObject = camera;
      if (camera) video.play().catch(() => undefined); // Refused only when the camera is gone again by then.
    }
    renderElapsed();
  };
  const renderElapsed = (): void => {
    if (floating) setText(partOf(floating.root, "float-elapsed"), formatElapsed(session.elapsed_ms));
  };
  return {
    get is_open() {
      return floating !== null;
    },
    async open() {
      const pictures = documentPictureInPicture();
      if (!pictures || floating) return;
      let small: Window;
      try {
        small = await pictures.requestWindow(SIZE);
      } catch {
        return; // Refused, or the click was too long ago: the button is still there.
      }
      dress(small.document);
      small.document.body.append(template.content.cloneNode(true));
      small.document.addEventListener("click", onClick);
      floating = { window: small, root: partOf(small.document, "float") };
      small.addEventListener("pagehide", () => {
        floating = null;
        onChange();
      });
      onChange();
    },
    render,
    renderElapsed,
    close: () => floating?.window.close(),
  };
}

export function canFloat(): boolean {
  return documentPictureInPicture() !== null;
}

function documentPictureInPicture(): DocumentPictureInPicture | null {
  return (globalThis as { documentPictureInPicture?: DocumentPictureInPicture }).documentPictureInPicture ?? null;
}

/** The page's own look and language. */
function dress(small: Document): void {
  small.title = document.title;
  small.documentElement.lang = document.documentElement.lang;
  small.body.className = "float-page";
  for (const sheet of document.querySelectorAll('link[rel="stylesheet"]')) small.head.append(sheet.cloneNode());
}
