// What each client saw of this document last. It exists in the page so that it ends with the document.

import type { Entry } from './entries.ts';
import type { Gone } from './returned.ts';

/** More clients than this looking at one tab are not kept: the one that looked longest ago sees a full snapshot again. */
const MAX_CLIENTS = 16;

/** Looks that are kept for a client until it is known whether it was told of them; most are told at once, the others never. */
const MAX_TRIALS = 3;

/** Of what is not there any more so much is kept, to be known once it returns. */
const MAX_GONE = 20_000;

interface Seen {
  readonly entries: readonly Entry[] | undefined;
  /** What the client was told of before, and what had gone when it was told last; by key, the latest last. */
  readonly gone: Map<string, Gone>;
  readonly trials: Map<string, readonly Entry[]>;
}

export class Looks {
  readonly #seen = new Map<string, Seen>();

  /** What the client was told last; `told` names the last look on trial that it was told of. */
  of(clientId: string, told: string): readonly Entry[] | undefined {
    const seen = this.#seen.get(clientId);
    const confirmed = seen?.trials.get(told);
    if (seen === undefined || confirmed === undefined) return seen?.entries;
    const names = [...seen.trials.keys()];
    // What was taken before it is never told any more.
    for (const name of names.slice(0, names.indexOf(told) + 1)) seen.trials.delete(name);
    remember(seen.gone, seen.entries ?? [], confirmed);
    this.#keep(clientId, { entries: confirmed, gone: seen.gone, trials: seen.trials });
    return confirmed;
  }

  /** What the client was told of before its last look, and what had gone by then. */
  goneFor(clientId: string): ReadonlyMap<string, Gone> {
    return this.#seen.get(clientId)?.gone ?? new Map<string, Gone>();
  }

  /** A look that the client may never be told of: an action goes on, a dialog opens over it, the call is given up. */
  keepOnTrial(clientId: string, entries: readonly Entry[], trial: string): void {
    const seen = this.#seen.get(clientId) ?? { entries: undefined, gone: new Map<string, Gone>(), trials: new Map<string, readonly Entry[]>() };
    seen.trials.delete(trial);
    seen.trials.set(trial, entries);
    dropOldest(seen.trials, MAX_TRIALS);
    this.#keep(clientId, seen);
  }

  #keep(clientId: string, seen: Seen): void {
    this.#seen.delete(clientId);
    this.#seen.set(clientId, seen);
    dropOldest(this.#seen, MAX_CLIENTS);
  }
}

/** Moves into `gone` what `now` has no more of `before`, and out of it what is back. */
function remember(gone: Map<string, Gone>, before: readonly Entry[], now: readonly Entry[]): void {
  // Most looks differ in a few places, or nowhere.
  const most = Math.min(before.length, now.length);
  let start = 0;
  while (start < most && before[start]?.key === now[start]?.key) start += 1;
  let atEnd = 0;
  while (atEnd < most - start && before[before.length - 1 - atEnd]?.key === now[now.length - 1 - atEnd]?.key) atEnd += 1;
  const there = new Set<string>();
  let isBack = false;
  for (const { key } of now.slice(start, now.length - atEnd)) {
    there.add(key);
    if (gone.delete(key)) isBack = true;
  }
  if (isBack) forgetHomes(gone, now);
  for (const entry of before.slice(start, before.length - atEnd)) {
    if (there.has(entry.key)) continue;
    const parent = before[entry.parent]?.key ?? '';
    gone.set(entry.key, { entry, home: entry.parent < start || there.has(parent) ? '' : parent });
  }
  for (const key of gone.keys()) {
    if (gone.size <= MAX_GONE) return;
    gone.delete(key);
  }
}

/** What stood in something that is back without it has been told as removed. */
function forgetHomes(gone: Map<string, Gone>, now: readonly Entry[]): void {
  const there = new Set(now.map(({ key }) => key));
  for (const [key, { entry, home }] of gone) if (home !== '' && there.has(home)) gone.set(key, { entry, home: '' });
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  const oldest = map.keys().next();
  if (map.size > max && oldest.done !== true) map.delete(oldest.value);
}
