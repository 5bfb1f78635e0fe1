// What must outlive the service worker but not the browser: chrome.storage.session, read once as a whole when the worker
// wakes. It exists so that the parts which keep such state (journal, clients, tabs) start from one read, not from one each.

import { kept } from './async.ts';
import { isRecord, type JsonRecord } from './json.ts';

export class Session {
  /** All that was stored when this worker started. */
  readonly boot = kept(async (): Promise<JsonRecord> => {
    const all: unknown = await chrome.storage.session.get(null);
    return isRecord(all) ? all : {};
  });

  async set(items: JsonRecord): Promise<void> {
    await chrome.storage.session.set(items);
  }

  async remove(keys: string[]): Promise<void> {
    if (keys.length > 0) await chrome.storage.session.remove(keys);
  }
}
