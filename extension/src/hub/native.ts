// The native messaging host: starts it, hears from it where the hub is, and carries frames through it. It exists because it needs
// no pairing code and no WebSocket; where it is missing, forbidden or broken, nothing here may cost the other way any time.
//
// A JSON string is a frame, word for word; an object is about the link itself (src/native/envelope.rs has the other side).

import { ignore, Pulse } from '../async.ts';
import { messageOf } from '../errors.ts';
import { finite, record, text, type JsonRecord } from '../json.ts';
import type { Address } from './address.ts';
import { normalizeSecret } from './handshake.ts';
import type { Transport, TransportEvents } from './transport.ts';

export const NATIVE_HOST = 'dev.tabhub.native';
/** A host that is not to be had is tried again after this time: somebody may have installed it. */
const RETRY_MS = 25_000;
/** A host that lived this long and ended is started anew at once. */
const LIVED_MS = 1_000;
/** How long the WebSocket waits for the first word of a host that was there the last time. */
const FIRST_WORD_MS = 500;
/** Characters of one message. With all of them escaped, and three bytes each, it is below the 64 MiB that Chrome sends. */
export const PART_CHARS = 8 * 1024 * 1024;
/** Kept with the profile: whether the host was there the last time. */
const STORED = 'nativeHost';

export interface NativeHub {
  pid: number;
  port: number;
}

/** The link that is open through the host, or being opened. */
interface Link {
  number: number;
  events: TransportEvents;
  isOpen: boolean;
  parts: string;
}

export class NativeHost {
  readonly #onNews: (isFirst: boolean) => void;
  readonly #spoken = new Pulse();
  #port: chrome.runtime.Port | undefined;
  #startedAt = -RETRY_MS;
  #hasSpoken = false;
  #mayRetryAt = 0;
  #links = 0;
  #link: Link | undefined;
  /** Grows with each change of what it says of the hub. */
  news = 0;
  /** The hub that is there, if the host sees one. */
  hub: NativeHub | undefined;
  /** The pairing secret of its hub, also while that is away; empty if there never was one. */
  secret = '';
  /** Why there is no hub. */
  reason = '';

  constructor(onNews: (isFirst: boolean) => void) {
    this.#onNews = onNews;
  }

  /** Whether it runs and has said where the hub is, or that there is none. */
  get isThere(): boolean {
    return this.#port !== undefined && this.#hasSpoken;
  }

