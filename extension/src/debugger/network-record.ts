// Which requests a tab's pages made and what came of them, bounded. It exists because only the debugger hears it, at the time: the
// record is kept from the moment a client holds the tab. Bodies stay with Chrome and are asked for when wanted.

import { lastThatFit } from '../bounded.ts';
import { finite, record, text, type JsonRecord } from '../json.ts';
import { isWorkerScript } from './requests.ts';
import { maskedUrl } from './secrets.ts';

export interface NetworkEntry {
  /** A running number of the tab's. */
  id: number;
  method: string;
  /** With its secrets masked: nobody may look for them with a filter either. */
  url: string;
  type: string;
  startedAt: number;
  status?: number;
  statusText?: string;
  mimeType?: string;
  /** Bytes over the wire. */
  size?: number;
  ms?: number;
  error?: string;
  fromCache?: boolean;
  /** Where Chrome tells nothing of the answer: of the script that a worker starts from. */
  untold?: true;
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string>;
  /** Something was sent, if only to where Chrome does not tell it from. */
  hasPostData?: true;
  /** What was sent, or its beginning. */
  postData?: string;
  /** For Chrome: whose request this is. A redirected request has given its id to the next. */
  key: { sessionId: string | undefined; requestId: string } | undefined;
}

const MAX_ENTRIES = 1_000;
const MAX_EARLY = 100;
const MAX_URL = 2_000;
/** What a request's line holds beside its texts: number, method, type, size, time. */
const LINE_CHARS = 70;
const MAX_HEADER = 1_000;
/** Of a header's name, or of a type. */
const MAX_NAME = 200;
const MAX_HEADERS = 60;
const MAX_POST = 2_000;
/** What a page is made of, rather than what it does. */
const STATIC = new Set(['Image', 'Stylesheet', 'Font', 'Script', 'Media', 'Manifest', 'TextTrack', 'Prefetch', 'SignedExchange']);

export interface NetworkQuery {
  filter: string | undefined;
  withStatic: boolean;
  limit: number;
  /** How many characters their lines may have; any number, if it is left out. */
  room?: number | undefined;
}

interface Open {
  entry: NetworkEntry;
  began: number;
  frameId: string;
  answered?: number;
}

export class NetworkRecord {
  readonly #entries: NetworkEntry[] = [];
  /** By session and Chrome's id: the entry that its events are about now. */
  readonly #open = new Map<string, Open>();
  /** Headers as they were sent, which Chrome may tell before it tells of the request. */
  readonly #early = new Map<string, Record<string, string>>();
  #next = 1;
  #dropped = 0;
  /** When the debugger was away, so that the record misses something. */
  readonly gaps: string[] = [];

  take(sessionId: string | undefined, method: string, params: JsonRecord): void {
    const requestId = text(params.requestId);
    if (requestId === undefined) return;
    const key = `${sessionId ?? ''} ${requestId}`;
    if (method === 'Network.requestWillBeSent') {
      this.#begin(key, { sessionId, requestId }, params);
      return;
    }
    if (method === 'Network.webSocketCreated') {
      this.#begin(key, { sessionId, requestId }, { type: 'WebSocket', request: { url: params.url } });
      return;
    }
    const open = this.#open.get(key) ?? this.#moved(method, sessionId, requestId);
    if (open === undefined) {
      if (method === 'Network.requestWillBeSentExtraInfo') this.#keepEarly(key, headersOf(params.headers));
      return;
    }
    const { entry } = open;
    switch (method) {
      case 'Network.requestWillBeSentExtraInfo':
        entry.requestHeaders = headersOf(params.headers);
        break;
      case 'Network.webSocketWillSendHandshakeRequest':
        open.began = finite(params.timestamp) ?? 0; // When it was created Chrome does not tell.
        entry.requestHeaders = headersOf(record(params.request).headers);
        break;
      case 'Network.webSocketFrameError':
        entry.error = text(params.errorMessage) ?? 'failed';
        break;
      case 'Network.webSocketClosed':
        entry.ms = sinceBegin(open.began, params);
        break;
      case 'Network.webSocketHandshakeResponseReceived':
      case 'Network.responseReceived':
        responded(entry, record(params.response));
        open.answered = finite(params.timestamp) ?? open.began;
        break;
      case 'Network.responseReceivedExtraInfo':
        entry.responseHeaders = headersOf(params.headers);
        entry.status = finite(params.statusCode) ?? entry.status ?? 0;
        break;
      case 'Network.requestServedFromCache':
        entry.fromCache = true;
        break;
      case 'Network.loadingFinished':
        entry.size = finite(params.encodedDataLength) ?? 0;
        entry.ms = sinceBegin(open.began, params);
        break;
      case 'Network.loadingFailed':
        entry.error = params.canceled === true ? 'cancelled' : (text(params.blockedReason) ?? text(params.errorText) ?? 'failed');
        entry.ms = sinceBegin(open.began, params);
        break;
      default:
    }
  }

  /** A frame went to a process of its own, which may tell of the end of its document before it is listened to: then the answer counts. */
  frameMoved(frameId: string): void {
    for (const { entry, began, frameId: of, answered } of this.#open.values()) {
      if (of === frameId && entry.type === 'Document' && answered !== undefined) entry.ms ??= sinceBegin(began, { timestamp: answered });
    }
  }

