// Who holds which tab: plain data and the rules on it. It exists apart from Chrome so that the promise "no call of one client
// ever reads or changes another client's tab by accident" can be read and tested in one place.

import { ToolError } from '../errors.ts';
import { finite, list, record, text, type JsonRecord } from '../json.ts';
import { Shares } from './shares.ts';

export interface Client {
  readonly id: string;
  name: string;
  tabs: number[];
  current: number | undefined;
  /** Its groups: one in each window in which it has tabs. */
  groupIds: number[];
  /** Tabs that other clients gave it, until it chooses them itself. */
  given: { tabId: number; from: string; isTold: boolean }[];
  /** While the hub is stopped: the tabs that were taken out of the group, to be put back when the client is there again. */
  apart: number[] | undefined;
  /** The current tab was closed by somebody else and the client has not been told yet. */
  lost: boolean;
}

/** What a call needs of its tab: something to look at, or just any tab to go somewhere with. */
export type Need = 'content' | 'any';

/** What a call does to its tab: the holder alone writes, those with whom the tab is shared read. */
export type Access = 'read' | 'write';

export class Leases {
  readonly shares = new Shares();
  readonly #clients = new Map<string, Client>();
  readonly #owners = new Map<number, string>();

  client(id: string, name: string): Client {
    const known = this.#clients.get(id);
    if (known !== undefined) {
      known.name = name;
      return known;
    }
    const fresh: Client = { id, name, tabs: [], current: undefined, groupIds: [], given: [], apart: undefined, lost: false };
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

  /** A tab comes to a client that has not asked for it: whatever it does without a tabId, it does where it did. */
  give(client: Client, tabId: number, from: string): void {
    const { current, lost } = client;
    this.hold(client, tabId, false);
    client.current = current;
    client.lost = lost;
    client.given.push({ tabId, from, isTold: false });
  }

  /** What the client was given and has not been told of. */
  news(client: Client): { tabId: number; from: string }[] {
    const untold = client.given.filter(({ isTold }) => !isTold);
    for (const gift of untold) gift.isTold = true;
    return untold;
  }

  select(client: Client, tabId: number): void {
    client.current = tabId;
    client.lost = false;
    client.given = client.given.filter((gift) => gift.tabId !== tabId);
  }

  /** The client gives a tab up, or closed it itself: the newest of its other tabs becomes its current one. */
  release(tabId: number): Client | undefined {
    const client = this.ownerOf(tabId);
    this.#owners.delete(tabId);
    this.shares.end(tabId); // Who holds it next decides anew.
    if (client === undefined) return undefined;
    client.tabs = client.tabs.filter((held) => held !== tabId);
    client.given = client.given.filter((gift) => gift.tabId !== tabId);
    if (client.current === tabId) client.current = lastOwn(client);
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

  /** The client has been told that its current tab was closed, and goes on in this one of its others, or in the newest. */
  goOn(client: Client, tabId: number | undefined): boolean {
    if (!client.lost) return false;
    client.lost = false;
    client.current ??= tabId !== undefined && client.tabs.includes(tabId) ? tabId : lastOwn(client);
    return true;
  }

  /** Chrome gave a tab another id (a prerendered page took its place). */
  replaced(newId: number, oldId: number): Client | undefined {
    const client = this.ownerOf(oldId);
    if (client === undefined) return undefined;
    this.#owners.delete(oldId);
    this.#owners.set(newId, client.id);
    this.shares.replaced(newId, oldId);
    const renamed = (held: number): number => (held === oldId ? newId : held);
    client.tabs = client.tabs.map(renamed);
    client.apart = client.apart?.map(renamed);
    for (const gift of client.given) gift.tabId = renamed(gift.tabId);
    if (client.current === oldId) client.current = newId;
    return client;
  }

  /** The client is gone for good: its tabs are free, and what it could read it reads no more. */
  forget(id: string): Client | undefined {
    this.shares.forget(id);
    const client = this.#clients.get(id);
    if (client === undefined) return undefined;
    for (const tabId of client.tabs) {
      this.#owners.delete(tabId);
      this.shares.end(tabId);
    }
    this.#clients.delete(id);
    return client;
  }

  /**
   * The tab that a call is about; undefined: the client has none, open one.
   * `exists` says whether the browser has a tab of that id at all.
   */
  resolve(client: Client, asked: number | undefined, need: Need, exists: (tabId: number) => boolean, access: Access = 'write'): number | undefined {
    if (asked !== undefined) return this.#explicit(client, asked, exists, access);
    if (client.current !== undefined) return client.current;
    if (client.lost) {
      client.lost = false;
      if (need === 'content') throw closedTab(client);
    }
    client.current = lastOwn(client);
    return client.current;
  }

  #explicit(client: Client, asked: number, exists: (tabId: number) => boolean, access: Access): number {
    const owner = this.ownerOf(asked);
    if (owner === client) return asked;
    if (owner !== undefined) {
      if (access === 'read' && this.shares.allows(asked, client.id)) return asked;
      throw this.taken(client, asked, owner);
    }
    if (exists(asked)) {
      throw new ToolError(
        'not_allowed',
        `Tab ${asked} is the person’s own tab.`,
        'Use a tab of your own: leave tabId out, or ask for this one with browser_tabs action claim.',
        { tabId: asked },
      );
    }
    throw tabGone(asked);
  }

  /** Why a client may not have a tab, or not do this in it: another client holds it. */
  taken(client: Client, tabId: number, holder: Client): ToolError {
    const name = JSON.stringify(holder.name);
    const data = { tabId, holder: holder.name };
    if (this.shares.allows(tabId, client.id)) {
      return new ToolError(
        'tab_taken',
        `Tab ${tabId} is shared with you for reading; only ${name}, which holds it, may act in it.`,
        `Read it, act in a tab of your own, or have ${name} hand it to you (browser_tabs action handoff).`,
        { ...data, shared: true },
      );
    }
    return new ToolError(
      'tab_taken',
      `Tab ${tabId} is held by another client, ${name}.`,
      `Use a tab of your own: leave tabId out. Or have ${name} let you read it or hand it to you (browser_tabs action share or handoff).`,
      data,
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
      client.groupIds = list(entry.groupIds).filter((groupId) => typeof groupId === 'number');
      if (Array.isArray(entry.apart)) client.apart = entry.apart.filter((tabId) => typeof tabId === 'number');
      for (const tabId of list(entry.tabs)) if (typeof tabId === 'number') this.hold(client, tabId, false);
      const current = finite(entry.current);
      client.current = current !== undefined && client.tabs.includes(current) ? current : undefined;
      client.lost = entry.lost === true;
      client.given = list(entry.given).map(record).flatMap((gift) => {
        const tabId = finite(gift.tabId);
        const isHeld = tabId !== undefined && client.tabs.includes(tabId);
        return isHeld ? [{ tabId, from: text(gift.from) ?? 'a client', isTold: gift.isTold === true }] : [];
      });
    }
  }
}

export function tabGone(tabId: number): ToolError {
  return new ToolError(
    'tab_gone',
    `There is no tab ${tabId} in this browser any more.`,
    'See your tabs with browser_tabs action list, or open a page with browser_navigate.',
    { tabId },
  );
}

/** The newest of the client's tabs that it chose or opened itself. */
function lastOwn({ tabs, given }: Client): number | undefined {
  return tabs.findLast((tabId) => !given.some((gift) => gift.tabId === tabId));
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