  /** Starts it, unless it runs, or was not to be had a moment ago. Nobody waits for it. */
  start(): void {
    if (this.#port !== undefined || performance.now() < this.#mayRetryAt) return;
    this.#mayRetryAt = performance.now() + RETRY_MS;
    if (typeof chrome.runtime.connectNative !== 'function') return;
    try {
      const port = chrome.runtime.connectNative(NATIVE_HOST);
      this.#port = port;
      this.#startedAt = performance.now();
      port.onMessage.addListener((message: unknown) => {
        if (this.#port === port) this.#hear(message);
      });
      port.onDisconnect.addListener(() => this.#lost(port, chrome.runtime.lastError?.message ?? 'it ended'));
    } catch (error) {
      console.info('tabhub: no native messaging:', messageOf(error));
    }
  }

  /** Waits for the first word of a host that is starting and was there the last time; of another, not at all. */
  async firstWord(): Promise<void> {
    if (this.#port === undefined || this.#hasSpoken) return;
    const left = this.#startedAt + FIRST_WORD_MS - performance.now();
    if (left <= 0 || (await chrome.storage.local.get(STORED))[STORED] !== true) return;
    if (this.#port !== undefined && !this.#hasSpoken) await this.#spoken.next(left);
  }

  open(events: TransportEvents): Transport {
    this.#links += 1;
    const link: Link = { number: this.#links, events, isOpen: false, parts: '' };
    this.#link = link;
    if (!this.#post({ kind: 'open', link: link.number })) queueMicrotask(() => this.#close(link, 'The native messaging host is gone.'));
    return {
      send: (frame) => this.#link === link && link.isOpen && this.#send(frame),
      // What waits for a hub that does not read waits in the host, which then closes the link.
      waiting: 0,
      close: () => {
        if (this.#link !== link) return;
        this.#link = undefined;
        this.#post({ kind: 'close' });
      },
    };
  }

  #send(frame: string): boolean {
    for (const message of messagesOf(frame, PART_CHARS)) if (!this.#post(message)) return false;
    return true;
  }

  #post(message: string | JsonRecord): boolean {
    try {
      this.#port?.postMessage(message);
      return this.#port !== undefined;
    } catch {
      return false; // It ended this very moment; its end is told.
    }
  }

  #hear(message: unknown): void {
    const link = this.#link;
    if (typeof message === 'string') {
      if (link?.isOpen === true) link.events.onText(message);
      return;
    }
    const news = record(message);
    const isOurs = link !== undefined && news.link === link.number;
    switch (news.kind) {
      case 'hub':
      case 'noHub':
        this.#sees(news);
        break;
      case 'opened':
        if (!isOurs) break;
        link.isOpen = true;
        link.events.onHub(addressOf(news), finite(news.pid));
        break;
      case 'closed':
        if (isOurs) this.#close(link, text(news.reason) ?? '');
        break;
      case 'part':
        if (link?.isOpen !== true) break;
        link.parts += text(news.text) ?? '';
        if (news.last === true) {
          const frame = link.parts;
          link.parts = '';
          link.events.onText(frame);
        }
        break;
      default:
        break;
    }
  }

  #sees(news: JsonRecord): void {
    const [pid, port, before] = [finite(news.pid), finite(news.port), this.hub?.pid];
    this.hub = news.kind === 'hub' && pid !== undefined && port !== undefined ? { pid, port } : undefined;
    this.secret = normalizeSecret(text(news.secret) ?? '');
    this.reason = text(news.reason) ?? '';
    const isFirst = !this.#hasSpoken;
    this.#hasSpoken = true;
    if (isFirst) ignore(remember(true));
    // What it says again, as it does after each link, is no news: a browser that was superseded would never rest.
    if (isFirst || before !== this.hub?.pid) this.#changed(isFirst);
  }

  #lost(port: chrome.runtime.Port, why: string): void {
    if (this.#port !== port) return;
    this.#port = undefined;
    this.hub = undefined;
    const wasThere = this.#hasSpoken;
    this.#hasSpoken = false;
    if (!wasThere) ignore(remember(false));
    // One that falls over as soon as it stands is not started again and again.
    if (wasThere && performance.now() - this.#startedAt > LIVED_MS) this.#mayRetryAt = 0;
    if (wasThere) console.warn('tabhub: the native messaging host is gone:', why);
    if (this.#link !== undefined) this.#close(this.#link, `The native messaging host is gone: ${why}`);
    this.#changed(false);
  }

  #close(link: Link, reason: string): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    link.events.onClose(reason);
  }

  #changed(isFirst: boolean): void {
    this.news += 1;
    this.#spoken.beat();
    this.#onNews(isFirst);
  }
}

function addressOf(news: JsonRecord): Address {
  return { port: finite(news.port) ?? 0, secret: normalizeSecret(text(news.secret) ?? ''), from: 'native', allowFileUrls: false };
}

async function remember(isThere: boolean): Promise<void> {
  const known = (await chrome.storage.local.get(STORED))[STORED] === true;
  if (known !== isThere) await chrome.storage.local.set({ [STORED]: isThere });
}

/** A frame as messages of at most so many characters. A pair of surrogates is never cut: half of one is no text. */
export function messagesOf(frame: string, most: number): (string | JsonRecord)[] {
  if (frame.length <= most) return [frame];
  const messages: JsonRecord[] = [];
  for (let at = 0; at < frame.length; ) {
    let end = Math.min(at + most, frame.length);
    const last = frame.charCodeAt(end - 1);
    if (end < frame.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    messages.push({ kind: 'part', text: frame.slice(at, end), last: end === frame.length });
    at = end;
  }
  return messages;
}
