// Which tabs have the debugger attached. It exists so that attaching happens once a tab, survives the worker's death (the
// sessions do: they are adopted, not opened again), ends after idle minutes, and so that the person's Cancel stops everything.

import { ignore } from '../async.ts';
import { ToolError, messageOf } from '../errors.ts';
import { record, text } from '../json.ts';
import type { Session } from '../session.ts';
import { ConsoleRecord } from './console-record.ts';
import { NetworkRecord } from './network-record.ts';
import { DebugTab, type Dialog } from './debug-tab.ts';
import { Emulations, type Emulation } from './emulation.ts';

const PROTOCOL_VERSION = '1.3';
const IDLE_MS = 5 * 60_000;
const DIALOGS = 'dialogs';

export interface DebuggerHooks {
  /** The person pressed Cancel or × on the "started debugging" bar. */
  onUserStop(): void;
  /** The tab's new document has been parsed. */
  onDocument(tabId: number): void;
  /** The tab's page logged something, or asked its servers. */
  onRecord(tabId: number, part: 'console' | 'network'): void;
  /** A page of the tab began a download. */
  onDownload(tabId: number, url: string): void;
  /** Whether clients may know nothing of a page at this address. */
  isClosed(url: string): boolean;
  isHeld(tabId: number): boolean;
  isBusy(tabId: number): boolean;
}

export class Debuggers {
  readonly #session: Session;
  readonly #hooks: DebuggerHooks;
  readonly #tabs = new Map<number, Promise<DebugTab>>();
  readonly #attached = new Map<number, DebugTab>();
  readonly #consoles = new Map<number, ConsoleRecord>();
  readonly #networks = new Map<number, NetworkRecord>();
  readonly #dialogs = new Map<number, Dialog>();
  readonly #emulations: Emulations;

  constructor(session: Session, hooks: DebuggerHooks) {
    this.#session = session;
    this.#hooks = hooks;
    this.#emulations = new Emulations(session);
    chrome.debugger.onEvent.addListener((source, method, params) => {
      if (source.tabId === undefined) return;
      if (method === 'Page.downloadWillBegin') this.#hooks.onDownload(source.tabId, text(record(params).url) ?? '');
      this.#attached.get(source.tabId)?.take(text(record(source).sessionId), method, record(params));
    });
    chrome.debugger.onDetach.addListener((source, reason) => {
      if (source.tabId === undefined) return;
      const byUser = String(reason) === 'canceled_by_user';
      this.#ended(source.tabId, byUser ? stopped() : detached());
      if (byUser) this.#hooks.onUserStop();
    });
  }

