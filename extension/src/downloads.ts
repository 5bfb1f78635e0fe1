// Which downloads are whose. It exists because Chrome's list of downloads knows no tabs: what a client's page begins is told by the
// debugger, and found in that list by its address and its time. The person's own downloads are never told.

import { ignore } from './async.ts';
import { finite, list, record, text, type JsonRecord } from './json.ts';
import type { Session } from './session.ts';

export interface Download {
  id: number;
  state: 'in_progress' | 'complete' | 'interrupted' | 'cancelled' | 'held_back';
  url: string;
  /** Where it lies, or will. */
  path: string;
  bytes: number;
  totalBytes?: number;
  mimeType?: string;
  error?: string;
}

interface Begun {
  clientId: string;
  url: string;
  at: number;
  /** Chrome's id, once it was found. */
  id?: number;
  /** The client knows how it ended. */
  isTold?: true;
}

const STORED = 'downloads';
const MAX_KEPT = 200;
/** Of an address: a data: address may be as long as a book, and would fill the storage that all calls need. */
const KEPT_CHARS = 2_000;
/** Chrome enters a download in its list a moment before or after the page's process tells of it. */
const APART_MS = 10_000;

export class Downloads {
  readonly #session: Session;
  #begun: Begun[] | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  async begin(clientId: string, url: string): Promise<void> {
    const at = Date.now();
    const begun = await this.#load();
    begun.push({ clientId, url: kept(url), at });
    if (begun.length > MAX_KEPT) begun.splice(0, begun.length - MAX_KEPT);
    await this.#save();
  }

  /** The client's downloads, the newest last. */
  async of(clientId: string): Promise<Download[]> {
    const begun = await this.#load();
    const own = begun.filter((one) => one.clientId === clientId);
    const open = own.filter((one) => one.id === undefined);
    if (open.length > 0 && (await this.#find(begun, open))) ignore(this.#save());
    const found = await Promise.all(own.map(async ({ id }) => (id === undefined ? [] : chrome.downloads.search({ id }))));
    return found.flat().map(told);
  }

  /** Those of the client whose end it has not been told. */
  async untold(clientId: string): Promise<Set<number>> {
    const begun = await this.#load();
    return new Set(begun.flatMap((one) => (one.clientId === clientId && one.isTold !== true ? (one.id ?? []) : [])));
  }

  /** The client is told how these ended. */
  async tell(ids: readonly number[]): Promise<void> {
    const fresh = (await this.#load()).filter((one) => one.id !== undefined && ids.includes(one.id) && one.isTold !== true);
    for (const one of fresh) one.isTold = true;
    if (fresh.length > 0) await this.#save();
  }

  /** Whose a download is; undefined for the person's own. */
  async ownerOf(id: number): Promise<string | undefined> {
    const begun = await this.#load();
    const open = begun.filter((one) => one.id === undefined);
    if (!begun.some((one) => one.id === id) && open.length > 0 && (await this.#find(begun, open))) ignore(this.#save());
    return begun.find((one) => one.id === id)?.clientId;
  }

  async cancel(id: number): Promise<void> {
    await chrome.downloads.cancel(id);
  }

  async #find(begun: readonly Begun[], open: readonly Begun[]): Promise<boolean> {
    const earliest = Math.min(...open.map((one) => one.at)) - APART_MS;
    const items = await chrome.downloads.search({ startedAfter: new Date(earliest).toISOString(), orderBy: ['startTime'] });
    let found = false;
    for (const one of open) {
      const taken = new Set(begun.flatMap(({ id }) => id ?? []));
      const near = items.filter((item) => !taken.has(item.id) && (kept(item.url) === one.url || kept(item.finalUrl) === one.url) && Math.abs(Date.parse(item.startTime) - one.at) < APART_MS);
      const [nearest] = near.sort((a, b) => Math.abs(Date.parse(a.startTime) - one.at) - Math.abs(Date.parse(b.startTime) - one.at));
      if (nearest === undefined) continue;
      one.id = nearest.id;
      found = true;
    }
    return found;
  }

  async #load(): Promise<Begun[]> {
    if (this.#begun !== undefined) return this.#begun;
    const stored = await this.#session.boot();
    this.#begun ??= list(stored[STORED]).flatMap((entry) => begunOf(record(entry)));
    return this.#begun;
  }

  async #save(): Promise<void> {
    await this.#session.set({ [STORED]: this.#begun ?? [] });
  }
}

function kept(url: string): string {
  return url.slice(0, KEPT_CHARS);
}

function begunOf(entry: JsonRecord): Begun[] {
  const clientId = text(entry.clientId);
  const url = text(entry.url);
  const at = finite(entry.at);
  const id = finite(entry.id);
  if (clientId === undefined || url === undefined || at === undefined) return [];
  return [{ clientId, url, at, ...(id === undefined ? {} : { id }), ...(entry.isTold === true ? { isTold: true } : {}) }];
}

function told(item: chrome.downloads.DownloadItem): Download {
  const isHeld = item.state === 'in_progress' && !/^(?:safe|accepted|allowlistedByPolicy)$/.test(item.danger);
  const isCancelled = item.state === 'interrupted' && item.error === 'USER_CANCELED';
  return {
    id: item.id,
    state: isHeld ? 'held_back' : isCancelled ? 'cancelled' : item.state,
    url: kept(item.finalUrl),
    path: item.filename,
    bytes: item.bytesReceived,
    ...(item.totalBytes >= 0 ? { totalBytes: item.totalBytes } : {}),
    ...(item.mime === '' ? {} : { mimeType: item.mime }),
    ...(isHeld ? { error: item.danger } : item.error === undefined || isCancelled ? {} : { error: item.error }),
  };
}
