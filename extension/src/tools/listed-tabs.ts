// The lists of tabs that browser_tabs answers with: the client's own, those that it may read, and on request those that it might
// claim. It exists apart from the actions so that what of other people's tabs is shown stands in one place.

import { shortTitle, shortUrl } from '../bounded.ts';
import type { Client } from '../clients/leases.ts';
import { addressOf, closedFile, closedToClients } from './address-rules.ts';
import type { CallContext, Result } from './tool.ts';

export interface ListedTab {
  tabId: number;
  url: string;
  title: string;
  current: boolean;
  /** The person looks at it, or did when they last turned to the browser. */
  active?: true;
  /** Its place among the client's own. */
  index?: number;
  /** Of an own tab: who may read it. */
  sharedWith?: readonly string[] | 'all';
  /** Of a tab that the client may only read: who holds it. */
  holder?: string;
  /** Nobody holds it: it may be claimed. */
  free?: true;
}

/** The client's tabs and those that it may read; `more` follows them. */
export async function listed(call: CallContext, client: Client, text: string, more: readonly ListedTab[] = []): Promise<Result> {
  const tabs = [...(await own(call, client)), ...(await readable(call, client)), ...more];
  const front = await inFront();
  return { text, value: { tabs: tabs.map((tab) => (tab.tabId === front ? { ...tab, active: true } : tab)) } };
}

/** Which tab the client acts in after it gave one away or closed it: none by itself, where another client handed it those it holds. */
export function currentNow({ current, tabs }: Client): string {
  if (current !== undefined) return `Your current tab is ${current}.`;
  return tabs.length === 0 ? 'You have no tab now.' : 'You have no current tab now: choose one of those below with browser_tabs action select, or give its tabId.';
}

/** The tab that the person looks at, or did when they last turned to the browser. */
async function inFront(): Promise<number | undefined> {
  const window = await chrome.windows.getLastFocused({ windowTypes: ['normal'], populate: true }).catch(() => undefined);
  return window?.type === 'normal' ? window.tabs?.find((tab) => tab.active)?.id : undefined;
}

async function own(call: CallContext, client: Client): Promise<ListedTab[]> {
  const { tabs } = call.services;
  const found = await Promise.all(client.tabs.map((tabId) => shown(call, tabId)));
  return found.flatMap((tab, index) => {
    if (tab === undefined) return [];
    const share = tabs.leases.shares.of(tab.tabId);
    const sharedWith = share === undefined ? undefined : share.all ? 'all' : share.readers.map(({ name }) => name);
    return [{ ...tab, index, current: tab.tabId === client.current, ...(sharedWith === undefined ? {} : { sharedWith }) }];
  });
}

async function readable(call: CallContext, client: Client): Promise<ListedTab[]> {
  const { leases } = call.services.tabs;
  const found = leases.shares.all().map(async ({ tabId }): Promise<ListedTab[]> => {
    const holder = leases.ownerOf(tabId);
    if (holder === undefined || holder === client || !leases.shares.allows(tabId, client.id)) return [];
    const tab = await shown(call, tabId);
    return tab === undefined ? [] : [{ ...tab, holder: holder.name }];
  });
  return (await Promise.all(found)).flat();
}

/** The tabs that no client holds and in which one may act. */
export async function free({ services }: CallContext): Promise<ListedTab[]> {
  const all = await chrome.tabs.query({ windowType: 'normal' });
  return all.flatMap((tab) => {
    const url = addressOf(tab);
    const isFree = tab.id !== undefined && services.tabs.leases.ownerOf(tab.id) === undefined;
    if (!isFree || tab.id === undefined || closedToClients(url, services.allowFileUrls()) !== undefined) return [];
    return [{ tabId: tab.id, url: shortUrl(url), title: shortTitle(tab.title ?? ''), current: false, free: true }];
  });
}

async function shown({ services }: CallContext, tabId: number): Promise<ListedTab | undefined> {
  const tab = await chrome.tabs.get(tabId).catch(() => undefined);
  // Of a file that is closed to clients, no more than that it is one.
  if (tab !== undefined && closedFile(addressOf(tab), services.allowFileUrls()) !== undefined) return { tabId, url: 'file:', title: '', current: false };
  return tab === undefined ? undefined : { tabId, url: shortUrl(addressOf(tab)), title: shortTitle(tab.title ?? ''), current: false };
}
