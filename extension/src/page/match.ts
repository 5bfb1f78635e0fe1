// Which of several things a caller's word means. It exists so that radios, suggestions and options are all named by the same rules.

import { squash } from './yaml.ts';

export type RefOf = (el: Element) => string;

/** As written, then without blanks around, then whatever the case, then the only one that begins so. */
export function best<T>(all: readonly T[], wanted: string, namesOf: (one: T) => readonly string[]): T | undefined {
  const squashed = squash(wanted);
  const folded = squashed.toLowerCase();
  const rules: ((name: string) => boolean)[] = [(name) => name === wanted, (name) => squash(name) === squashed, (name) => squash(name).toLowerCase() === folded];
  for (const rule of rules) {
    const found = all.find((one) => namesOf(one).some(rule));
    if (found !== undefined) return found;
  }
  const begun = all.filter((one) => namesOf(one).some((name) => squash(name).toLowerCase().startsWith(folded)));
  return folded !== '' && begun.length === 1 ? begun[0] : undefined;
}

/** Whether one of its names is the wanted one, whatever the case, and does not only begin so. */
export function isExact(names: readonly string[], wanted: string): boolean {
  return names.some((name) => squash(name).toLowerCase() === squash(wanted).toLowerCase());
}
