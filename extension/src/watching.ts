// What somebody watches in this browser, as the hub says, and the news of it: pages that change by themselves, what they log and
// ask their servers, downloads. It exists so that nothing is observed that nobody watches, and that news of many changes are few.

import { ignore, Serial } from './async.ts';
import type { ExtensionEvent, PagePart, WatchedPart } from './hub/frames.ts';
import { CHANGED } from './page/notify.ts';

/** How long news wait for more of their kind, after the first. */
const PAUSE_MS = 25;

export interface WatchingHooks {
  send(event: ExtensionEvent): void;
  /** Whether what the hub wants is known: a worker that has just started does not know it yet. */
  isConnected(): boolean;
  /** Observes a tab's page in all its frames, or in one; or ceases to. */
  observe(tabId: number, frameId: number | undefined, on: boolean): Promise<void>;
  /** Records what the tab's page logs and asks its servers. */
  record(tabId: number): Promise<unknown>;
  /** Whose download it is, if a client's. */
  ownerOf(downloadId: number): Promise<string | undefined>;
}

export class Watching {
  readonly #hooks: WatchingHooks;
  #pages = new Map<number, Set<WatchedPart>>();
  readonly #orders = new Map<number, Serial>();
  #downloads = false;
  /** News that have not been sent. */
  #parts = new Map<string, PagePart>();
  #clients = new Set<string>();
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(hooks: WatchingHooks) {
    this.#hooks = hooks;
    chrome.runtime.onMessage.addListener((message: unknown, sender, respond) => {
      const tabId = sender.tab?.id;
      if (message !== CHANGED || tabId === undefined) return undefined;
      this.changed(tabId, 'content');
      respond(this.isWatched(tabId, 'content') || !this.#hooks.isConnected());
      return undefined;
    });
    chrome.webNavigation.onCommitted.addListener(({ tabId }) => this.changed(tabId, 'content'));
    // A new document has no observer; what it showed until it has one is told as one change.
    chrome.webNavigation.onDOMContentLoaded.addListener(({ tabId, frameId }) => {
      if (this.isWatched(tabId, 'content')) this.#observe(tabId, frameId);
    });
    chrome.downloads.onChanged.addListener(({ id }) => {
      if (this.#downloads) ignore(this.#hooks.ownerOf(id).then((owner) => owner !== undefined && this.downloadsChanged(owner)));
    });
  }

  /** What the hub wants to hear of from now on, and of nothing else. */
  set(pages: readonly PagePart[], downloads: boolean): void {
    const before = this.#pages;
    this.#pages = new Map();
    this.#downloads = downloads;
    for (const { tabId, part } of pages) this.#pages.set(tabId, (this.#pages.get(tabId) ?? new Set()).add(part));
    for (const [tabId, parts] of this.#pages) {
      const had = before.get(tabId);
      if (parts.has('content') && had?.has('content') !== true) this.#observe(tabId);
      if (this.isRecorded(tabId) && had?.has('console') !== true && had?.has('network') !== true) ignore(this.#hooks.record(tabId));
    }
    for (const [tabId, had] of before) {
      if (had.has('content') && !this.isWatched(tabId, 'content')) this.#observe(tabId);
    }
  }

  isWatched(tabId: number, part: WatchedPart): boolean {
    return this.#pages.get(tabId)?.has(part) === true;
  }

  /** Whether somebody watches what only the debugger hears. */
  isRecorded(tabId: number): boolean {
    return this.isWatched(tabId, 'console') || this.isWatched(tabId, 'network');
  }

  changed(tabId: number, part: WatchedPart): void {
    if (!this.isWatched(tabId, part)) return;
    this.#parts.set(`${tabId} ${part}`, { tabId, part });
    this.#send();
  }

  downloadsChanged(clientId: string): void {
    if (!this.#downloads) return;
    this.#clients.add(clientId);
    this.#send();
  }

  /** As it is wanted when its turn has come: one who changes their mind quickly must not be overtaken by it. */
  #observe(tabId: number, frameId?: number): void {
    const orders = this.#orders.get(tabId) ?? new Serial();
    this.#orders.set(tabId, orders);
    const work = orders.run(async () => {
      const on = this.isWatched(tabId, 'content');
      if (!on) this.#orders.delete(tabId);
      await this.#hooks.observe(tabId, frameId, on);
      // From when it was wanted until now nobody looked.
      if (on) this.changed(tabId, 'content');
    });
    ignore(work);
  }

  #send(): void {
    if (this.#pause !== undefined) return;
    const pages = [...this.#parts.values()];
    const clients = [...this.#clients];
    if (pages.length === 0 && clients.length === 0) return;
    this.#parts.clear();
    this.#clients.clear();
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#send();
    }, PAUSE_MS);
    this.#hooks.send({ name: 'changed', pages, ...(clients.length === 0 ? {} : { downloads: true, clients }) });
  }
}
