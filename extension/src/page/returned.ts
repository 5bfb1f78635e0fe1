// What is seen again after something had hidden it: the page behind a dialog, a long list behind a filter. It exists so that an
// answer does not tell all of it once more: the client has been told of it, and its refs are the same.

import type { Entry } from './entries.ts';
import { longestRun } from './order.ts';

/** What was told once and is there no more. */
export interface Gone {
  readonly entry: Entry;
  /** The key of what it stood in, where that went with it; '' where it was told as removed. */
  readonly home: string;
}

/** Less than this is told anew. */
const LEAST_RETURNED = 40;
/** A dialog may have hidden any number of neighbours. */
const MAX_RETURNED = 8;

export class Returned {
  readonly #was = new Map<number, Entry>();
  /** In something that returned, or that itself; and which of those did so as something else. */
  readonly #covered = new Set<number>();
  readonly #changed = new Set<number>();
  readonly #tops: number[] = [];
  /** How many neighbours with the same parent are told by their number alone. */
  readonly #more = new Map<number, number>();

  /** `gone`: what was told once and was not there at the last look, by key. */
  constructor(now: readonly Entry[], isKnown: (key: string) => boolean, gone: ReadonlyMap<string, Gone>) {
    if (gone.size < LEAST_RETURNED) return;
    const back = now.flatMap(({ key }, i) => (gone.has(key) && !isKnown(key) ? [i] : []));
    if (back.length < LEAST_RETURNED) return;
    const places = new Map([...gone.keys()].map((key, place) => [key, place]));
    const keyOf = (i: number): string => now[i]?.key ?? '';
    // What came back in another order is told anew.
    for (const at of longestRun(back.map((i) => places.get(keyOf(i)) ?? -1))) {
      const i = back[at] ?? -1;
      const was = gone.get(keyOf(i));
      if (was !== undefined) this.#was.set(i, was.entry);
    }
  }

  /** What it was when it was told; undefined if it has not returned. */
  was(i: number): Entry | undefined {
    return this.#was.get(i);
  }

  /** What is not in them any more, by what it was in. */
  removed(now: readonly Entry[], current: ReadonlyMap<string, number>, gone: ReadonlyMap<string, Gone>): Map<number, Entry[]> {
    const removed = new Map<number, Entry[]>();
    if (this.#was.size === 0) return removed;
    for (const { entry, home } of gone.values()) {
      const at = home === '' || current.has(entry.key) ? undefined : current.get(home);
      // Loose text may have become a part of what its parent says now, which is told then.
      if (at === undefined || !this.#was.has(at) || (entry.kind === 'text' && now[at]?.value.includes(entry.value) === true)) continue;
      removed.set(at, [...(removed.get(at) ?? []), entry]);
    }
    return removed;
  }

  /** It returned as it was; true if it is to be told, for all that is in it. Asked in document order. */
  isTop(i: number, parent: number): boolean {
    const isTop = !this.#covered.has(parent);
    this.#covered.add(i);
    if (isTop) this.#tops.push(i);
    return isTop;
  }

  /** It returned as something else; what is in it may still be as it was. */
  changed(i: number, parent: number): void {
    this.#changed.add(i);
    if (this.#covered.has(parent)) this.#covered.add(i);
  }

  /** Those that have a line of their own: the first of each parent, and those in which something else is told. */
  lines(now: readonly Entry[], isToldOf: (from: number, to: number) => boolean): number[] {
    const counts = new Map<number, number>();
    return this.#tops.filter((i) => {
      const entry = now[i];
      if (!entry) return false;
      const { parent, kind, end } = entry;
      const count = counts.get(parent) ?? 0;
      if (isToldOf(i + 1, end) || (kind !== 'text' && count < MAX_RETURNED)) {
        counts.set(parent, count + 1);
        return true;
      }
      this.#more.set(parent, (this.#more.get(parent) ?? 0) + 1);
      return false;
    });
  }

  /** How the line of one of them is marked. */
  mark(i: number, end: number): string {
    let inside = 0;
    for (let at = i + 1; at < end; at += 1) if (this.#covered.has(at) && !this.#changed.has(at)) inside += 1;
    return inside === 0 ? ' [shown again]' : ` [shown again, ${inside} line${inside === 1 ? '' : 's'} in it as told before]`;
  }

  moreLines(parent: number, level: number): string[] {
    const more = this.#more.get(parent) ?? 0;
    return more === 0 ? [] : [`${'  '.repeat(level)}- shown again: ${more} more here`];
  }
}
