// How much of an address or a title an answer holds. It exists because pages choose both, of any length, and every answer repeats
// them: one call of history.replaceState would fill a model's whole memory.

const ADDRESS_CHARS = 2_000;
const TITLE_CHARS = 500;

export function shortUrl(url: string): string {
  return bounded(url, ADDRESS_CHARS);
}

export function shortTitle(title: string): string {
  return bounded(title, TITLE_CHARS);
}

/** The beginning of a text that is too long, and how long it is. */
export function bounded(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()}… (${text.length} characters)`;
}
