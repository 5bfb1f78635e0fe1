// The frames of the wire (protocol 1) and the checks that turn a received text into one of them. It exists so that the rest
// of the extension never meets an unchecked frame. Unknown types and unknown keys are ignored, so that a newer hub can speak to us.

import type { WireError } from '../errors.ts';
import { finite, flag, isOneOf, isRecord, list, record, text, type JsonRecord } from '../json.ts';

export const PROTOCOL = 1;

export interface ClientInfo {
  id: string;
  name: string;
  state: 'connected' | 'away';
}

export interface HelloFrame {
  type: 'hello';
  protocol: number;
  minProtocol: number;
  version: string;
  nonce: string;
}

export interface WelcomeFrame {
  type: 'welcome';
  protocol: number;
  version: string;
  proof: string;
  clients: ClientInfo[];
}

export interface CallFrame {
  type: 'call';
  id: string;
  clientId: string;
  tool: string;
  params: JsonRecord;
  clientName: string;
  attempt: number;
  browserEpoch: string | undefined;
  expiresAt: number;
  readOnly: boolean;
}

export interface CancelFrame {
  type: 'cancel';
  id: string;
  clientId: string;
}

export type HubEvent =
  | { name: 'clients'; clients: ClientInfo[] }
  | { name: 'client_gone'; clientId: string }
  | { name: 'sync' }
  | { name: 'watch'; pages: PagePart[]; downloads: boolean };

/** What of a page may change by itself. */
const PARTS = ['content', 'console', 'network'] as const;
export type WatchedPart = (typeof PARTS)[number];

export interface PagePart {
  tabId: number;
  part: WatchedPart;
}

export interface EventFrame {
  type: 'event';
  event: HubEvent;
}

export interface PingFrame {
  type: 'ping' | 'pong';
  id: string | undefined;
}

export interface ByeFrame {
  type: 'bye';
  code: string;
  message: string;
}

export type HubFrame = HelloFrame | WelcomeFrame | CallFrame | CancelFrame | EventFrame | PingFrame | ByeFrame;

/** What a received text turned out to be: a frame, one to leave alone (newer than this build), or nonsense. */
export type Parsed = { frame: HubFrame } | { ignored: string } | { malformed: string };

export function parseFrame(data: unknown): Parsed {
  if (typeof data !== 'string') return { malformed: 'a frame that is not text' };
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { malformed: 'a frame that is not JSON' };
  }
  if (!isRecord(value)) return { malformed: 'a frame that is not an object' };
  const type = text(value.type);
  if (type === undefined) return { malformed: 'a frame without a type' };
  return parseTyped(type, value, record(value.payload));
}

function parseTyped(type: string, frame: JsonRecord, payload: JsonRecord): Parsed {
  switch (type) {
    case 'hello':
      return parseHello(payload);
    case 'welcome':
      return parseWelcome(payload);
    case 'call':
      return parseCall(frame, payload);
    case 'cancel': {
      const id = text(frame.id);
      const clientId = text(frame.clientId);
      if (id === undefined || clientId === undefined) return { malformed: 'a cancel without ids' };
      return { frame: { type, id, clientId } };
    }
    case 'event':
      return parseEvent(payload);
    case 'ping':
    case 'pong':
      return { frame: { type, id: text(frame.id) } };
    case 'bye':
      return { frame: { type, code: text(payload.code) ?? 'internal', message: text(payload.message) ?? '' } };
    default:
      return { ignored: `frame type ${type}` };
  }
}

function parseHello(payload: JsonRecord): Parsed {
  const nonce = text(payload.nonce);
  const protocol = finite(payload.protocol);
  if (nonce === undefined || protocol === undefined) return { malformed: 'a hello without nonce or protocol' };
  if (text(payload.role) !== undefined && payload.role !== 'hub') return { malformed: 'a hello that is not a hub’s' };
  return {
    frame: {
      type: 'hello',
      protocol,
      minProtocol: finite(payload.minProtocol) ?? protocol,
      version: text(payload.version) ?? '',
      nonce,
    },
  };
}

function parseWelcome(payload: JsonRecord): Parsed {
  const proof = text(payload.proof);
  if (proof === undefined) return { malformed: 'a welcome without a proof' };
  return {
    frame: {
      type: 'welcome',
      protocol: finite(payload.protocol) ?? PROTOCOL,
      version: text(payload.version) ?? '',
      proof,
      clients: parseClients(payload.clients),
    },
  };
}

