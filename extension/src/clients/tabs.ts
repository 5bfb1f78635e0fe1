// The clients' tabs in Chrome: opening them in the background, their groups, the tabs that their pages open, and the news of
// all that to the hub. It exists so that the leases (plain data), chrome.tabs and what the hub was told never drift apart.

import { ignore, Serial, sleep } from '../async.ts';
import { ToolError, messageOf } from '../errors.ts';
import type { ExtensionEvent, TabEntry } from '../hub/frames.ts';
import type { Session } from '../session.ts';
import { Leases, type Client, type Need } from './leases.ts';

const STORED = 'clients';
const DEBOUNCE_MS = 50;
const STAY_BEHIND_MS = 1_000;

export interface OpenedTab {
  tabId: number;
  openerTabId: number;
}

export interface TabsHooks {
  send(event: ExtensionEvent): void;
  /** A tab came to a client, or left all of them. */
  onHeld(tabId: number): void;
  onFreed(tabId: number): void;
  onClosed(tabId: number): void;
  onForgotten(clientId: string): void;
}

export class ClientTabs {
  readonly leases = new Leases();
  readonly #session: Session;
  readonly #hooks: TabsHooks;
  readonly #grouping = new Serial();
  readonly #sending = new Serial();
  readonly #closing = new Set<number>();
  readonly #opened = new Set<(opened: OpenedTab) => void>();
  readonly #activeByWindow = new Map<number, number>();
  /** Tabs just opened by a page in the background, and the tab in front that each must not cover. */
  readonly #behind = new Map<number, number>();
  #ready: Promise<void> | undefined;
  #known = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Session, hooks: TabsHooks) {
    this.#session = session;
    this.#hooks = hooks;
    this.#listen();
  }

  /** Leases as they were before the worker died, less the tabs that are gone. */
  ready(): Promise<void> {
    this.#ready ??= this.#load();
    return this.#ready;
  }

  async #load(): Promise<void> {
    const [stored, tabs] = await Promise.all([this.#session.boot(), chrome.tabs.query({})]);
    this.leases.load(stored[STORED]);
    for (const tab of tabs) {
      if (tab.id !== undefined) this.#known.add(tab.id);
      if (tab.active && tab.id !== undefined) this.#activeByWindow.set(tab.windowId, tab.id);
    }
    for (const client of this.leases.all()) {
      for (const tabId of client.tabs.filter((held) => !this.#known.has(held))) this.leases.closed(tabId);
    }
  }

  /** The tab a call is about, opened if the client has none yet. */
  async tabFor(clientId: string, name: string, asked: number | undefined, need: Need): Promise<number> {
    await this.ready();
    const client = this.leases.client(clientId, name);
    const found = this.leases.resolve(client, asked, need, (tabId) => this.#known.has(tabId));
    return found ?? this.open(client, true);
  }

  /** A new tab of the client: about:blank, in the background, in the window that the person used last, in the client's group. */
  async open(client: Client, makeCurrent: boolean): Promise<number> {
    const tabId = await createBlankTab();
    this.#known.add(tabId);
    this.leases.hold(client, tabId, makeCurrent);
    this.#hooks.onHeld(tabId);
    await Promise.all([this.#changed(), this.#group(client, [tabId])]);
    return tabId;
  }

  async select(client: Client, tabId: number): Promise<void> {
    this.leases.select(client, tabId);
    await this.#changed();
  }

  /** The client closes a tab of its own. */
  async close(tabId: number): Promise<void> {
    this.#closing.add(tabId);
    try {
      await chrome.tabs.remove(tabId);
    } finally {
      this.#closing.delete(tabId);
    }
    this.leases.release(tabId);
    this.#known.delete(tabId);
    this.#hooks.onClosed(tabId);
    await this.#changed();
  }

  /** The hub ended a client's lease: its tabs stay open and leave the group. */
  async forget(clientId: string): Promise<void> {
    await this.ready();
    const client = this.leases.forget(clientId);
    if (client === undefined) return;
    for (const tabId of client.tabs) this.#hooks.onFreed(tabId);
    this.#hooks.onForgotten(clientId);
    await this.#changed();
    await this.#grouping.run(() => ungroup(client.tabs));
  }

  async rename(clientId: string, name: string): Promise<void> {
    const client = this.leases.get(clientId);
    if (client === undefined || client.name === name) return;
    client.name = name;
    await Promise.all([this.#changed(), this.#group(client, [])]);
  }

  exists(tabId: number): boolean {
    return this.#known.has(tabId);
  }

  /** Calls `listener` for each tab that a page of a client opens, until the returned function is called. */
  watchOpened(listener: (opened: OpenedTab) => void): () => void {
    this.#opened.add(listener);
    return () => this.#opened.delete(listener);
  }

  /** Tells the hub about all tabs, now. */
  publish(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#sending.run(async () => {
      await this.ready();
      const [tabs, focused] = await Promise.all([chrome.tabs.query({}), hasFocus()]);
      this.#known = new Set(tabs.flatMap((tab) => tab.id ?? []));
      this.#hooks.send({ name: 'tabs', tabs: tabs.flatMap((tab) => this.#entry(tab)), focused });
    });
  }

  /** Leases changed: kept and told before the answer of the call that changed them. */
  async #changed(): Promise<void> {
    await Promise.all([this.#session.set({ [STORED]: this.leases.toJson() }), this.publish()]);
  }

  #publishSoon(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => ignore(this.publish()), DEBOUNCE_MS);
  }

  #entry(tab: chrome.tabs.Tab): TabEntry[] {
    if (tab.id === undefined) return [];
    const owner = this.leases.ownerOf(tab.id);
    const entry: TabEntry = {
      tabId: tab.id,
      url: tab.url ?? tab.pendingUrl ?? '',
      title: tab.title ?? '',
      active: tab.active,
      windowId: tab.windowId,
    };
    if (owner !== undefined) {
      entry.owner = owner.id;
      entry.ownerName = owner.name;
      if (owner.current === tab.id) entry.current = true;
    }
    return [entry];
  }

  #listen(): void {
    chrome.tabs.onCreated.addListener((tab) => {
      if (tab.id === undefined) return;
      this.#known.add(tab.id);
      const url = tab.pendingUrl ?? tab.url ?? '';
      // Ctrl+T in a client's tab names it as the opener, too: a new-tab page is the person's.
      if (tab.openerTabId !== undefined && !/^(chrome|edge|brave):/.test(url)) ignore(this.#adopt(tab.openerTabId, tab.id));
      this.#publishSoon();
    });
    chrome.webNavigation.onCreatedNavigationTarget.addListener((details) => {
      ignore(this.#adopt(details.sourceTabId, details.tabId));
    });
    chrome.tabs.onRemoved.addListener((tabId) => {
      this.#known.delete(tabId);
      if (!this.#closing.has(tabId)) ignore(this.#lost(tabId));
    });
    chrome.tabs.onReplaced.addListener((newId, oldId) => {
      this.#known.delete(oldId);
      this.#known.add(newId);
      ignore(this.ready().then(() => (this.leases.replaced(newId, oldId) === undefined ? undefined : this.#changed())));
    });
    chrome.tabs.onUpdated.addListener((_tabId, change) => {
      if (change.url !== undefined || change.title !== undefined || change.status !== undefined) this.#publishSoon();
    });
    chrome.tabs.onActivated.addListener(({ tabId, windowId }) => {
      const front = this.#behind.get(tabId);
      if (front !== undefined) ignore(chrome.tabs.update(front, { active: true }));
      // Kept for a moment: a tab that a page opens in front is told as active before it is told as opened.
      setTimeout(() => this.#activeByWindow.set(windowId, tabId), 100);
      this.#publishSoon();
    });
    chrome.tabs.onAttached.addListener(() => this.#publishSoon());
    chrome.windows.onFocusChanged.addListener((windowId) => {
      if (windowId !== chrome.windows.WINDOW_ID_NONE) this.#hooks.send({ name: 'focus' });
      this.#publishSoon();
    });
  }

  async #lost(tabId: number): Promise<void> {
    await this.ready();
    const client = this.leases.closed(tabId);
    this.#hooks.onClosed(tabId);
    if (client !== undefined) await this.#changed();
    else this.#publishSoon();
  }

  /** A page of a client's tab opened another tab: it is the client's too, and must not take the person's focus. */
  async #adopt(openerTabId: number, tabId: number): Promise<void> {
    await this.ready();
    const client = this.leases.ownerOf(openerTabId);
    if (client === undefined || this.leases.ownerOf(tabId) !== undefined) return;
    this.leases.hold(client, tabId, false);
    this.#hooks.onHeld(tabId);
    for (const listener of this.#opened) listener({ tabId, openerTabId });
    ignore(this.#stayBehind(openerTabId, tabId));
    await Promise.all([this.#changed(), this.#group(client, [tabId])]);
  }

  async #stayBehind(openerTabId: number, tabId: number): Promise<void> {
    const [opener, opened] = await Promise.all([chrome.tabs.get(openerTabId), chrome.tabs.get(tabId)]);
    const before = this.#activeByWindow.get(opener.windowId);
    if (before === undefined || before === openerTabId || before === tabId) return;
    // The person was looking at another tab when this page, in the background, opened one in front.
    if (opened.windowId !== opener.windowId) await chrome.windows.update(opener.windowId, { focused: true });
    else {
      this.#behind.set(tabId, before);
      setTimeout(() => this.#behind.delete(tabId), STAY_BEHIND_MS);
      if (opened.active) await chrome.tabs.update(before, { active: true });
    }
  }

  #group(client: Client, tabIds: number[]): Promise<void> {
    return this.#grouping.run(async () => {
      try {
        await this.#groupNow(client, tabIds);
      } catch (error) {
        // A group is a label for the person. A tab that cannot be grouped (a popup window, a drag) works without.
        console.info('tabhub: tab not grouped:', messageOf(error));
      }
    });
  }

  async #groupNow(client: Client, tabIds: number[]): Promise<void> {
    let groupId = client.groupId;
    const [first, ...rest] = tabIds;
    if (first !== undefined) {
      const ids: [number, ...number[]] = [first, ...rest];
      if (groupId !== undefined && !(await groupExists(groupId))) groupId = undefined;
      groupId = await patiently(() =>
        groupId === undefined
          ? chrome.tabs.get(first).then((tab) => chrome.tabs.group({ tabIds: ids, createProperties: { windowId: tab.windowId } }))
          : chrome.tabs.group({ tabIds: ids, groupId }),
      );
    }
    if (groupId === undefined) return;
    if (groupId !== client.groupId) {
      client.groupId = groupId;
      await this.#session.set({ [STORED]: this.leases.toJson() });
    }
    await chrome.tabGroups.update(groupId, { title: groupTitle(client, this.leases.all()), color: groupColor(client.id) });
  }
}

/** The client's name, numbered when another client of that name has a group too. */
export function groupTitle(client: Client, all: readonly Client[]): string {
  const namesakes = all.filter((other) => other.name === client.name);
  const place = namesakes.indexOf(client);
  return place <= 0 ? client.name : `${client.name} ${place + 1}`;
}

const COLORS = ['blue', 'green', 'purple', 'orange', 'cyan', 'pink', 'red', 'yellow'] as const;

export function groupColor(clientId: string): (typeof COLORS)[number] {
  let sum = 0;
  for (let i = 0; i < clientId.length; i++) sum = (sum * 31 + clientId.charCodeAt(i)) >>> 0;
  return COLORS[sum % COLORS.length] ?? 'blue';
}

async function createBlankTab(): Promise<number> {
  const windowId = await lastNormalWindow();
  if (windowId === undefined) {
    const created = await chrome.windows.create({ url: 'about:blank', focused: false });
    const id = created?.tabs?.[0]?.id;
    if (id !== undefined) return id;
  } else {
    const tab = await patiently(() => chrome.tabs.create({ windowId, url: 'about:blank', active: false }));
    if (tab.id !== undefined) return tab.id;
  }
  throw new ToolError('tool_failed', 'Chrome opened a tab but did not name it.', 'Try once more.');
}

async function lastNormalWindow(): Promise<number | undefined> {
  try {
    const last = await chrome.windows.getLastFocused({ windowTypes: ['normal'] });
    if (last.type === 'normal') return last.id;
  } catch {
    // No window at all: the browser runs on without one.
  }
  const normal = await chrome.windows.getAll({ windowTypes: ['normal'] });
  return normal[0]?.id;
}

/** Chrome refuses to edit tabs for the moment in which the person drags one. */
async function patiently<T>(edit: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await edit();
    } catch (error) {
      if (attempt >= 10 || !/cannot be edited right now/i.test(messageOf(error))) throw error;
      await sleep(100);
    }
  }
}

async function groupExists(groupId: number): Promise<boolean> {
  return chrome.tabGroups.get(groupId).then(
    () => true,
    () => false,
  );
}

async function ungroup(tabIds: number[]): Promise<void> {
  for (const tabId of tabIds) {
    try {
      await chrome.tabs.ungroup(tabId);
    } catch {
      // Closed meanwhile, or never grouped.
    }
  }
}

async function hasFocus(): Promise<boolean> {
  const windows = await chrome.windows.getAll();
  return windows.some((window) => window.focused);
}
