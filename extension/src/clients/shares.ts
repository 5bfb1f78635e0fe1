// Who may read which tab beside its holder: plain data. It exists apart from the leases because a share gives no right to act:
// what is written here can never make a second writer.

import { finite, list, record, text, type JsonRecord } from '../json.ts';

/** A client that may read a tab, with the name that it had then. */
export interface Reader {
  readonly id: string;
  readonly name: string;
}

export interface Share {
  readonly tabId: number;
  /** Every client may read it, those that come later too. */
  all: boolean;
  readers: Reader[];
}

export class Shares {
  readonly #shares = new Map<number, Share>();

  of(tabId: number): Share | undefined {
    return this.#shares.get(tabId);
  }

  all(): Share[] {
    return [...this.#shares.values()];
  }

  allows(tabId: number, clientId: string): boolean {
    const share = this.#shares.get(tabId);
    return share !== undefined && (share.all || share.readers.some(({ id }) => id === clientId));
  }

  add(tabId: number, to: Reader | 'all'): void {
    const share = this.#shares.get(tabId) ?? { tabId, all: false, readers: [] };
    if (to === 'all') share.all = true;
    else share.readers = [...share.readers.filter(({ id }) => id !== to.id), to];
    this.#shares.set(tabId, share);
  }

  /** The tab is nobody's but its holder's again, or has no holder any more. */
  end(tabId: number): void {
    this.#shares.delete(tabId);
  }

  /** A client is gone for good and reads nothing any more; true if it could read anything. */
  forget(clientId: string): boolean {
    let changed = false;
    for (const share of this.all()) {
      const rest = share.readers.filter(({ id }) => id !== clientId);
      if (rest.length === share.readers.length) continue;
      changed = true;
      share.readers = rest;
      if (rest.length === 0 && !share.all) this.end(share.tabId);
    }
    return changed;
  }

  /** A client has another name. */
  rename(clientId: string, name: string): boolean {
    let changed = false;
    for (const share of this.#shares.values()) {
      share.readers = share.readers.map((reader) => {
        if (reader.id !== clientId || reader.name === name) return reader;
        changed = true;
        return { id: clientId, name };
      });
    }
    return changed;
  }

  /** Chrome gave a tab another id. */
  replaced(newId: number, oldId: number): void {
    const share = this.#shares.get(oldId);
    if (share === undefined) return;
    this.end(oldId);
    this.#shares.set(newId, { ...share, tabId: newId });
  }

  toJson(): JsonRecord[] {
    return this.all().map((share) => ({ ...share }));
  }

  load(stored: unknown): void {
    for (const item of list(stored)) {
      const entry = record(item);
      const tabId = finite(entry.tabId);
      if (tabId === undefined) continue;
      if (entry.all === true) this.add(tabId, 'all');
      for (const one of list(entry.readers)) {
        const id = text(record(one).id);
        if (id !== undefined) this.add(tabId, { id, name: text(record(one).name) ?? 'client' });
      }
    }
  }
}
