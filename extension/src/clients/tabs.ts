// The clients' tabs in Chrome: opening them in the background, their groups, the tabs that their pages open, and the news of
// all that to the hub. It exists so that the leases (plain data), chrome.tabs and what the hub was told never drift apart.

import { ignore, kept, Serial } from '../async.ts';
import { shortTitle, shortUrl } from '../bounded.ts';
import { ToolError } from '../errors.ts';
import type { CallAtWork, ClientInfo, ExtensionEvent, TabEntry } from '../hub/frames.ts';
import { finite } from '../json.ts';
import type { Session } from '../session.ts';
import { Groups } from './groups.ts';
import { patiently } from './patiently.ts';
import { Leases, type Access, type Client, type Need } from './leases.ts';
import type { Reader } from './shares.ts';
import { Untold } from './untold.ts';

const STORED = 'clients';
const SHARES = 'shares';
const UNTOLD = 'untold';
const FOCUSED_AT = 'focusedAt';
const DEBOUNCE_MS = 50;
const STAY_BEHIND_MS = 1_000;

export interface OpenedTab {
  tabId: number;
  openerTabId: number;
}

export interface TabsHooks {
  send(event: ExtensionEvent): void;
  /** The calls that are at work at this moment. */
  atWork(): CallAtWork[];
  /** A tab came to a client, or left all of them. */
  onHeld(tabId: number): void;
  onFreed(tabId: number): void;
  /** A tab went from one client to another. */
  onHandedOff(tabId: number): void;
  onClosed(tabId: number): void;
  onForgotten(clientId: string): void;
}

export class ClientTabs {
  readonly leases = new Leases();
  readonly #session: Session;
  readonly #hooks: TabsHooks;
  readonly #groups: Groups;
  readonly #sending = new Serial();
  readonly #closing = new Set<number>();
  readonly #opened = new Set<(opened: OpenedTab) => boolean>();
  readonly #untold = new Untold();
  readonly #activeByWindow = new Map<number, number>();
  /** Tabs just opened by a page in the background, and the tab in front that each must not cover. */
  readonly #behind = new Map<number, number>();
  #known = new Set<number>();
  /** When the person last turned to this browser. */
  #focusedAt: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Which tab's page opened a tab of a client. */
  readonly #openers = new Map<number, number>();

  constructor(session: Session, hooks: TabsHooks) {
    this.#session = session;
    this.#hooks = hooks;
    this.#groups = new Groups(this.leases, () => this.#keep());
    this.#listen();
  }

