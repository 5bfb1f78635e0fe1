// How much of what pages choose an answer holds. It exists because addresses, titles and lists may be of any length, and every
// answer repeats the first two: one call of history.replaceState would fill a model's whole memory.

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

/** What a default answer tells, in characters; with what stands around it (address, title, notes, cursor) it stays below 12,000. */
const ROOM_CHARS = 11_000;
/** What stands around it has room for an address so long; a longer one takes of what is told. */
const USUAL_ADDRESS_CHARS = 200;

/** How many characters a default answer about a page of this address has for what it tells. */
export function roomBeside(url: string): number {
  return ROOM_CHARS - Math.max(0, Math.min(url.length, ADDRESS_CHARS) - USUAL_ADDRESS_CHARS);
}

/** The first ones of a list that fit into so many characters; the first one in any case. */
export function firstThatFit<T>(entries: readonly T[], room: number, charsOf: (entry: T) => number): T[] {
  let chars = 0;
  const end = entries.findIndex((entry, at) => {
    chars += charsOf(entry);
    return chars > room && at > 0;
  });
  return entries.slice(0, end < 0 ? entries.length : end);
}

/** The last ones of a list that fit into so many characters; the last one in any case. */
export function lastThatFit<T>(entries: readonly T[], room: number, charsOf: (entry: T) => number): T[] {
  let chars = 0;
  const tooMuch = entries.findLastIndex((entry, at) => {
    chars += charsOf(entry);
    return chars > room && at < entries.length - 1;
  });
  return entries.slice(tooMuch + 1);
}
