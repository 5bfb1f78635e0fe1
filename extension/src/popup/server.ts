// The worker's side of the popup: pushes the state to every open popup, takes its orders, and keeps the badge. It exists so
// that the popup is a plain view that knows no other part of the extension.

import { ignore } from '../async.ts';
import type { Asker } from '../ask/asker.ts';
import { claimRule } from '../clients/claim-rule.ts';
import type { Client } from '../clients/leases.ts';
import type { Share } from '../clients/shares.ts';
import type { ClientInfo } from '../hub/frames.ts';
import type { ConnectionStatus } from '../hub/connection.ts';
import { givenName } from '../hub/identity.ts';
import { parseOrder, POPUP_PORT, type PopupClient, type PopupOrder, type PopupState } from './messages.ts';

export interface PopupSource {
  /** What a worker that has just started knows from the one before is there. */
  ready(): Promise<unknown>;
  status(): ConnectionStatus;
  paused(): boolean;
  siteData(): Promise<boolean>;
  /** Clients as the hub names them, and as the leases know them. */
  hubClients(): readonly ClientInfo[];
  leases(): readonly Client[];
  shareOf(tabId: number): Share | undefined;
  questions(): Asker['open'];
  onOrder(order: PopupOrder): void;
}

export class PopupServer {
  readonly #source: PopupSource;
  readonly #ports = new Set<chrome.runtime.Port>();

  constructor(source: PopupSource) {
    this.#source = source;
    chrome.runtime.onConnect.addListener((port) => {
      const own = port.sender?.url?.startsWith(chrome.runtime.getURL('popup.html')) ?? false;
      if (port.name !== POPUP_PORT || !own) return;
      this.#ports.add(port);
      port.onDisconnect.addListener(() => this.#ports.delete(port));
      port.onMessage.addListener((message: unknown) => {
        const order = parseOrder(message);
        if (order !== undefined) this.#source.onOrder(order);
      });
      this.refresh();
    });
  }

  /** Something that the popup or the badge shows has changed. */
  refresh(): void {
    this.#badge();
    if (this.#ports.size > 0) ignore(this.#push());
  }

  async #push(): Promise<void> {
    await this.#source.ready();
    const [clients, siteData, rule, name] = await Promise.all([this.#clients(), this.#source.siteData(), claimRule(), givenName()]);
    const status = this.#source.status();
    const state: PopupState = {
      connected: status.state === 'connected',
      port: status.port,
      native: status.from === 'native',
      reason: status.reason,
      mayPair: status.from !== 'file' && status.from !== 'native',
      paused: this.#source.paused(),
      siteData,
      version: chrome.runtime.getManifest().version,
      clients,
      questions: this.#source.questions().map(({ id, question }) => ({
        id,
        heading: question.heading ?? `${question.clientName} asks:`,
        message: question.message,
        options: [...question.options],
      })),
      claimRule: rule,
      browserName: name ?? '',
    };
    for (const port of this.#ports) port.postMessage(state);
  }

  async #clients(): Promise<PopupClient[]> {
    const leases = new Map(this.#source.leases().map((client) => [client.id, client]));
    const known = new Map<string, { name: string; state: ClientInfo['state'] }>();
    for (const { id, name, state } of this.#source.hubClients()) known.set(id, { name, state });
    for (const client of leases.values()) {
      if (!known.has(client.id) && client.tabs.length > 0) known.set(client.id, { name: client.name, state: 'away' });
    }
    const open = await chrome.tabs.query({});
    const byId = new Map(open.map((tab) => [tab.id, tab]));
    return [...known].map(([id, { name, state }]) => {
      const lease = leases.get(id);
      const tabs = (lease?.tabs ?? []).map((tabId) => ({
        tabId,
        title: byId.get(tabId)?.title ?? '',
        url: byId.get(tabId)?.url ?? '',
        current: lease?.current === tabId,
        sharedWith: wordsOf(this.#source.shareOf(tabId)),
      }));
      return { id, name, state, tabs };
    });
  }

  #badge(): void {
    const connected = this.#source.status().state === 'connected';
    const paused = this.#source.paused();
    const asked = this.#source.questions().length > 0;
    const [badge, color, title] = asked
      ? ['?', '#b45309', 'tabhub: a question waits for you']
      : paused
        ? ['II', '#b45309', 'tabhub: paused']
        : connected
          ? ['', '#25529e', 'tabhub: connected']
          : ['!', '#6b7280', 'tabhub: not connected'];
    ignore(chrome.action.setBadgeText({ text: badge }));
    ignore(chrome.action.setBadgeBackgroundColor({ color }));
    ignore(chrome.action.setTitle({ title }));
  }
}

function wordsOf(share: Share | undefined): string {
  if (share === undefined) return '';
  return share.all ? 'all clients' : share.readers.map(({ name }) => name).join(', ');
}
