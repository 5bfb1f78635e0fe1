// As much of Chrome's extension API as the tests of leases, groups and debuggers need. It exists so that those can be proven
// without a browser, event by event.

import { vi } from 'vitest';

export class FakeEvent<Args extends unknown[]> {
  #listeners: ((...args: Args) => void)[] = [];
  addListener(listener: (...args: Args) => void): void {
    this.#listeners.push(listener);
  }
  emit(...args: Args): void {
    for (const listener of this.#listeners) listener(...args);
  }
}

export interface FakeTab {
  id: number;
  url: string;
  /** Where it goes, before it is there. */
  pendingUrl?: string;
  title: string;
  active: boolean;
  windowId: number;
  groupId: number;
  pinned: boolean;
}

export function fakeChrome() {
  const tabs = new Map<number, FakeTab>();
  const groups = new Map<number, { id: number; windowId: number; title?: string; color?: string }>();
  /** What is kept with the profile. */
  const local: Record<string, unknown> = {};
  const stored: Record<string, unknown> = {};
  const attached = new Set<number>();
  const sent: string[] = [];
  let next = 100;
  const add = (url: string, active: boolean, windowId = 1): FakeTab => {
    const tab: FakeTab = { id: next++, url, title: url, active, windowId, groupId: -1, pinned: false };
    tabs.set(tab.id, tab);
    return tab;
  };
  const find = (id: number): FakeTab => {
    const tab = tabs.get(id);
    if (tab === undefined) throw new Error(`No tab with id: ${id}.`);
    return tab;
  };
  /** Chrome gives up a group when its last tab leaves it. */
  const move = (tab: FakeTab, groupId: number): void => {
    const before = tab.groupId;
    tab.groupId = groupId;
    if (![...tabs.values()].some((other) => other.groupId === before)) groups.delete(before);
  };
  const on = {
    created: new FakeEvent<[{ id: number; url: string; openerTabId?: number }]>(),
    removed: new FakeEvent<[number]>(),
    target: new FakeEvent<[{ sourceTabId: number; tabId: number }]>(),
    detach: new FakeEvent<[{ tabId: number }, string]>(),
    cdp: new FakeEvent<[{ tabId: number; sessionId?: string }, string, unknown]>(),
  };
  const api = {
    storage: {
      local: {
        get: async (key: string) => (key in local ? { [key]: structuredClone(local[key]) } : {}),
        set: async (items: Record<string, unknown>) => void Object.assign(local, structuredClone(items)),
        remove: async (key: string) => void delete local[key],
      },
      session: {
        get: async () => structuredClone(stored),
        set: async (items: Record<string, unknown>) => void Object.assign(stored, structuredClone(items)),
        remove: async (keys: string[]) => keys.forEach((key) => delete stored[key]),
      },
    },
    tabs: {
      onCreated: on.created,
      onRemoved: on.removed,
      onReplaced: new FakeEvent(),
      onUpdated: new FakeEvent(),
      onActivated: new FakeEvent(),
      onAttached: new FakeEvent(),
      query: async ({ groupId }: { groupId?: number } = {}) =>
        [...tabs.values()].filter((tab) => groupId === undefined || tab.groupId === groupId).map((tab) => ({ ...tab })),
      get: async (id: number) => ({ ...find(id) }),
      create: async ({ url }: { url: string }) => ({ ...add(url, false) }),
      remove: async (id: number) => {
        const tab = find(id);
        tabs.delete(id);
        move(tab, -1);
        on.removed.emit(id);
      },
      update: async (id: number, change: Partial<FakeTab>) => Object.assign(find(id), change),
      group: async ({ tabIds, groupId }: { tabIds: number[]; groupId?: number }) => {
        const group = groupId ?? next++;
        const first = tabIds[0];
        const windowId = groups.get(group)?.windowId ?? (first === undefined ? 1 : find(first).windowId);
        if (!groups.has(group)) groups.set(group, { id: group, windowId });
        // Chrome moves tabs into the window of their group, and unpins them.
        for (const id of tabIds) move(Object.assign(find(id), { windowId, pinned: false }), group);
        return group;
      },
      ungroup: async (id: number) => move(find(id), -1),
    },
    tabGroups: {
      get: async (id: number) => {
        const group = groups.get(id);
        if (group === undefined) throw new Error('No group');
        return group;
      },
      update: async (id: number, change: object) => Object.assign(groups.get(id) ?? {}, change),
    },
    windows: {
      WINDOW_ID_NONE: -1,
      onFocusChanged: new FakeEvent(),
      getLastFocused: async () => ({ id: 1, type: 'normal' }),
      getAll: async () => [{ id: 1, focused: true }],
    },
    webNavigation: { onCreatedNavigationTarget: on.target },
    debugger: {
      onEvent: on.cdp,
      onDetach: on.detach,
      attach: async ({ tabId }: { tabId: number }) => {
        if (attached.has(tabId)) throw new Error(`Another debugger is already attached to the tab with id: ${tabId}.`);
        find(tabId);
        attached.add(tabId);
      },
      detach: async ({ tabId }: { tabId: number }) => void attached.delete(tabId),
      getTargets: async () => [...attached].map((tabId) => ({ tabId, attached: true })),
      sendCommand: async ({ tabId }: { tabId: number }, method: string) => {
        sent.push(`${tabId} ${method}`);
        return method === 'Page.getFrameTree' ? { frameTree: { frame: { id: 'F', loaderId: 'L', url: 'about:blank' } } } : {};
      },
    },
  };
  vi.stubGlobal('chrome', api);
  return { tabs, groups, local, stored, attached, sent, on, add, move };
}
