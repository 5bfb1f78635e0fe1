// What each client saw of this document last. It exists in the page so that it ends with the document.

import type { Entry } from './entries.ts';

/** More clients than this looking at one tab are not kept: the one that looked longest ago sees a full snapshot again. */
const MAX_CLIENTS = 16;

export class Looks {
  readonly #seen = new Map<string, readonly Entry[]>();

  of(clientId: string): readonly Entry[] | undefined {
    return this.#seen.get(clientId);
  }

  keep(clientId: string, entries: readonly Entry[]): void {
    this.#seen.delete(clientId);
    this.#seen.set(clientId, entries);
    const oldest = this.#seen.keys().next();
    if (this.#seen.size > MAX_CLIENTS && oldest.done !== true) this.#seen.delete(oldest.value);
  }
}
