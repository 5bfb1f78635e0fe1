// The one link to the hub, by native messaging or by a WebSocket: finds it, keeps the worker alive, notices when it is dead,
// comes back after a loss. It exists apart from what the frames mean, so that "who is there" has one answer.

import { Pulse, ignore } from '../async.ts';
import { messageOf } from '../errors.ts';
import { finite, record } from '../json.ts';
import { findAddress, fromFile, type Address } from './address.ts';
import { nextDelay, type LastEnd } from './backoff.ts';
import { FRAME_BYTES, isOver } from './frame-size.ts';
import type { ExtensionEvent, ExtensionFrame } from './frames.ts';
import { HANDSHAKE_MS, Link, type HubHandlers } from './link.ts';
import { NativeHost } from './native.ts';
import { Silence } from './silence.ts';
import { bySocket, type Found } from './transport.ts';

const PROBE_MS = 1_000;
/** What may wait for a hub that does not read: a second answer of the largest size behind the first. */
const QUEUE_BYTES = 2 * FRAME_BYTES;
/** A link that held this long makes the search for the next one eager again. */
const HELD_MS = 100;
/** A hub that has said goodbye still answers for a moment; it is not taken for the next one, for this long at most. */
const LEAVING_MS = 1_000;
/** While no hub is there, an extension call keeps Chrome from ending the worker, so that a new hub is found within a second. */
const AWAKE_MS = 20_000;
/** For so long only the native messaging host looks for the next hub, if it is there: it sees one as soon as a probe would. */
const NATIVE_ALONE_MS = 2_000;

export interface ConnectionStatus {
  state: 'searching' | 'connected';
  port: number;
  from: Address['from'];
  hasSecret: boolean;
  /** Why there is no connection, in a sentence for the popup. */
  reason: string;
}

export interface ConnectionHandlers extends HubHandlers {
  onStatus(status: ConnectionStatus): void;
}

/** How one link ended, and for how long it was one. */
interface Ended {
  how: LastEnd;
  heldMs: number;
}

/** The link in use. */
interface Current {
  from: Address['from'];
  send(text: string): boolean;
  giveUp(reason: string): void;
}

export class Connection {
  readonly #handlers: ConnectionHandlers;
  readonly #wake = new Pulse();
  readonly #loggedOnce = new Set<string>();
  #current: Current | undefined;
  #running = false;
  #address: Address | undefined;
  readonly #native = new NativeHost((isFirst) => this.#onNativeNews(isFirst));
  /** The hub to which the last try by native messaging came to nothing: to it the other way is tried first. */
  #doubted: number | undefined;
  #lostAt = performance.now();
  #leaving: { pid: number; until: number } | undefined;
  #status: ConnectionStatus = { state: 'searching', port: 0, from: 'default', hasSecret: false, reason: '' };

