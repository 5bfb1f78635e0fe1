// Which look each client was told of last. It exists because a page takes a look before anybody knows whether it becomes an answer
// (a dialog opens, the call is cancelled, its time runs out): only the worker knows, and the page hears of it with the next question.

import { ignore } from '../async.ts';
import { record } from '../json.ts';

const key = (tabId: number): string => `told.${tabId}`;

export class Trials {
  readonly #told = new Map<number, Promise<Map<string, string>>>();

  async told(tabId: number, clientId: string): Promise<string> {
    return (await this.#of(tabId)).get(clientId) ?? '';
  }

  /** Kept beyond this worker: without, its next one would have every client look at the whole page again. */
  async tell(tabId: number, clientId: string, trial: string): Promise<void> {
    const told = await this.#of(tabId);
    told.set(clientId, trial);
    ignore(chrome.storage.session.set({ [key(tabId)]: Object.fromEntries(told) }));
  }

  async forget(tabId: number): Promise<void> {
    this.#told.delete(tabId);
    await chrome.storage.session.remove(key(tabId));
  }

  /** Reads once; parallel callers share it. */
  #of(tabId: number): Promise<Map<string, string>> {
    const known = this.#told.get(tabId) ?? chrome.storage.session.get(key(tabId)).then((stored) => parse(stored[key(tabId)]));
    this.#told.set(tabId, known);
    return known;
  }
}

function parse(stored: unknown): Map<string, string> {
  return new Map(Object.entries(record(stored)).flatMap(([clientId, trial]) => (typeof trial === 'string' ? [[clientId, trial]] : [])));
}
