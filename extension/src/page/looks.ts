// What each client saw of this document last. It exists in the page so that it ends with the document.

import type { Entry } from './entries.ts';

/** More clients than this looking at one tab are not kept: the one that looked longest ago sees a full snapshot again. */
const MAX_CLIENTS = 16;

/** Looks that are kept for a client until it is known whether it was told of them; most are told at once, the others never. */
const MAX_TRIALS = 3;

interface Seen {
  readonly entries: readonly Entry[] | undefined;
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
    this.#keep(clientId, { entries: confirmed, trials: seen.trials });
    return confirmed;
  }

  /** A look that the client may never be told of: an action goes on, a dialog opens over it, the call is given up. */
  keepOnTrial(clientId: string, entries: readonly Entry[], trial: string): void {
    const seen = this.#seen.get(clientId) ?? { entries: undefined, trials: new Map<string, readonly Entry[]>() };
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

function dropOldest(map: Map<string, unknown>, max: number): void {
  const oldest = map.keys().next();
  if (map.size > max && oldest.done !== true) map.delete(oldest.value);
}
