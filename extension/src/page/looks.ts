// What each client saw of this document last. It exists in the page so that it ends with the document.

import type { Entry } from './entries.ts';

/** More clients than this looking at one tab are not kept: the one that looked longest ago sees a full snapshot again. */
const MAX_CLIENTS = 16;

interface Seen {
  readonly entries: readonly Entry[];
  /** While it is not sure that the client will be told of this look: whose it is, and what the client had seen before. */
  readonly trial?: { readonly ticket: string; readonly before: readonly Entry[] };
}

export class Looks {
  readonly #seen = new Map<string, Seen>();

  /** What to compare with; a look that was taken on trial under the same ticket does not count. */
  of(clientId: string, ticket?: string): readonly Entry[] | undefined {
    const seen = this.#seen.get(clientId);
    if (seen?.trial !== undefined && seen.trial.ticket === ticket) return seen.trial.before;
    return seen?.entries;
  }

  keep(clientId: string, entries: readonly Entry[]): void {
    this.#put(clientId, { entries });
  }

  keepOnTrial(clientId: string, entries: readonly Entry[], ticket: string): void {
    const before = this.of(clientId, ticket);
    this.#put(clientId, before === undefined ? { entries } : { entries, trial: { ticket, before } });
  }

  #put(clientId: string, seen: Seen): void {
    this.#seen.delete(clientId);
    this.#seen.set(clientId, seen);
    const oldest = this.#seen.keys().next();
    if (this.#seen.size > MAX_CLIENTS && oldest.done !== true) this.#seen.delete(oldest.value);
  }
}
