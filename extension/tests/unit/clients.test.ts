// The promise: a client's tabs open in the background in a group of its own, what its pages open is its own too, and the hub
// hears of it before the call is answered.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Absence } from '../../src/clients/absence.ts';
import { ClientTabs } from '../../src/clients/tabs.ts';
import type { CallAtWork, ClientInfo, ExtensionEvent, TabEntry } from '../../src/hub/frames.ts';
import { Session } from '../../src/session.ts';
import { fakeChrome } from '../support/fake-chrome.ts';

let browser: ReturnType<typeof fakeChrome>;
let told: ExtensionEvent[];
let closed: number[];
let atWork: CallAtWork[];
let tabs: ClientTabs;

function start(): ClientTabs {
  const nothing = (): void => undefined;
  return new ClientTabs(new Session(), {
    send: (event) => told.push(event),
    atWork: () => atWork,
    onHeld: nothing,
    onFreed: nothing,
    onHandedOff: nothing,
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
  atWork = [];
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

  it('while no call is there is told once with the next one, also by another worker', async () => {
    const opener = await tabs.tabFor('a', 'ada', undefined, 'any');
    const popup = browser.add('http://popup/', false);
    browser.on.target.emit({ sourceTabId: opener, tabId: popup.id });
    await vi.waitFor(() => expect(browser.stored.untold).toEqual([{ openerTabId: opener, tabIds: [popup.id] }]));
    tabs = start();
    await tabs.ready();
    expect(tabs.takeUntold(opener)).toEqual([popup.id]);
    await vi.waitFor(() => expect(browser.stored.untold).toEqual([]));
    tabs = start();
    await tabs.ready();
    expect(tabs.takeUntold(opener)).toEqual([]);
  });

  it('is the person’s when only the tab in front was a client’s, or when it comes from the person’s tab', async () => {
    const front = await tabs.tabFor('a', 'ada', undefined, 'any');
    const fresh = ['chrome://newtab/', 'http://other/'].map((url) => browser.add(url, true));
    for (const { id, url } of fresh) browser.on.created.emit({ id, url, openerTabId: front });
    const own = browser.add('http://own/', true);
    browser.on.target.emit({ sourceTabId: fresh[0]?.id ?? 0, tabId: own.id });
    await tabs.publish();
    expect([...fresh, own].map(({ id }) => tabs.leases.ownerOf(id))).toEqual([undefined, undefined, undefined]);
  });

  it('is the client’s whose page opened it, whoever’s tab is in front', async () => {
    const front = await tabs.tabFor('a', 'ada', undefined, 'any');
    const source = await tabs.tabFor('b', 'bob', undefined, 'any');
    const popup = browser.add('http://popup/', true);
    browser.on.created.emit({ id: popup.id, url: popup.url, openerTabId: front });
    browser.on.target.emit({ sourceTabId: source, tabId: popup.id });
    await vi.waitFor(() => expect(tabs.leases.ownerOf(popup.id)?.id).toBe('b'));
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

describe('a hub that stops', () => {
  const here = (id: string): ClientInfo => ({ id, name: id === 'a' ? 'ada' : 'bob', state: 'connected' });
  const away = (id: string): ClientInfo => ({ ...here(id), state: 'away' });
  const groupOf = (tabId: number): string | undefined => browser.groups.get(browser.tabs.get(tabId)?.groupId ?? -1)?.title;

  async function hold(): Promise<{ first: number; second: number; bobs: number }> {
    const first = await tabs.tabFor('a', 'ada', undefined, 'any');
    const second = await tabs.open(tabs.leases.client('a', 'ada'), false);
    const bobs = await tabs.tabFor('b', 'bob', undefined, 'any');
    return { first, second, bobs };
  }

  it('leaves the tabs open, held, and outside their groups; the client that is back finds them grouped', async () => {
    const { first, second, bobs } = await hold();
    await tabs.hubStopped();
    expect([first, second, bobs].map(groupOf)).toEqual([undefined, undefined, undefined]);
    expect(browser.groups.size).toBe(0);
    expect(tabs.leases.get('a')).toMatchObject({ tabs: [first, second], current: first });
    await tabs.clientsAre([here('a'), away('b')]);
    await vi.waitFor(() => expect([first, second, bobs].map(groupOf)).toEqual(['ada', 'ada', undefined]));
  });

  it('is followed by one through which a client’s call alone puts its tabs together', async () => {
    const { first, second, bobs } = await hold();
    await tabs.hubStopped();
    expect(await tabs.tabFor('a', 'ada', undefined, 'content')).toBe(first);
    await vi.waitFor(() => expect([first, second, bobs].map(groupOf)).toEqual(['ada', 'ada', undefined]));
    const fresh = await tabs.open(tabs.leases.client('b', 'bob'), true);
    expect([fresh, bobs].map(groupOf)).toEqual(['bob', 'bob']);
  });

  it('is remembered by the next worker, which goes on where the one before died', async () => {
    const { first, second } = await hold();
    const ungroup = vi.spyOn(chrome.tabs, 'ungroup').mockImplementation(async () => new Promise(() => undefined));
    void tabs.hubStopped();
    await vi.waitFor(() => expect(ungroup).toHaveBeenCalled());
    ungroup.mockRestore();
    tabs = start();
    await tabs.ready();
    await vi.waitFor(() => expect([first, second].map(groupOf)).toEqual([undefined, undefined]));
    await tabs.clientsAre([here('a')]);
    await vi.waitFor(() => expect([first, second].map(groupOf)).toEqual(['ada', 'ada']));
  });

  it('leaves alone what the person has done with a tab', async () => {
    const { first, second } = await hold();
    const own = browser.add('http://own/', false);
    await chrome.tabs.group({ tabIds: [own.id, first] });
    await tabs.hubStopped();
    await tabs.forget('a');
    expect(browser.tabs.get(first)?.groupId).toBe(own.groupId);
    expect(groupOf(second)).toBeUndefined();
  });

  it('makes what opens from a client’s tab meanwhile the person’s', async () => {
    const { first } = await hold();
    await tabs.hubStopped();
    const opened = browser.add('http://own/', true);
    browser.on.target.emit({ sourceTabId: first, tabId: opened.id });
    await tabs.publish();
    expect(tabs.leases.ownerOf(opened.id)).toBeUndefined();
  });

  it('does not bring back a tab that was closed meanwhile, nor the lease of a client whose grace is over', async () => {
    const { first, second, bobs } = await hold();
    await tabs.hubStopped();
    await chrome.tabs.remove(first);
    await tabs.forget('b');
    await tabs.clientsAre([here('a')]);
    await vi.waitFor(() => expect(groupOf(second)).toBe('ada'));
    expect([tabs.leases.get('b'), groupOf(bobs)]).toEqual([undefined, undefined]);
  });
});

describe('for as long as no hub is there', () => {
  it('leases end after an hour, over any number of workers, and a hub begins the hour anew', async () => {
    const ended = vi.fn();
    let absence = new Absence(new Session(), 0.5, ended);
    const alarms = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        if (i % 7 === 6) absence = new Absence(new Session(), 0.5, ended);
        await absence.goesOn();
      }
    };
    await alarms(119);
    absence.ended();
    await alarms(119);
    expect(ended).not.toHaveBeenCalled();
    await alarms(1);
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it('every tab is the person’s in the end', async () => {
    const tabId = await tabs.tabFor('a', 'ada', undefined, 'any');
    await tabs.tabFor('b', 'bob', undefined, 'any');
    await tabs.forgetAll();
    expect(tabs.leases.all()).toEqual([]);
    expect(browser.tabs.get(tabId)).toMatchObject({ groupId: -1 });
    expect(browser.groups.size).toBe(0);
  });
});

it('only a hub that asks is told what is at work: to one that knows it is no news', async () => {
  atWork = [{ id: 'one', clientId: 'a', tool: 'click', expiresAt: 1 }];
  await tabs.publish();
  await tabs.publish('hub that asks');
  expect(told.flatMap((event) => (event.name === 'tabs' ? [event.atWork] : []))).toEqual([undefined, atWork]);
});

it('the hub is told no more of an address than is of use to it', async () => {
  browser.add(`data:text/plain,${'x'.repeat(100_000)}`, false);
  await tabs.publish();
  const address = `data:text/plain,${'x'.repeat(100_000)}`;
  expect(lastTold().map(({ url }) => url)).toContain(`${address.slice(0, 2_000)}… (${address.length} characters)`);
});