function parseCall(frame: JsonRecord, payload: JsonRecord): Parsed {
  const id = text(frame.id);
  const clientId = text(frame.clientId);
  const tool = text(payload.tool);
  const expiresAt = finite(payload.expiresAt);
  if (id === undefined || clientId === undefined || tool === undefined || expiresAt === undefined) {
    return { malformed: 'a call without id, clientId, tool or expiresAt' };
  }
  return {
    frame: {
      type: 'call',
      id,
      clientId,
      tool,
      params: record(payload.params),
      clientName: text(payload.clientName) ?? 'client',
      attempt: finite(payload.attempt) ?? 1,
      browserEpoch: text(payload.browserEpoch),
      expiresAt,
      readOnly: flag(payload.readOnly) ?? false,
    },
  };
}

function parseEvent(payload: JsonRecord): Parsed {
  const name = text(payload.name);
  switch (name) {
    case 'clients':
      return { frame: { type: 'event', event: { name, clients: parseClients(payload.clients) } } };
    case 'client_gone': {
      const clientId = text(payload.clientId);
      if (clientId === undefined) return { malformed: 'a client_gone without clientId' };
      return { frame: { type: 'event', event: { name, clientId } } };
    }
    case 'sync':
      return { frame: { type: 'event', event: { name } } };
    case 'watch':
      return { frame: { type: 'event', event: { name, pages: parseParts(payload.pages), downloads: flag(payload.downloads) ?? false } } };
    default:
      return { ignored: `event ${name ?? '(unnamed)'}` };
  }
}

/** Parts that this build does not know are a newer hub's: nothing is told of them. */
function parseParts(value: unknown): PagePart[] {
  return list(value).flatMap((item) => {
    const { tabId, part } = record(item);
    const id = finite(tabId);
    return id === undefined || !isOneOf(part, PARTS) ? [] : [{ tabId: id, part }];
  });
}

function parseClients(value: unknown): ClientInfo[] {
  return list(value).flatMap((item) => {
    const entry = record(item);
    const id = text(entry.id);
    if (id === undefined) return [];
    const state = isOneOf(entry.state, ['connected', 'away']) ? entry.state : 'connected';
    return [{ id, name: text(entry.name) ?? 'client', state }];
  });
}

/** What the extension sends. */
export interface TabEntry {
  tabId: number;
  url: string;
  title: string;
  active: boolean;
  windowId: number;
  owner?: string;
  ownerName?: string;
  current?: true;
  /** The other clients that may read it. */
  readers?: readonly { id: string; name: string }[];
  sharedWithAll?: true;
}

/** A call that this extension has, and will answer. */
export interface CallAtWork {
  id: string;
  clientId: string;
  tool: string;
  /** The tab that it works in, once that is known. */
  tabId?: number;
  /** The call names that tab; otherwise it is its client's current one. */
  namesTab?: true;
  expiresAt: number;
}

export type ExtensionEvent =
  /** `atWork` only where the hub has asked: it may not know of these calls. */
  | { name: 'tabs'; tabs: TabEntry[]; focused: boolean; focusedAt?: number; atWork?: CallAtWork[] }
  | { name: 'focus'; at: number }
  | { name: 'renamed'; givenName: string }
  | { name: 'paused'; paused: boolean }
  | { name: 'changed'; pages: PagePart[]; downloads?: true; clients?: string[] }
  | { name: 'progress'; callId: string; clientId: string; progress: number; message: string };

export type AnswerPayload = { ok: true; result: unknown } | { ok: false; error: WireError };

export interface HelloPayload {
  role: 'browser';
  protocol: number;
  version: string;
  capabilities: string[];
  nonce: string;
  port: number;
  proof: string;
  browser: { id: string; name: string; version: string; epoch: string; givenName?: string };
}

export type ExtensionFrame =
  | { type: 'hello'; payload: HelloPayload }
  | { type: 'answer'; id: string; clientId: string; payload: AnswerPayload }
  | { type: 'event'; payload: ExtensionEvent }
  | { type: 'ping' | 'pong'; id?: string }
  | { type: 'bye'; payload: { code: string; message: string } };
