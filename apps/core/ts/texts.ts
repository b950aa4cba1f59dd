/**
 * The sentences a script may show. They stand, translated, in the page:
 *
 *     <template data-texts><span data-text="comment_at">Comment at {time}</span>…</template>
 *
 * so that no sentence lives in TypeScript and a missing one fails loudly in the first test that needs it.
 */

export type Values = Readonly<Record<string, string | number>>;

/** Returns the sentence of that name with its {values} filled in. Throws for a name that the page does not have. */
export type Texts = (name: string, values?: Values) => string;

/** Returns `pattern` with each {name} replaced; a name without a value stays as it is. */
export function fill(pattern: string, values: Values = {}): string {
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}

/** Returns the lookup over `sentences`. With a `count` among the values, `name_one`, `name_other` … are tried first. */
export function makeTexts(sentences: ReadonlyMap<string, string>, language: string): Texts {
  const plural = new Intl.PluralRules(language);
  return (name, values) => {
    const count = values?.["count"];
    const exact = typeof count === "number" ? sentences.get(`${name}_${plural.select(count)}`) : undefined;
    const pattern = exact ?? sentences.get(name);
    if (pattern === undefined) throw new Error(`The page has no text named ${name}`);
    return fill(pattern, values);
  };
}

/** Returns the texts of every <template data-texts> in the page. */
export function readTexts(page: Document = document): Texts {
  const sentences = new Map<string, string>();
  for (const template of page.querySelectorAll<HTMLTemplateElement>("template[data-texts]")) {
    for (const element of template.content.querySelectorAll<HTMLElement>("[data-text]")) {
      sentences.set(element.dataset["text"]!, (element.textContent ?? "").trim().replace(/\s+/g, " "));
    }
  }
  return makeTexts(sentences, page.documentElement.lang || "en");
}
