// The network requests of a tab that are under way, from CDP's Network events. It exists for "when is an action done": which
// requests began after it, and which of those are worth waiting for.

import { finite, record, text, type JsonRecord } from '../json.ts';

export interface Request {
  key: string;
  /** The tick (a running number of the tab's events) at which it began. */
  began: number;
  type: string;
  method: string;
  url: string;
  loaderId: string;
  frameId: string;
  /** An answer that streams on: its end means nothing for the page. */
  streams: boolean;
  /** Seconds of Chrome's clock at which it was sent, and milliseconds of ours at which something of its answer came last. */
  sentAt: number;
  heardAt?: number;
}

/**
 * Of an answer whose body the page does not read (fetch, for its status alone) Chrome tells no end. Where nothing of it has come for
 * so long it counts as ended, and further answers at this address count as ended once they begin.
 */
const UNREAD_MS = 1_000;
/** What ends sooner is no long poll; the cap is settle's. */
const SLOW_SECONDS = 3;

/** Requests that stay open, or whose end no page shows as text. */
const NOT_AWAITED = new Set(['WebSocket', 'EventSource', 'Ping', 'Image', 'Media', 'Font', 'Prefetch', 'Manifest', 'CSPViolationReport', 'Other']);
/**
 * The script that a worker starts from, which no document loads. Chrome tells its answer and its end to a debugger of the worker
 * alone, and often before one could be there.
 */
export function isWorkerScript(params: JsonRecord): boolean {
  return params.type === 'Script' && params.loaderId === '';
}

const STREAMING = /^(text\/event-stream|multipart\/x-mixed-replace|application\/grpc|application\/x-ndjson)/i;

export class Requests {
  readonly #running = new Map<string, Request>();
  /** Where a request has outlasted the cap (long polls): none is waited for there until one ends soon. */
  readonly #slow = new Set<string>();
  /** Those whose answers are not read to their end. */
  readonly #unread = new Set<string>();
  #lastEnd = 0;

  /** Takes one Network event; true if a request began or ended. */
  take(sessionId: string | undefined, method: string, params: JsonRecord, tick: number): boolean {
    const id = text(params.requestId);
    if (id === undefined) return false;
    const key = `${sessionId ?? ''} ${id}`;
    switch (method) {
      case 'Network.requestWillBeSent': {
        if (isWorkerScript(params)) return false;
        const request = record(params.request);
        const before = this.#running.get(key); // A redirect keeps the id.
        this.#running.set(key, {
          key,
          began: before?.began ?? tick,
          type: text(params.type) ?? 'Other',
          method: text(request.method) ?? 'GET',
          url: text(request.url) ?? '',
          loaderId: text(params.loaderId) ?? '',
          frameId: text(params.frameId) ?? '',
          streams: false,
          sentAt: finite(params.timestamp) ?? 0,
        });
        return true;
      }
      case 'Network.responseReceived': {
        const running = this.#running.get(key);
        if (running === undefined) return false;
        if (STREAMING.test(text(record(params.response).mimeType) ?? '')) running.streams = true;
        running.heardAt = performance.now();
        if (!this.#unread.has(keyOf(running))) return running.streams;
        this.#lastEnd = tick;
        return true;
      }
      case 'Network.dataReceived': {
        const running = this.#running.get(key);
        if (running?.heardAt !== undefined) running.heardAt = performance.now();
        return false;
      }
      case 'Network.loadingFinished':
      case 'Network.loadingFailed':
        this.#ended(this.#running.get(key), finite(params.timestamp), tick);
        return this.#running.delete(key);
      default:
        return false;
    }
  }

  #ended(request: Request | undefined, at: number | undefined, tick: number): void {
    if (request === undefined) return;
    if (this.#isAwaited(request)) this.#lastEnd = tick;
    if (at !== undefined && at - request.sentAt < SLOW_SECONDS) this.#slow.delete(keyOf(request));
  }

  /** Those worth waiting for that began after `tick`. */
  pendingSince(tick: number): Request[] {
    return [...this.#running.values()].filter((request) => request.began > tick && this.#isAwaited(request));
  }

  /** The tick at which one worth waiting for ended last. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  #isAwaited(request: Request | undefined): boolean {
    return request !== undefined && !request.streams && !NOT_AWAITED.has(request.type) && !this.#slow.has(keyOf(request)) && !this.#isUnread(request);
  }

  #isUnread(request: Request): boolean {
    if (request.heardAt === undefined || request.type !== 'Fetch') return false;
    if (performance.now() - request.heardAt > UNREAD_MS) this.#unread.add(keyOf(request));
    return this.#unread.has(keyOf(request));
  }

  /** All that would keep the network from being idle. */
  busy(): Request[] {
    const idle = new Set(['WebSocket', 'EventSource', 'Ping']);
    return [...this.#running.values()].filter((request) => !request.streams && !idle.has(request.type));
  }

  giveUpOn(requests: readonly Request[]): void {
    for (const request of requests) this.#slow.add(keyOf(request));
  }

  /** Another document took the tab: the old one's requests will report no end. */
  documentChanged(loaderId: string): void {
    for (const [key, request] of this.#running) if (request.loaderId !== loaderId) this.#running.delete(key);
    this.#slow.clear();
    this.#unread.clear();
  }

  /** A frame left this session, for good or for a process of its own: its end is told there, or nowhere. */
  frameLeft(sessionId: string | undefined, frameId: string): void {
    for (const [key, request] of this.#running) {
      if (request.frameId === frameId && key.startsWith(`${sessionId ?? ''} `)) this.#running.delete(key);
    }
  }

  sessionGone(sessionId: string): void {
    for (const key of this.#running.keys()) if (key.startsWith(`${sessionId} `)) this.#running.delete(key);
  }
}

function keyOf(request: Request): string {
  return `${request.method} ${request.url.replace(/[?#].*$/s, '')}`;
}