  constructor(handlers: ConnectionHandlers) {
    this.#handlers = handlers;
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  get allowFileUrls(): boolean {
    return this.#address?.allowFileUrls ?? false;
  }

  /** Starts the endless loop of connecting; while it runs, cuts short whatever pause it is in. */
  start(): void {
    this.#native.start();
    if (this.#running) {
      this.#wake.beat();
      return;
    }
    this.#running = true;
    ignore(this.#loop());
  }

  /** Drops the link, if any, and looks for the hub again: the person typed another address. */
  restart(): void {
    this.#current?.giveUp('The address of the hub has changed.');
    this.start();
  }

  /** False when nobody is connected: the frame is lost, which the journal makes good. */
  sendEvent(event: ExtensionEvent): boolean {
    return this.#send({ type: 'event', payload: event });
  }

  /** `payload` is the answer as JSON already. */
  sendAnswer(id: string, clientId: string, payload: string): boolean {
    const head = JSON.stringify({ type: 'answer', id, clientId });
    return this.#current?.send(`${head.slice(0, -1)},"payload":${payload}}`) ?? false;
  }

  #send(frame: ExtensionFrame): boolean {
    return this.#current?.send(JSON.stringify(frame)) ?? false;
  }

  async #loop(): Promise<never> {
    let last: LastEnd = 'unreachable';
    let awakeAt = performance.now();
    for (;;) {
      const { news } = this.#native;
      let isNewsMissed = false;
      try {
        const found = await this.#find();
        if (found !== undefined) {
          const ended = await this.#serve(found);
          last = ended.how;
          if (ended.heldMs > HELD_MS) this.#lostAt = performance.now();
          this.#doubted = found.address.from === 'native' && ended.heldMs === 0 ? found.pid : undefined;
        } else {
          last = 'unreachable';
          // What the native host said while the other way was looked at has woken nobody.
          isNewsMissed = this.#native.news !== news;
        }
      } catch (error) {
        last = 'unreachable';
        console.warn('tabhub: connecting failed:', messageOf(error));
      }
      if (performance.now() - awakeAt > AWAKE_MS) {
        awakeAt = performance.now();
        ignore(chrome.runtime.getPlatformInfo());
      }
      if (!isNewsMissed) await this.#wake.next(nextDelay(performance.now() - this.#lostAt, last, Math.random()));
    }
  }

