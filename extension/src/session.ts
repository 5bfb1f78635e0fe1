// What must outlive the service worker but not the browser: chrome.storage.session, read once as a whole when the worker
// wakes. It exists so that the parts which keep such state (journal, clients, tabs) start from one read, not from one each.

import { isRecord, type JsonRecord } from './json.ts';

export class Session {
  #boot: Promise<JsonRecord> | undefined;

  /** All that was stored when this worker started. */
  boot(): Promise<JsonRecord> {
    this.#boot ??= chrome.storage.session.get(null).then((all: unknown) => (isRecord(all) ? all : {}));
    return this.#boot;
  }

  async set(items: JsonRecord): Promise<void> {
    await chrome.storage.session.set(items);
  }

  async remove(keys: string[]): Promise<void> {
    if (keys.length > 0) await chrome.storage.session.remove(keys);
  }
}