  /** The tab, attached. */
  async ensure(tabId: number): Promise<DebugTab> {
    let attaching = this.#tabs.get(tabId);
    if (attaching === undefined) {
      attaching = this.#attach(tabId);
      this.#tabs.set(tabId, attaching);
      attaching.catch(() => {
        if (this.#tabs.get(tabId) === attaching) this.#tabs.delete(tabId);
      });
    }
    const tab = await attaching;
    tab.lastUsed = performance.now();
    return tab;
  }

  attached(tabId: number): DebugTab | undefined {
    return this.#attached.get(tabId);
  }

  /** After the worker's start: the sessions that outlived the one before. */
  async adopt(tabIds: readonly number[]): Promise<void> {
    const targets = await chrome.debugger.getTargets();
    for (const target of targets) {
      const { tabId } = target;
      if (!target.attached || tabId === undefined || !tabIds.includes(tabId)) continue;
      ignore(this.ensure(tabId));
    }
  }

  /** Takes the debugger off tabs that nobody has used for a while. */
  sweep(now: number): void {
    for (const [tabId, tab] of this.#attached) {
      const idle = now - tab.lastUsed > IDLE_MS && !this.#hooks.isBusy(tabId);
      if (idle || !this.#hooks.isHeld(tabId)) ignore(this.detach(tabId));
    }
  }

  async detach(tabId: number): Promise<void> {
    if (!this.#attached.has(tabId)) return;
    const record = this.#consoles.get(tabId);
    this.#ended(tabId, detached());
    this.#networks.get(tabId)?.gaps.push(`from ${new Date().toISOString()} on, while the tab was idle`);
    record?.gaps.push(`from ${new Date().toISOString()}, when the tab had been idle`);
    await chrome.debugger.detach({ tabId }).catch(() => undefined);
  }

  /** The tab is closed, or no client's any more. */
  forget(tabId: number): void {
    this.#consoles.delete(tabId);
    this.#networks.delete(tabId);
    ignore(this.#leave(tabId));
  }

  async #leave(tabId: number): Promise<void> {
    const pretends = Object.keys(await this.#emulations.of(tabId)).length > 0;
    this.#emulations.forget(tabId);
    // A hidden tab whose debugger is taken off keeps the size it had, as often as not, until the person looks at it.
    if (pretends) await this.#attached.get(tabId)?.emulate({}).catch(() => undefined);
    if (!this.#hooks.isHeld(tabId)) await this.detach(tabId);
  }

  /** What a tab pretends; nothing, usually. */
  async emulation(tabId: number): Promise<Emulation> {
    return this.#emulations.of(tabId);
  }

  /** For as long as a client holds the tab. Kept first: should the worker die in between, the next one does it. */
  async emulate(tabId: number, emulation: Emulation): Promise<void> {
    const before = await this.#emulations.of(tabId);
    const tab = await this.ensure(tabId);
    await this.#emulations.keep(tabId, emulation);
    try {
      await tab.emulate(emulation);
    } catch (error) {
      await this.#emulations.keep(tabId, before);
      throw error;
    }
  }

  async #attach(tabId: number): Promise<DebugTab> {
    const stored = await this.#session.boot();
    const console = this.#consoles.get(tabId) ?? new ConsoleRecord();
    console.resume();
    this.#consoles.set(tabId, console);
    const network = this.#networks.get(tabId) ?? new NetworkRecord();
    this.#networks.set(tabId, network);
    const tab = new DebugTab(
      tabId,
      console,
      network,
      (changed) => this.#keepDialog(changed),
      () => this.#hooks.onDocument(tabId),
      (part) => this.#hooks.onRecord(tabId, part),
      (url) => this.#hooks.isClosed(url),
    );
    this.#attached.set(tabId, tab);
    try {
      const again = await open(tabId);
      const dialog = record(record(stored[DIALOGS])[String(tabId)]);
      const type = text(dialog.type);
      if (again && type !== undefined) tab.dialog ??= { type, message: text(dialog.message) ?? '' };
      await tab.setUp(again, await this.#emulations.of(tabId));
      return tab;
    } catch (error) {
      this.#attached.delete(tabId);
      throw attachError(tabId, error);
    }
  }

  #ended(tabId: number, why: ToolError): void {
    const tab = this.#attached.get(tabId);
    this.#tabs.delete(tabId);
    this.#attached.delete(tabId);
    tab?.end(why);
    if (this.#dialogs.delete(tabId)) this.#saveDialogs();
  }

  /** Kept beyond the worker: Chrome does not tell a new one that a dialog is open. */
  #keepDialog(tab: DebugTab): void {
    if (tab.dialog === undefined) this.#dialogs.delete(tab.tabId);
    else this.#dialogs.set(tab.tabId, tab.dialog);
    this.#saveDialogs();
  }

  #saveDialogs(): void {
    ignore(this.#session.set({ [DIALOGS]: Object.fromEntries(this.#dialogs) }));
  }
}

/** True if the session was there already: this extension's, from before the worker died. */
async function open(tabId: number): Promise<boolean> {
  try {
    await chrome.debugger.attach({ tabId }, PROTOCOL_VERSION);
    return false;
  } catch (error) {
    if (!/already attached/i.test(messageOf(error))) throw error;
    return true;
  }
}

function attachError(tabId: number, error: unknown): ToolError {
  const message = messageOf(error);
  if (/no tab with/i.test(message)) {
    return new ToolError('tab_gone', `Tab ${tabId} is closed.`, 'Open a page with browser_navigate.', { tabId });
  }
  if (/cannot access|cannot attach|cannot be scripted|gallery/i.test(message)) {
    return new ToolError(
      'unsupported',
      `Chrome lets no extension act on the page in tab ${tabId} (${message}).`,
      'Go to another page with browser_navigate.',
    );
  }
  if (/not attached/i.test(message)) {
    return new ToolError(
      'not_allowed',
      `Another debugger holds tab ${tabId}.`,
      'Ask the person to close the other tool that debugs this tab, or use another tab.',
    );
  }
  return error instanceof ToolError ? error : new ToolError('tool_failed', `Chrome would not attach to tab ${tabId}: ${message}`, 'Try once more.');
}

export function stopped(): ToolError {
  return new ToolError(
    'paused',
    'The person stopped tabhub in the browser (Cancel on the “started debugging” bar).',
    'Ask the person to press Resume in the tabhub popup.',
  );
}

function detached(): ToolError {
  return new ToolError(
    'tab_gone',
    'The tab was closed, or went to a page where extensions may not act.',
    'See your tabs with browser_tabs action list, or open a page with browser_navigate.',
  );
}
