// What the popup and the worker say to each other over one port. It exists so that both sides check the other's words against
// the same list.

import { CLAIM_RULES, type ClaimRule } from '../clients/claim-rule.ts';
import { finite, isOneOf, isRecord, list, record, text } from '../json.ts';

export const POPUP_PORT = 'tabhub-popup';

export interface PopupTab {
  tabId: number;
  title: string;
  url: string;
  current: boolean;
  /** Who may read it beside its holder, in words; empty if nobody may. */
  sharedWith: string;
}

/** A question that waits for the person. */
export interface PopupQuestion {
  id: string;
  heading: string;
  message: string;
  options: string[];
}

export interface PopupClient {
  id: string;
  name: string;
  state: 'connected' | 'away';
  tabs: PopupTab[];
}

export interface PopupState {
  connected: boolean;
  port: number;
  /** The link goes by native messaging, not by a WebSocket. */
  native: boolean;
  /** Why not connected. */
  reason: string;
  /** The person may type port and code: neither a hub.json beside the manifest nor the native messaging host says them. */
  mayPair: boolean;
  paused: boolean;
  /** AI hosts may use cookies and storage. */
  siteData: boolean;
  version: string;
  clients: PopupClient[];
  questions: PopupQuestion[];
  claimRule: ClaimRule;
  /** What this browser is called; empty if it has no name. */
  browserName: string;
}

export type PopupOrder =
  | { type: 'pause'; paused: boolean }
  | { type: 'pair'; port: number; code: string }
  | { type: 'show'; tabId: number }
  | { type: 'siteData'; allowed: boolean }
  | { type: 'answer'; id: string; answer: string }
  | { type: 'claims'; rule: ClaimRule }
  | { type: 'name'; name: string };

export function parseOrder(value: unknown): PopupOrder | undefined {
  const order = record(value);
  switch (order.type) {
    case 'pause':
      return { type: 'pause', paused: order.paused === true };
    case 'siteData':
      return { type: 'siteData', allowed: order.allowed === true };
    case 'pair': {
      const port = finite(order.port);
      const code = text(order.code);
      return port === undefined || code === undefined ? undefined : { type: 'pair', port, code };
    }
    case 'show': {
      const tabId = finite(order.tabId);
      return tabId === undefined ? undefined : { type: 'show', tabId };
    }
    case 'answer': {
      const id = text(order.id);
      const answer = text(order.answer);
      return id === undefined || answer === undefined ? undefined : { type: 'answer', id, answer };
    }
    case 'claims':
      return isOneOf(order.rule, CLAIM_RULES) ? { type: 'claims', rule: order.rule } : undefined;
    case 'name': {
      const name = text(order.name);
      return name === undefined ? undefined : { type: 'name', name };
    }
    default:
      return undefined;
  }
}

export function parseState(value: unknown): PopupState | undefined {
  if (!isRecord(value)) return undefined;
  return {
    connected: value.connected === true,
    port: finite(value.port) ?? 0,
    native: value.native === true,
    reason: text(value.reason) ?? '',
    mayPair: value.mayPair === true,
    paused: value.paused === true,
    siteData: value.siteData === true,
    version: text(value.version) ?? '',
    clients: list(value.clients).map((item) => {
      const client = record(item);
      return {
        id: text(client.id) ?? '',
        name: text(client.name) ?? '',
        state: client.state === 'away' ? 'away' : 'connected',
        tabs: list(client.tabs).map((entry) => {
          const tab = record(entry);
          return {
            tabId: finite(tab.tabId) ?? -1,
            title: text(tab.title) ?? '',
            url: text(tab.url) ?? '',
            current: tab.current === true,
            sharedWith: text(tab.sharedWith) ?? '',
          };
        }),
      };
    }),
    questions: list(value.questions).map((item) => {
      const question = record(item);
      return {
        id: text(question.id) ?? '',
        heading: text(question.heading) ?? '',
        message: text(question.message) ?? '',
        options: list(question.options).filter((option) => typeof option === 'string'),
      };
    }),
    claimRule: isOneOf(value.claimRule, CLAIM_RULES) ? value.claimRule : 'ask',
    browserName: text(value.browserName) ?? '',
  };
}
