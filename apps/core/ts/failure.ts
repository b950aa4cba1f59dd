/** What a person reads when a request has failed. */
import { ApiError } from "./api.ts";
import type { Texts } from "./texts.ts";

/** Returns the server's own sentence, else the page's `error_network` or `error_unknown`. */
export function failureSentence(error: unknown, texts: Texts): string {
  if (!(error instanceof ApiError)) return texts("error_unknown");
  if (error.code === "network") return texts("error_network");
  return sentenceOf(error) || texts("error_unknown");
}

/**
 * Returns the sentence that the server gave, "" where it gave none.
 *
 * Of what was filled in wrongly it is the first field's sentence: `detail` begins with the name that programs have for
 * the field.
 */
export function sentenceOf(error: ApiError): string {
  return firstSentence(error.body["fields"]) || error.detail;
}

/** Returns the first text in lists and objects of lists, "" where there is none. */
function firstSentence(fields: unknown): string {
  if (typeof fields === "string") return fields;
  if (typeof fields !== "object" || fields === null) return "";
  for (const inner of Object.values(fields)) {
    const sentence = firstSentence(inner);
    if (sentence) return sentence;
  }
  return "";
}
