/** Gives media-chrome's controls the page's words: on their own they speak English, whatever the page speaks. */
import { addTranslation, setLanguage } from "media-chrome/utils/i18n";

/** Reads #player-words. Must be called before a control is made, because most name themselves once. */
export function translateControls(page: Document = document): void {
  const template = page.getElementById("player-words") as HTMLTemplateElement;
  const words = [...template.content.querySelectorAll<HTMLElement>("[data-word]")].map((element) => [
    element.dataset["word"],
    element.textContent,
  ]);
  const language = page.documentElement.lang || "en";
  addTranslation(language, Object.fromEntries(words));
  setLanguage(language);
}
