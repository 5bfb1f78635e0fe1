// Who holds which tab: plain data and the rules on it. It exists apart from Chrome so that the promise "no call of one client
// ever reads or changes another client's tab by accident" can be read and tested in one place.

import { ToolError } from '../errors.ts';
import { finite, list, record, text, type JsonRecord } from '../json.ts';

export interface Client {
  readonly id: string;
  name: string;
  tabs: number[];
  current: number | undefined;
  groupId: number | undefined;
  /** While the hub is stopped: the tabs that were taken out of the group, to be put back when the client is there again. */
  apart: number[] | undefined;
  /** The current tab was closed by somebody else and the client has not been told yet. */
  lost: boolean;
}

/** What a call needs of its tab: something to look at, or just any tab to go somewhere with. */
export type Need = 'content' | 'any';

export class Leases {
  readonly #clients = new Map<string, Client>();
  readonly #owners = new Map<number, string>();

  client(id: string, name: string): Client {
    const known = this.#clients.get(id);
    if (known !== undefined) {
      known.name = name;
      return known;
    }
    const fresh: Client = { id, name, tabs: [], current: undefined, groupId: undefined, apart: undefined, lost: false };
    this.#clients.set(id, fresh);
    return fresh;
  }

  get(id: string): Client | undefined {
    return this.#clients.get(id);
  }

  all(): Client[] {
    return [...this.#clients.values()];
  }

  ownerOf(tabId: number): Client | undefined {
    const owner = this.#owners.get(tabId);
    return owner === undefined ? undefined : this.#clients.get(owner);
  }

  hold(client: Client, tabId: number, makeCurrent: boolean): void {
    const before = this.ownerOf(tabId);
    if (before !== undefined && before !== client) this.release(tabId);
    this.#owners.set(tabId, client.id);
    if (!client.tabs.includes(tabId)) client.tabs.push(tabId);
    if (makeCurrent || client.current === undefined) this.select(client, tabId);
  }

  select(client: Client, tabId: number): void {
    client.current = tabId;
    client.lost = false;
  }

  /** The client gives a tab up, or closed it itself: the newest of its other tabs becomes its current one. */
  release(tabId: number): Client | undefined {
    const client = this.ownerOf(tabId);
    this.#owners.delete(tabId);
    if (client === undefined) return undefined;
    client.tabs = client.tabs.filter((held) => held !== tabId);
    if (client.current === tabId) client.current = client.tabs.at(-1);
    return client;
  }

  /** A tab was closed by somebody else: if it was the current one, the client is told once before it goes on elsewhere. */
  closed(tabId: number): Client | undefined {
    const wasCurrent = this.ownerOf(tabId)?.current === tabId;
    const client = this.release(tabId);
    if (client === undefined) return undefined;
    if (wasCurrent) {
      client.current = undefined;
      client.lost = true;
    }
    return client;
  }

  /** Chrome gave a tab another id (a prerendered page took its place). */
  replaced(newId: number, oldId: number): Client | undefined {
    const client = this.ownerOf(oldId);
    if (client === undefined) return undefined;
    this.#owners.delete(oldId);
    this.#owners.set(newId, client.id);
    const renamed = (held: number): number => (held === oldId ? newId : held);
    client.tabs = client.tabs.map(renamed);
    client.apart = client.apart?.map(renamed);
    if (client.current === oldId) client.current = newId;
    return client;
  }

  forget(id: string): Client | undefined {
    const client = this.#clients.get(id);
    if (client === undefined) return undefined;
    for (const tabId of client.tabs) this.#owners.delete(tabId);
    this.#clients.delete(id);
    return client;
  }

  /**
   * The tab that a call is about; undefined: the client has none, open one.
   * `exists` says whether the browser has a tab of that id at all.
   */
  resolve(client: Client, asked: number | undefined, need: Need, exists: (tabId: number) => boolean): number | undefined {
    if (asked !== undefined) return this.#explicit(client, asked, exists);
    if (client.current !== undefined) return client.current;
    if (client.lost) {
      client.lost = false;
      if (need === 'content') throw closedTab(client);
    }
    client.current = client.tabs.at(-1);
    return client.current;
  }

  #explicit(client: Client, asked: number, exists: (tabId: number) => boolean): number {
    const owner = this.ownerOf(asked);
    if (owner === client) return asked;
    if (owner !== undefined) {
      throw new ToolError(
        'tab_taken',
        `Tab ${asked} is held by another client, "${owner.name}".`,
        'Use a tab of your own: leave tabId out, or see browser_tabs with action list.',
        { tabId: asked, holder: owner.name },
      );
    }
    if (exists(asked)) {
      throw new ToolError(
        'not_allowed',
        `Tab ${asked} is the person’s own tab.`,
        'Use a tab of your own: leave tabId out, or open one with browser_tabs action new.',
        { tabId: asked },
      );
    }
    throw new ToolError(
      'tab_gone',
      `There is no tab ${asked} in this browser any more.`,
      'See your tabs with browser_tabs action list, or open a page with browser_navigate.',
      { tabId: asked },
    );
  }

  toJson(): JsonRecord[] {
    return this.all().map((client) => ({ ...client }));
  }

  load(stored: unknown): void {
    for (const item of list(stored)) {
      const entry = record(item);
      const id = text(entry.id);
      if (id === undefined || this.#clients.has(id)) continue;
      const client = this.client(id, text(entry.name) ?? 'client');
      client.groupId = finite(entry.groupId);
      if (Array.isArray(entry.apart)) client.apart = entry.apart.filter((tabId) => typeof tabId === 'number');
      for (const tabId of list(entry.tabs)) if (typeof tabId === 'number') this.hold(client, tabId, false);
      const current = finite(entry.current);
      client.current = current !== undefined && client.tabs.includes(current) ? current : undefined;
      client.lost = entry.lost === true;
    }
  }
}

function closedTab(client: Client): ToolError {
  const others = client.tabs.length;
  const rest = others === 0 ? '' : ` You still hold ${others === 1 ? 'one other tab' : `${others} other tabs`}.`;
  return new ToolError(
    'tab_gone',
    `Your current tab was closed in the browser.${rest}`,
    others === 0
      ? 'Open a page with browser_navigate: it opens a new tab.'
      : 'Go on in another of your tabs (browser_tabs action list, then select), or open a page with browser_navigate.',
  );
}