  /** Leases as they were before the worker died, less the tabs that are gone. */
  readonly ready = kept(() => this.#load());

  async #load(): Promise<void> {
    const [stored, tabs] = await Promise.all([this.#session.boot(), chrome.tabs.query({})]);
    this.leases.load(stored[STORED]);
    this.leases.shares.load(stored[SHARES]);
    this.#untold.load(stored[UNTOLD]);
    this.#focusedAt ??= finite(stored[FOCUSED_AT]);
    for (const tab of tabs) {
      if (tab.id !== undefined) this.#known.add(tab.id);
      if (tab.active && tab.id !== undefined) this.#activeByWindow.set(tab.windowId, tab.id);
    }
    for (const client of this.leases.all()) {
      for (const tabId of client.tabs.filter((held) => !this.#known.has(held))) this.leases.closed(tabId);
    }
    for (const { tabId } of this.leases.shares.all()) if (this.leases.ownerOf(tabId) === undefined) this.leases.shares.end(tabId);
    ignore(this.#groups.goOn());
  }

  /** The tab a call is about, opened if the client has none yet. */
  async tabFor(clientId: string, name: string, asked: number | undefined, need: Need, access: Access = 'write'): Promise<number> {
    await this.ready();
    const client = this.leases.client(clientId, name);
    const found = this.leases.resolve(client, asked, need, (tabId) => this.#known.has(tabId), access);
    if (found === undefined) return this.open(client, true);
    ignore(this.#groups.standTogether(client)); // Whoever calls is there.
    return found;
  }

  /** A new tab of the client: about:blank, in the background, in the window that the person used last, in the client's group. */
  async open(client: Client, makeCurrent: boolean): Promise<number> {
    ignore(this.#groups.standTogether(client));
    const tabId = await createBlankTab();
    this.#known.add(tabId);
    this.leases.hold(client, tabId, makeCurrent);
    this.#hooks.onHeld(tabId);
    await Promise.all([this.#changed(), this.#groups.join(client, tabId)]);
    return tabId;
  }

  async select(client: Client, tabId: number): Promise<void> {
    this.leases.select(client, tabId);
    await this.#changed();
  }

  /** The client hears at once that its current tab was closed; it goes on where that was opened, or in the newest of its others. */
  async goOn(client: Client, closed: number): Promise<number | undefined> {
    if (this.leases.goOn(client, this.#openers.get(closed))) await this.#changed();
    return client.current;
  }

  /** A tab that nobody holds comes to the client, and is its current one. */
  async take(client: Client, tabId: number): Promise<void> {
    const holder = this.leases.ownerOf(tabId);
    if (holder !== undefined && holder !== client) throw this.leases.taken(client, tabId, holder);
    ignore(this.#groups.standTogether(client));
    this.leases.hold(client, tabId, true);
    this.#hooks.onHeld(tabId);
    await Promise.all([this.#changed(), this.#groups.welcome(client, tabId)]);
  }

  /** The client lets a tab go: it stays open, leaves the group, and is nobody's. */
  async release(client: Client, tabId: number): Promise<void> {
    this.leases.release(tabId);
    this.#hooks.onFreed(tabId);
    await Promise.all([this.#changed(), this.#groups.drop(client, tabId)]);
  }

  /** Another client, or each of them, may read a tab; or none any more. */
  async share(tabId: number, to: Reader | 'all' | 'none'): Promise<void> {
    if (to === 'none') this.leases.shares.end(tabId);
    else this.leases.shares.add(tabId, to);
    await this.#changed();
  }

  /** The client gives a tab to another one, which is told of it with its next answer and goes on where it was. */
  async handOff(from: Client, tabId: number, to: Reader): Promise<void> {
    const next = this.leases.client(to.id, to.name);
    this.leases.give(next, tabId, from.name);
    this.#hooks.onHandedOff(tabId);
    await Promise.all([this.#changed(), this.#groups.pass(from, next, tabId)]);
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
    const couldRead = this.leases.shares.forget(clientId);
    const client = this.leases.forget(clientId);
    if (client === undefined) {
      if (couldRead) await this.#changed();
      return;
    }
    for (const tabId of client.tabs) this.#hooks.onFreed(tabId);
    this.#hooks.onForgotten(clientId);
    await this.#changed();
    await this.#groups.leave(client);
  }

  /** No hub has been there for so long that no client can come back to its tabs. */
  async forgetAll(): Promise<void> {
    await this.ready();
    for (const { id } of this.leases.all()) await this.forget(id); // No tab is held then, so none is shared.
  }

  /** The hub says who is here, and under which names. */
  async clientsAre(clients: readonly ClientInfo[]): Promise<void> {
    await this.ready();
    for (const { id, name, state } of clients) {
      if (this.leases.shares.rename(id, name)) await this.#changed();
      const client = this.leases.get(id);
      if (client === undefined) continue;
      if (state === 'connected') ignore(this.#groups.standTogether(client));
      if (client.name === name) continue;
      client.name = name;
      await Promise.all([this.#changed(), this.#groups.rename(client)]);
    }
  }

  /** The hub said that it stops. The clients keep their tabs, since they may come back through the next hub; the person sees them free. */
  async hubStopped(): Promise<void> {
    await this.ready();
    await this.#groups.standApart();
  }

  exists(tabId: number): boolean {
    return this.#known.has(tabId);
  }

  /** The tabs that a page opened since its client was last told of them. */
  takeUntold(openerTabId: number): number[] {
    const tabs = this.#untold.take(openerTabId);
    if (tabs.length > 0) ignore(this.#keep());
    return tabs;
  }

  leaveUntold(openerTabId: number, tabIds: readonly number[]): void {
    if (tabIds.length === 0) return;
    this.#untold.leave(openerTabId, tabIds);
    ignore(this.#keep());
  }

  /** Calls `listener` for each tab that a page of a client opens, until the returned function is called; it says whether it tells of it. */
  watchOpened(listener: (opened: OpenedTab) => boolean): () => void {
    this.#opened.add(listener);
    return () => this.#opened.delete(listener);
  }

  /**
   * Tells the hub about all tabs, now. A hub that is new or has asked may know nothing of the calls that are at work: it is told
   * them as well, and sends no other that would come between them.
   */
  publish(to: 'hub that knows' | 'hub that asks' = 'hub that knows'): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#sending.run(async () => {
      await this.ready();
      const [tabs, focused] = await Promise.all([chrome.tabs.query({}), hasFocus()]);
      this.#known = new Set(tabs.flatMap((tab) => tab.id ?? []));
      if (focused && this.#focusedAt === undefined) this.#focused();
      const at = this.#focusedAt === undefined ? {} : { focusedAt: this.#focusedAt };
      const entries = tabs.flatMap((tab) => this.#entry(tab));
      const atWork = to === 'hub that asks' ? { atWork: this.#hooks.atWork() } : {};
      this.#hooks.send({ name: 'tabs', tabs: entries, focused, ...at, ...atWork });
    });
  }

  /** Leases changed: kept and told before the answer of the call that changed them. */
  async #changed(): Promise<void> {
    await Promise.all([this.#keep(), this.publish()]);
  }

  async #keep(): Promise<void> {
    await this.#session.set({ [STORED]: this.leases.toJson(), [SHARES]: this.leases.shares.toJson(), [UNTOLD]: this.#untold.toJson() });
  }

  #focused(): number {
    this.#focusedAt = Date.now();
    ignore(this.#session.set({ [FOCUSED_AT]: this.#focusedAt }));
    return this.#focusedAt;
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
      url: shortUrl(tab.url ?? tab.pendingUrl ?? ''),
      title: shortTitle(tab.title ?? ''),
      active: tab.active,
      windowId: tab.windowId,
    };
    if (owner !== undefined) {
      entry.owner = owner.id;
      entry.ownerName = owner.name;
      if (owner.current === tab.id) entry.current = true;
      const share = this.leases.shares.of(tab.id);
      if (share !== undefined && share.readers.length > 0) entry.readers = share.readers;
      if (share?.all === true) entry.sharedWithAll = true;
    }
    return [entry];
  }

  #listen(): void {
    chrome.tabs.onCreated.addListener((tab) => {
      if (tab.id === undefined) return;
      this.#known.add(tab.id);
      this.#publishSoon();
    });
    // Not tabs.onCreated: what that names as the opener is the tab in front of the window, which may be another client's, or
    // the person's. This comes with it for whatever a page opens (measured: links, forms, scripts, frames, blank windows), and
    // not for what the person opens without a page (Ctrl+T).
    chrome.webNavigation.onCreatedNavigationTarget.addListener((details) => {
      ignore(this.#adopt(details.sourceTabId, details.tabId));
    });
    chrome.tabs.onRemoved.addListener((tabId) => {
      this.#known.delete(tabId);
      this.#untold.forget(tabId);
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
    // A window of a question is no browser that the person has turned to.
    const normal: { windowTypes: ['normal'] } = { windowTypes: ['normal'] };
    chrome.windows.onFocusChanged.addListener((windowId) => {
      if (windowId !== chrome.windows.WINDOW_ID_NONE) this.#hooks.send({ name: 'focus', at: this.#focused() });
      this.#publishSoon();
    }, normal);
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
    if (client.apart !== undefined) return; // Nobody drives the page while the hub is stopped: it was the person.
    this.leases.hold(client, tabId, false);
    for (const known of this.#openers.keys()) if (!this.#known.has(known)) this.#openers.delete(known);
    this.#openers.set(tabId, openerTabId);
    this.#hooks.onHeld(tabId);
    const isTold = [...this.#opened].map((listener) => listener({ tabId, openerTabId })).includes(true);
    if (!isTold) this.#untold.leave(openerTabId, [tabId]);
    ignore(this.#stayBehind(openerTabId, tabId));
    await Promise.all([this.#changed(), this.#groups.join(client, tabId)]);
  }

  async #stayBehind(openerTabId: number, tabId: number): Promise<void> {
    const [opener, opened] = await Promise.all([chrome.tabs.get(openerTabId), chrome.tabs.get(tabId)]);
    // What Chrome names as the opener is the tab that was in front; it may have come there a moment ago, without being noted yet.
    const front = opened.windowId === opener.windowId ? opened.openerTabId : undefined;
    const before = front ?? this.#activeByWindow.get(opener.windowId);
    if (before === undefined || before === openerTabId || before === tabId) return;
    // The person was looking at another tab when this page, in the background, opened one in front.
    if (opened.windowId !== opener.windowId) await chrome.windows.update(opener.windowId, { focused: true });
    else {
      this.#behind.set(tabId, before);
      setTimeout(() => this.#behind.delete(tabId), STAY_BEHIND_MS);
      if (opened.active) await chrome.tabs.update(before, { active: true });
    }
  }
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

async function hasFocus(): Promise<boolean> {
  const windows = await chrome.windows.getAll({ windowTypes: ['normal'] });
  return windows.some((window) => window.focused);
}
