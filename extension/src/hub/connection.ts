// The one socket to the hub: finds it, proves both sides, keeps the worker alive, comes back after a loss. It exists apart
// from what the frames mean, so that "who is there" has one answer and nothing is obeyed before the hub's proof was checked.

import { Pulse, ignore, within } from '../async.ts';
import { messageOf } from '../errors.ts';
import { findAddress, type Address } from './address.ts';
import { nextDelay, type LastEnd } from './backoff.ts';
import type { BrowserIdentity } from './identity.ts';
import { newNonce, prove, sameProof } from './handshake.ts';
import {
  parseFrame,
  PROTOCOL,
  type CallFrame,
  type CancelFrame,
  type ExtensionEvent,
  type ExtensionFrame,
  type HubEvent,
  type HubFrame,
  type WelcomeFrame,
} from './frames.ts';

const HANDSHAKE_MS = 5_000;
const SILENCE_MS = 45_000;
const PROBE_MS = 1_000;
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

export interface ConnectionHandlers {
  identity(): Promise<BrowserIdentity>;
  onWelcome(welcome: WelcomeFrame): void;
  onCall(call: CallFrame): void;
  onCancel(cancel: CancelFrame): void;
  onEvent(event: HubEvent): void;
  onStatus(status: ConnectionStatus): void;
}

export class Connection {
  readonly #handlers: ConnectionHandlers;
  readonly #wake = new Pulse();
  readonly #loggedOnce = new Set<string>();
  #socket: WebSocket | undefined;
  #running = false;
  #address: Address | undefined;
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
    this.#socket?.close(1000, 'address changed');
    this.start();
  }

  /** False when nobody is connected: the frame is lost, which the journal makes good. */
  send(frame: ExtensionFrame): boolean {
    if (this.#socket === undefined || this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  sendEvent(event: ExtensionEvent): boolean {
    return this.send({ type: 'event', payload: event });
  }

  async #loop(): Promise<never> {
    let lostAt = Date.now();
    let last: LastEnd = 'unreachable';
    let awakeAt = Date.now();
    for (;;) {
      let connectedFor = 0;
      try {
        const address = await findAddress();
        this.#address = address;
        if (address.secret === '') {
          last = 'unreachable';
          this.#report(address, 'searching', 'Not paired: type the code that `tabhub extension` shows.');
        } else if (await answersHealth(address.port)) {
          const openedAt = Date.now();
          last = await this.#serve(address);
          connectedFor = Date.now() - openedAt;
        } else {
          last = 'unreachable';
          this.#report(address, 'searching', `No hub answers on port ${address.port}.`);
        }
      } catch (error) {
        last = 'unreachable';
        console.warn('tabhub: connecting failed:', messageOf(error));
      }
      if (connectedFor > 1_000) lostAt = Date.now();
      if (Date.now() - awakeAt > AWAKE_MS) {
        awakeAt = Date.now();
        ignore(chrome.runtime.getPlatformInfo());
      }
      await this.#wake.next(nextDelay(Date.now() - lostAt, last));
    }
  }

  /** One socket from open to close. */
  #serve(address: Address): Promise<LastEnd> {
    return new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${address.port}/ws/browser`);
      const link = new Link(socket, address, this.#handlers, (detail) => this.#logOnce(detail));
      let end: LastEnd = 'broken';
      let reason = '';
      let silence = setTimeout(() => socket.close(4000, 'no handshake'), HANDSHAKE_MS);
      link.onReady = () => {
        this.#socket = socket;
        this.#report(address, 'connected', '');
      };
      link.onRefused = (why, how) => {
        end = how;
        reason = why;
        socket.close(4001, 'refused');
      };
      socket.onmessage = (event: MessageEvent<unknown>) => {
        clearTimeout(silence);
        silence = setTimeout(() => socket.close(4000, 'silence'), link.ready ? SILENCE_MS : HANDSHAKE_MS);
        link.receive(event.data);
      };
      socket.onclose = () => {
        clearTimeout(silence);
        link.closed = true;
        if (this.#socket === socket) this.#socket = undefined;
        this.#report(address, 'searching', reason === '' ? `The link to the hub on port ${address.port} broke.` : reason);
        resolve(end);
      };
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

async function answersHealth(port: number): Promise<boolean> {
  try {
    const options: RequestInit = { cache: 'no-store', signal: AbortSignal.timeout(PROBE_MS) };
    const response = await fetch(`http://127.0.0.1:${port}/health`, options);
    return response.ok;
  } catch {
    return false;
  }
}