  read({ filter, withStatic, limit, room = Infinity }: NetworkQuery): { requests: NetworkEntry[]; more: number; dropped: number } {
    const isWanted = filterOf(filter);
    const fitting = this.#entries.filter((entry) => (withStatic || !isQuietStatic(entry)) && isWanted(entry));
    const requests = lastThatFit(fitting.slice(-limit), room, lineChars);
    return { requests, more: fitting.length - requests.length, dropped: this.#dropped };
  }

  get(id: number): NetworkEntry | undefined {
    return this.#entries.find((entry) => entry.id === id);
  }

  /** Numbers that have been given. */
  get last(): number {
    return this.#next - 1;
  }

  /** The document of a frame that goes to a process of its own: its end is told in that frame's session. */
  #moved(method: string, sessionId: string | undefined, requestId: string): Open | undefined {
    if (sessionId === undefined || !/^Network\.loadingF/.test(method)) return undefined;
    for (const [key, open] of this.#open) {
      if (open.entry.type !== 'Document' || open.entry.key?.requestId !== requestId) continue;
      open.entry.key = { sessionId, requestId };
      this.#open.delete(key);
      this.#open.set(`${sessionId} ${requestId}`, open);
      return open;
    }
    return undefined;
  }

  #keepEarly(key: string, headers: Record<string, string>): void {
    this.#early.set(key, headers);
    const oldest = this.#early.keys().next().value;
    if (this.#early.size > MAX_EARLY && oldest !== undefined) this.#early.delete(oldest);
  }

  #begin(key: string, ids: NonNullable<NetworkEntry['key']>, params: JsonRecord): void {
    const before = this.#open.get(key);
    if (before !== undefined && params.redirectResponse !== undefined) {
      responded(before.entry, record(params.redirectResponse));
      before.entry.ms = sinceBegin(before.began, params);
      before.entry.key = undefined;
    }
    const request = record(params.request);
    const url = text(request.url) ?? '';
    if (/^(?:data|blob):/.test(url)) return;
    const entry: NetworkEntry = {
      id: this.#next,
      method: text(request.method) ?? 'GET',
      url: maskedUrl(url.slice(0, MAX_URL)),
      type: text(params.type) ?? 'Other',
      startedAt: Math.round((finite(params.wallTime) ?? Date.now() / 1_000) * 1_000),
      requestHeaders: this.#early.get(key) ?? headersOf(request.headers),
      responseHeaders: {},
      key: ids,
      ...(isWorkerScript(params) ? { untold: true } : {}),
    };
    if (request.hasPostData === true) entry.hasPostData = true;
    const postData = text(request.postData);
    if (postData !== undefined) entry.postData = postData.slice(0, MAX_POST);
    this.#early.delete(key);
    this.#next += 1;
    this.#entries.push(entry);
    this.#open.set(key, { entry, began: finite(params.timestamp) ?? 0, frameId: text(params.frameId) ?? '' });
    if (this.#entries.length <= MAX_ENTRIES) return;
    const gone = this.#entries.shift();
    this.#dropped += 1;
    if (gone?.key === undefined) return;
    const goneKey = `${gone.key.sessionId ?? ''} ${gone.key.requestId}`;
    if (this.#open.get(goneKey)?.entry === gone) this.#open.delete(goneKey);
  }
}

/** How long a request's line is, about. */
function lineChars({ url, error, statusText, mimeType }: NetworkEntry): number {
  return url.length + (error?.length ?? 0) + (statusText?.length ?? 0) + (mimeType?.length ?? 0) + LINE_CHARS;
}

function responded(entry: NetworkEntry, response: JsonRecord): void {
  entry.status = finite(response.status) ?? 0;
  entry.statusText = (text(response.statusText) ?? '').slice(0, 100);
  entry.mimeType = (text(response.mimeType) ?? '').slice(0, MAX_NAME);
  if (response.fromDiskCache === true || response.fromServiceWorker === true) entry.fromCache = true;
  if (Object.keys(entry.responseHeaders).length === 0) entry.responseHeaders = headersOf(response.headers);
}

function sinceBegin(began: number, params: JsonRecord): number {
  return Math.max(0, Math.round(((finite(params.timestamp) ?? began) - began) * 1_000));
}

function headersOf(headers: unknown): Record<string, string> {
  const entries = Object.entries(record(headers)).slice(0, MAX_HEADERS);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase().slice(0, MAX_NAME), String(value).slice(0, MAX_HEADER)]));
}

/** A part of the page that came as it should. */
function isQuietStatic({ type, status, error }: NetworkEntry): boolean {
  return STATIC.has(type) && error === undefined && (status === undefined || status < 400);
}

/** A part of the address, a method, a status (404, 4xx), or a regular expression over all three. */
function filterOf(filter: string | undefined): (entry: NetworkEntry) => boolean {
  if (filter === undefined || filter === '') return () => true;
  const folded = filter.toLowerCase();
  const status = /^([1-5])xx$/i.exec(filter)?.[1];
  let pattern: RegExp | undefined;
  try {
    pattern = new RegExp(filter, 'i');
  } catch {
    // Then it is looked for as it is.
  }
  return (entry) => {
    if (status !== undefined) return String(entry.status ?? '').startsWith(status);
    const line = `${entry.method} ${entry.status ?? ''} ${entry.url}`;
    return line.toLowerCase().includes(folded) || pattern?.test(line) === true;
  };
}