  /** The hub and the way to it; the native messaging host is preferred where it is there. */
  async #find(): Promise<Found | undefined> {
    this.#native.start();
    await this.#native.firstWord();
    if (!this.#native.isThere) return this.#findBySocket();
    // One that has died meanwhile is no reason to doubt: the next one is another.
    const { hub } = this.#native;
    if (hub !== undefined && hub.pid === this.#doubted) return (await this.#findBySocket()) ?? (await this.#findByNative());
    const found = await this.#findByNative();
    const isItsTurn = found !== undefined || performance.now() - this.#lostAt < NATIVE_ALONE_MS;
    return isItsTurn && this.#native.isThere ? found : this.#findBySocket();
  }

  async #findByNative(): Promise<Found | undefined> {
    const native = this.#native;
    const own = await fromFile();
    if (isOfAnotherHub(own, native.secret)) return this.#findBySocket();
    const allowFileUrls = own?.allowFileUrls ?? false;
    const address: Address = { port: native.hub?.port ?? 0, secret: native.secret, from: 'native', allowFileUrls };
    if (native.hub === undefined) this.#report(address, 'searching', native.reason);
    if (native.hub === undefined || this.#isLeaving(native.hub.pid)) return undefined;
    this.#address = address;
    return { address, pid: native.hub.pid, open: (events) => native.open(events) };
  }

  async #findBySocket(): Promise<Found | undefined> {
    // Mostly the hub is where it was: that is looked at while its address is read.
    const known = this.#address?.from === 'native' ? undefined : this.#address;
    const before = known?.secret === '' ? undefined : known?.port;
    const [address, there] = await Promise.all([findAddress(), before === undefined ? undefined : probe(before)]);
    this.#address = address;
    const hub = address.secret === '' ? undefined : address.port === before ? there : await probe(address.port);
    if (hub !== undefined && !this.#isLeaving(hub.pid)) return bySocket(address, hub.pid);
    const why = address.secret === '' ? 'Not paired: type the code that `tabhub extension` shows.' : `No hub answers on port ${address.port}.`;
    this.#report(address, 'searching', why);
    return undefined;
  }

  #onNativeNews(isFirst: boolean): void {
    this.#wake.beat();
    // It was installed meanwhile, or took its time: what runs moves over once, and calls under way go on.
    if (isFirst && this.#current !== undefined && this.#current.from !== 'native') ignore(this.#moveToNative());
  }

  async #moveToNative(): Promise<void> {
    const own = await fromFile();
    if (this.#native.hub === undefined || isOfAnotherHub(own, this.#native.secret)) return;
    if (this.#current?.from !== 'native') this.#current?.giveUp('Native messaging is there.');
  }

  #isLeaving(pid: number | undefined): boolean {
    return this.#leaving !== undefined && this.#leaving.pid === pid && performance.now() < this.#leaving.until;
  }

  /** One link, from open to its end: when it closes, when the hub or this side ends it, or when the hub gives no sign of life. */
  #serve(found: Found): Promise<Ended> {
    return new Promise((resolve) => {
      let { address, pid } = found;
      let readyAt: number | undefined;
      let over = false;

      const end = (how: LastEnd, reason: string): void => {
        if (over) return;
        over = true;
        clearTimeout(handshake);
        silence.stop();
        transport.close();
        if (this.#current === current) this.#current = undefined;
        if (how === 'stopping' && pid !== undefined) this.#leaving = { pid, until: performance.now() + LEAVING_MS };
        this.#report(address, 'searching', reason);
        resolve({ how, heldMs: readyAt === undefined ? 0 : performance.now() - readyAt });
      };
      const giveUp = (reason: string): void => {
        console.warn('tabhub: the link to the hub is given up:', reason);
        end('broken', reason);
      };
      const write = (text: string): boolean => {
        if (isOver(text, FRAME_BYTES)) {
          console.warn(`tabhub: a frame of ${text.length} characters is too large for the hub and is not sent`);
          return false;
        }
        if (transport.waiting + text.length > QUEUE_BYTES) {
          giveUp(`The hub on port ${address.port} does not read what it is sent.`);
          return false;
        }
        return transport.send(text);
      };
      const current: Current = { from: address.from, send: write, giveUp };
      const silence = new Silence(
        () => write(JSON.stringify({ type: 'ping' })),
        () => giveUp(`The hub on port ${address.port} gives no sign of life.`),
      );
      const handshake = setTimeout(() => giveUp(`The hub on port ${address.port} did not finish its greeting.`), HANDSHAKE_MS);
      const link = new Link(address, this.#handlers, {
        send: (frame) => void write(JSON.stringify(frame)),
        onReady: () => {
          clearTimeout(handshake);
          readyAt = performance.now();
          silence.heard();
          this.#current = current;
          this.#report(address, 'connected', '');
        },
        onEnd: end,
        logOnce: (detail) => this.#logOnce(detail),
      });
      const transport = found.open({
        onHub: (hub, its) => {
          address = { ...hub, allowFileUrls: address.allowFileUrls };
          pid = its;
          link.leadsTo(address);
        },
        onText: (data) => {
          if (over) return;
          if (readyAt !== undefined) silence.heard();
          link.receive(data);
        },
        onClose: (reason) => end('broken', reason),
      });
    });
  }

  #report(address: Address, state: ConnectionStatus['state'], reason: string): void {
    const next: ConnectionStatus = {
      state,
      port: address.port,
      from: address.from,
      hasSecret: address.secret !== '',
      reason,
    };
    if (JSON.stringify(next) === JSON.stringify(this.#status)) return;
    this.#status = next;
    this.#handlers.onStatus(next);
  }

  #logOnce(detail: string): void {
    if (this.#loggedOnce.has(detail)) return;
    this.#loggedOnce.add(detail);
    console.info('tabhub: ignored', detail);
  }
}

/** A copy that another hub has unpacked is that hub's, whoever the native messaging host belongs to. */
function isOfAnotherHub(own: Address | undefined, secret: string): boolean {
  return own !== undefined && own.secret !== '' && own.secret !== secret;
}

/** Whether a hub answers, and as which process. */
async function probe(port: number): Promise<{ pid: number | undefined } | undefined> {
  try {
    const options: RequestInit = { cache: 'no-store', signal: AbortSignal.timeout(PROBE_MS) };
    const response = await fetch(`http://127.0.0.1:${port}/health`, options);
    return response.ok ? { pid: finite(record(await response.json()).pid) } : undefined;
  } catch {
    return undefined;
  }
}