/** The handshake of one socket and, once both sides are proven, the way of its frames to the handlers. */
class Link {
  onReady: () => void = () => undefined;
  onRefused: (why: string, how: LastEnd) => void = () => undefined;
  ready = false;
  closed = false;
  #expected: string | undefined;

  constructor(
    private readonly socket: WebSocket,
    private readonly address: Address,
    private readonly handlers: ConnectionHandlers,
    private readonly logOnce: (detail: string) => void,
  ) {}

  receive(data: unknown): void {
    const parsed = parseFrame(data);
    if ('frame' in parsed) this.#handle(parsed.frame);
    else this.logOnce('ignored' in parsed ? parsed.ignored : parsed.malformed);
  }

  #handle(frame: HubFrame): void {
    if (frame.type === 'bye') {
      const how: LastEnd = frame.code === 'superseded' ? 'superseded' : frame.code === 'hub_stopping' ? 'broken' : 'refused';
      this.onRefused(frame.message === '' ? `The hub refused this browser (${frame.code}).` : frame.message, how);
      return;
    }
    if (this.ready) {
      this.#obey(frame);
      return;
    }
    if (frame.type === 'hello') ignore(this.#answerHello(frame.nonce, frame.protocol, frame.minProtocol));
    else if (frame.type === 'welcome') this.#checkWelcome(frame);
    else this.logOnce(`${frame.type} before welcome`);
  }

  async #answerHello(hubNonce: string, protocol: number, minProtocol: number): Promise<void> {
    const { port, secret } = this.address;
    if (protocol < PROTOCOL || minProtocol > PROTOCOL) {
      this.onRefused(`The hub on port ${port} speaks protocol ${protocol}, this extension ${PROTOCOL}. Update the older one.`, 'refused');
      return;
    }
    try {
      const challenge = { port, hubNonce, ownNonce: newNonce() };
      const [proof, expected, browser] = await within(
        Promise.all([
          prove(secret, 'browser', challenge),
          prove(secret, 'hub', challenge),
          this.handlers.identity(),
        ]),
        HANDSHAKE_MS,
        () => new Error('the handshake took too long'),
      );
      this.#expected = expected;
      const version = chrome.runtime.getManifest().version;
      this.#send({
        type: 'hello',
        payload: {
          role: 'browser',
          protocol: PROTOCOL,
          version,
          capabilities: ['journal'],
          nonce: challenge.ownNonce,
          port,
          proof,
          browser,
        },
      });
    } catch (error) {
      this.onRefused(`This extension could not answer the hub: ${messageOf(error)}`, 'refused');
    }
  }

  #checkWelcome(frame: WelcomeFrame): void {
    // Without a secret nothing can be proven, not even by a hub that signs with the same empty key.
    if (this.address.secret === '' || this.#expected === undefined || !sameProof(this.#expected, frame.proof)) {
      this.onRefused(`Something on port ${this.address.port} is not your tabhub: its proof of the pairing code is wrong.`, 'refused');
      return;
    }
    this.ready = true;
    this.onReady();
    this.handlers.onWelcome(frame);
  }

  #obey(frame: HubFrame): void {
    switch (frame.type) {
      case 'call':
        this.handlers.onCall(frame);
        break;
      case 'cancel':
        this.handlers.onCancel(frame);
        break;
      case 'event':
        this.handlers.onEvent(frame.event);
        break;
      case 'ping':
        this.#send(frame.id === undefined ? { type: 'pong' } : { type: 'pong', id: frame.id });
        break;
      default:
        break;
    }
  }

  #send(frame: ExtensionFrame): void {
    if (!this.closed && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }
}
