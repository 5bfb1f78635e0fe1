// What each client saw of this document last. It exists in the page so that it ends with the document.

import type { Entry } from './entries.ts';

/** More clients than this looking at one tab are not kept: the one that looked longest ago sees a full snapshot again. */
const MAX_CLIENTS = 16;

/** Looks on trial that are kept for a client; most are told at once, the others never. */
const MAX_TRIALS = 3;

interface Seen {
  readonly entries: readonly Entry[];
  readonly trials: Map<string, readonly Entry[]>;
}

export class Looks {
  readonly #seen = new Map<string, Seen>();

  /** What the client was told last; `told` names the last look on trial that it was told of. */
  of(clientId: string, told = ''): readonly Entry[] | undefined {
    const confirmed = this.#seen.get(clientId)?.trials.get(told);
    if (confirmed !== undefined) this.keep(clientId, confirmed);
    return this.#seen.get(clientId)?.entries;
  }

  keep(clientId: string, entries: readonly Entry[]): void {
    this.#seen.delete(clientId);
    this.#seen.set(clientId, { entries, trials: new Map() });
    dropOldest(this.#seen, MAX_CLIENTS);
  }

  /** A look that the client may never be told of, because the action goes on or has been given up. */
  keepOnTrial(clientId: string, entries: readonly Entry[], trial: string): void {
    const trials = this.#seen.get(clientId)?.trials;
    trials?.set(trial, entries);
    if (trials !== undefined) dropOldest(trials, MAX_TRIALS);
  }
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  const oldest = map.keys().next();
  if (map.size > max && oldest.done !== true) map.delete(oldest.value);
}
