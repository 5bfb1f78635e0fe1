// The one socket to the hub: finds it, keeps the worker alive, notices when it is dead, comes back after a loss. It exists apart
// from what the frames mean, so that "who is there" has one answer.

import { Pulse, ignore } from '../async.ts';
import { messageOf } from '../errors.ts';
import { finite, record } from '../json.ts';
import { findAddress, type Address } from './address.ts';
import { nextDelay, type LastEnd } from './backoff.ts';
import { FRAME_BYTES, isOver } from './frame-size.ts';
import type { ExtensionEvent, ExtensionFrame } from './frames.ts';
import { HANDSHAKE_MS, Link, type HubHandlers } from './link.ts';
import { Silence } from './silence.ts';

const PROBE_MS = 1_000;
/** What may wait for a hub that does not read: a second answer of the largest size behind the first. */
const QUEUE_BYTES = 2 * FRAME_BYTES;
/** A link that held this long makes the search for the next one eager again. */
const HELD_MS = 100;
/** A hub that has said goodbye still answers for a moment; it is not taken for the next one, for this long at most. */
const LEAVING_MS = 1_000;
/** While no hub is there, an extension call keeps Chrome from ending the worker, so that a new hub is found within a second. */
const AWAKE_MS = 20_000;

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

/** How one socket ended, and for how long it was a link. */
interface Ended {
  how: LastEnd;
  heldMs: number;
}

/** The socket in use. */
interface Current {
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
    let lostAt = performance.now();
    let last: LastEnd = 'unreachable';
    let awakeAt = performance.now();
    for (;;) {
      try {
        // Mostly the hub is where it was: that is looked at while its address is read.
        const before = this.#address?.secret === '' ? undefined : this.#address?.port;
        const [address, there] = await Promise.all([findAddress(), before === undefined ? undefined : probe(before)]);
        this.#address = address;
        const hub = address.secret === '' ? undefined : address.port === before ? there : await probe(address.port);
        if (hub !== undefined && !this.#isLeaving(hub.pid)) {
          const ended = await this.#serve(address, hub.pid);
          last = ended.how;
          if (ended.heldMs > HELD_MS) lostAt = performance.now();
        } else {
          last = 'unreachable';
          const why = address.secret === '' ? 'Not paired: type the code that `tabhub extension` shows.' : `No hub answers on port ${address.port}.`;
          this.#report(address, 'searching', why);
        }
      } catch (error) {
        last = 'unreachable';
        console.warn('tabhub: connecting failed:', messageOf(error));
      }
      if (performance.now() - awakeAt > AWAKE_MS) {
        awakeAt = performance.now();
        ignore(chrome.runtime.getPlatformInfo());
      }
      await this.#wake.next(nextDelay(performance.now() - lostAt, last, Math.random()));
    }
  }

  #isLeaving(pid: number | undefined): boolean {
    return this.#leaving !== undefined && this.#leaving.pid === pid && performance.now() < this.#leaving.until;
  }

  /** One socket, from open to its end: when it closes, when the hub or this side ends it, or when the hub gives no sign of life. */
  #serve(address: Address, pid: number | undefined): Promise<Ended> {
    return new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${address.port}/ws/browser`);
      let readyAt: number | undefined;
      let over = false;

      // Nobody waits for the socket to close: with a hub that does not answer, that takes Chrome a minute.
      const end = (how: LastEnd, reason: string): void => {
        if (over) return;
        over = true;
        socket.onmessage = null;
        socket.onclose = null;
        clearTimeout(handshake);
        silence.stop();
        socket.close();
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
        if (socket.readyState !== WebSocket.OPEN) return false;
        if (isOver(text, FRAME_BYTES)) {
          console.warn(`tabhub: a frame of ${text.length} characters is too large for the hub and is not sent`);
          return false;
        }
        if (socket.bufferedAmount + text.length > QUEUE_BYTES) {
          giveUp(`The hub on port ${address.port} does not read what it is sent.`);
          return false;
        }
        socket.send(text);
        return true;
      };
      const current: Current = { send: write, giveUp };
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
      socket.onmessage = (event: MessageEvent<unknown>) => {
        if (readyAt !== undefined) silence.heard();
        link.receive(event.data);
      };
      socket.onclose = () => end('broken', `The link to the hub on port ${address.port} broke.`);
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
