// The promise: a client's tabs open in the background in a group of its own, what its pages open is its own too, and the hub
// hears of it before the call is answered.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientTabs } from '../../src/clients/tabs.ts';
import type { ExtensionEvent, TabEntry } from '../../src/hub/frames.ts';
import { Session } from '../../src/session.ts';
import { fakeChrome } from '../support/fake-chrome.ts';

let browser: ReturnType<typeof fakeChrome>;
let told: ExtensionEvent[];
let closed: number[];
let tabs: ClientTabs;

function start(): ClientTabs {
  const nothing = (): void => undefined;
  return new ClientTabs(new Session(), {
    send: (event) => told.push(event),
    onHeld: nothing,
    onFreed: nothing,
    onClosed: (tabId) => closed.push(tabId),
    onForgotten: nothing,
  });
}

function lastTold(): TabEntry[] {
  const event = told.findLast((one) => one.name === 'tabs');
  return event?.name === 'tabs' ? event.tabs : [];
}

beforeEach(() => {
  browser = fakeChrome();
  browser.add('http://persons/', true);
  told = [];
  closed = [];
  tabs = start();
});

describe('the first call of a client', () => {
  it('opens a tab in the background, in a group named after the client, and tells the hub first', async () => {
    const tabId = await tabs.tabFor('a', 'ada', undefined, 'content');
    const tab = browser.tabs.get(tabId);
    expect(tab).toMatchObject({ url: 'about:blank', active: false });
    expect(browser.groups.get(tab?.groupId ?? 0)).toMatchObject({ title: 'ada' });
    expect(lastTold().find((entry) => entry.tabId === tabId)).toMatchObject({ owner: 'a', ownerName: 'ada', current: true });
  });

  it('gives two clients a tab and a group each', async () => {
    const [first, second] = await Promise.all([tabs.tabFor('a', 'ada', undefined, 'any'), tabs.tabFor('b', 'bob', undefined, 'any')]);
    expect(first).not.toBe(second);
    expect(browser.tabs.get(first)?.groupId).not.toBe(browser.tabs.get(second)?.groupId);
    expect(await tabs.tabFor('a', 'ada', undefined, 'any')).toBe(first);
  });
});

describe('a tab that a client’s page opens', () => {
  it('is the client’s, joins its group, and is named to whoever waits', async () => {
    const opener = await tabs.tabFor('a', 'ada', undefined, 'any');
    const opened = vi.fn();
    tabs.watchOpened(opened);
    const popup = browser.add('http://popup/', false);
    browser.on.created.emit({ id: popup.id, url: popup.url, openerTabId: opener });
    browser.on.target.emit({ sourceTabId: opener, tabId: popup.id });
    await vi.waitFor(() => expect(popup.groupId).toBe(browser.tabs.get(opener)?.groupId));
    expect(opened.mock.calls).toEqual([[{ tabId: popup.id, openerTabId: opener }]]);
    expect(tabs.leases.get('a')).toMatchObject({ tabs: [opener, popup.id], current: opener });
  });

  it('is the person’s when it is a new-tab page, or comes from the person’s tab', async () => {
    const opener = await tabs.tabFor('a', 'ada', undefined, 'any');
    const fresh = browser.add('chrome://newtab/', true);
    browser.on.created.emit({ id: fresh.id, url: fresh.url, openerTabId: opener });
    const own = browser.add('http://own/', true);
    browser.on.target.emit({ sourceTabId: fresh.id, tabId: own.id });
    await tabs.publish();
    expect([tabs.leases.ownerOf(fresh.id), tabs.leases.ownerOf(own.id)]).toEqual([undefined, undefined]);
  });
});

it('a closed tab is told to the hub, and to the client once', async () => {
  const tabId = await tabs.tabFor('a', 'ada', undefined, 'any');
  browser.tabs.delete(tabId);
  browser.on.removed.emit(tabId);
  await vi.waitFor(() => expect(closed).toEqual([tabId]));
  await expect(tabs.tabFor('a', 'ada', undefined, 'content')).rejects.toMatchObject({ code: 'tab_gone' });
  expect(await tabs.tabFor('a', 'ada', undefined, 'content')).not.toBe(tabId);
});

it('a client that is gone leaves its tab open, free and ungrouped', async () => {
  const tabId = await tabs.tabFor('a', 'ada', undefined, 'any');
  await tabs.forget('a');
  expect(browser.tabs.get(tabId)).toMatchObject({ groupId: -1 });
  expect(lastTold().find((entry) => entry.tabId === tabId)?.owner).toBeUndefined();
});

it('leases survive the worker, less the tabs that were closed meanwhile', async () => {
  const kept = await tabs.tabFor('a', 'ada', undefined, 'any');
  const lost = await tabs.tabFor('b', 'bob', undefined, 'any');
  browser.tabs.delete(lost);
  tabs = start();
  expect(await tabs.tabFor('a', 'ada', undefined, 'content')).toBe(kept);
  await expect(tabs.tabFor('b', 'bob', undefined, 'content')).rejects.toMatchObject({ code: 'tab_gone' });
});
