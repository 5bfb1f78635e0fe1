// Tabs that pages opened while no call was at them, until their client is told. It exists so that a tab that comes late is named in
// the next answer, also if the worker dies in between.

import { finite, list, record, type JsonRecord } from '../json.ts';

/** A page that opens tabs all day must not fill the memory: the newest are told. */
const MAX_TABS = 20;

export class Untold {
  readonly #byOpener = new Map<number, number[]>();

  take(openerTabId: number): number[] {
    const tabs = this.#byOpener.get(openerTabId) ?? [];
    this.#byOpener.delete(openerTabId);
    return tabs;
  }

  leave(openerTabId: number, tabIds: readonly number[]): void {
    if (tabIds.length > 0) this.#byOpener.set(openerTabId, [...(this.#byOpener.get(openerTabId) ?? []), ...tabIds].slice(-MAX_TABS));
  }

  /** The opener is closed: no answer comes from there any more. */
  forget(openerTabId: number): void {
    this.#byOpener.delete(openerTabId);
  }

  toJson(): JsonRecord[] {
    return [...this.#byOpener].map(([openerTabId, tabIds]) => ({ openerTabId, tabIds }));
  }

  load(stored: unknown): void {
    for (const item of list(stored)) {
      const { openerTabId, tabIds } = record(item);
      const opener = finite(openerTabId);
      if (opener !== undefined) this.leave(opener, list(tabIds).flatMap((tabId) => finite(tabId) ?? []));
    }
  }
}
