// The handshake of one link and, once both sides are proven, the way of its frames to the handlers. It exists apart from what
// carries it so that nothing is obeyed before the hub's proof was checked, nor after the link was given up.

import { ignore, within } from '../async.ts';
import { messageOf } from '../errors.ts';
import type { Address } from './address.ts';
import type { LastEnd } from './backoff.ts';
import {
  parseFrame,
  PROTOCOL,
  type CallFrame,
  type CancelFrame,
  type ExtensionFrame,
  type HubEvent,
  type HubFrame,
  type WelcomeFrame,
} from './frames.ts';
import { newNonce, prove, sameProof } from './handshake.ts';
import type { BrowserIdentity } from './identity.ts';

export const HANDSHAKE_MS = 5_000;

/** What the extension does with what a proven hub says. */
export interface HubHandlers {
  identity(): Promise<BrowserIdentity>;
  onWelcome(welcome: WelcomeFrame): void;
  onCall(call: CallFrame): void;
  onCancel(cancel: CancelFrame): void;
  onEvent(event: HubEvent): void;
  /** The hub said goodbye: it was told to stop, or nobody needed it. A hub that crashed says nothing. */
  onHubStopping(): void;
}

/** What the link asks of what it stands on. */
export interface LinkOwner {
  send(frame: ExtensionFrame): void;
  onReady(): void;
  /** The hub, or this side, ends the link. */
  onEnd(how: LastEnd, reason: string): void;
  logOnce(detail: string): void;
}

export class Link {
  #address: Address;
  readonly #handlers: HubHandlers;
  readonly #owner: LinkOwner;
  #ready = false;
  #expected: string | undefined;

  constructor(address: Address, handlers: HubHandlers, owner: LinkOwner) {
    this.#address = address;
    this.#handlers = handlers;
    this.#owner = owner;
  }

  /** The hub that it leads to, where that is known only now; it has said nothing yet. */
  leadsTo(address: Address): void {
    this.#address = address;
  }

  receive(data: unknown): void {
    const parsed = parseFrame(data);
    if ('frame' in parsed) this.#handle(parsed.frame);
    else this.#owner.logOnce('ignored' in parsed ? parsed.ignored : parsed.malformed);
  }

  #handle(frame: HubFrame): void {
    if (frame.type === 'bye') this.#takeLeave(frame.code, frame.message);
    else if (this.#ready) this.#obey(frame);
    else if (frame.type === 'hello') ignore(this.#answerHello(frame.nonce, frame.protocol, frame.minProtocol));
    else if (frame.type === 'welcome') this.#checkWelcome(frame);
    else this.#owner.logOnce(`${frame.type} before welcome`);
  }

  #takeLeave(code: string, message: string): void {
    if (code === 'hub_stopping') {
      if (this.#ready) this.#handlers.onHubStopping();
      this.#owner.onEnd('stopping', 'The hub has stopped.');
      return;
    }
    const reason = message === '' ? `The hub refused this browser (${code}).` : message;
    this.#owner.onEnd(code === 'superseded' ? 'superseded' : 'refused', reason);
  }

  async #answerHello(hubNonce: string, protocol: number, minProtocol: number): Promise<void> {
    const { port, secret } = this.#address;
    if (protocol < PROTOCOL || minProtocol > PROTOCOL) {
      this.#owner.onEnd('refused', `The hub on port ${port} speaks protocol ${protocol}, this extension ${PROTOCOL}. Update the older one.`);
      return;
    }
    try {
      const challenge = { port, hubNonce, ownNonce: newNonce() };
      const [proof, expected, browser] = await within(
        Promise.all([
          prove(secret, 'browser', challenge),
          prove(secret, 'hub', challenge),
          this.#handlers.identity(),
        ]),
        HANDSHAKE_MS,
        () => new Error('the handshake took too long'),
      );
      this.#expected = expected;
      const version = chrome.runtime.getManifest().version;
      this.#owner.send({
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
      this.#owner.onEnd('refused', `This extension could not answer the hub: ${messageOf(error)}`);
    }
  }

  #checkWelcome(frame: WelcomeFrame): void {
    // Without a secret nothing can be proven, not even by a hub that signs with the same empty key.
    if (this.#address.secret === '' || this.#expected === undefined || !sameProof(this.#expected, frame.proof)) {
      this.#owner.onEnd('refused', `Something on port ${this.#address.port} is not your tabhub: its proof of the pairing code is wrong.`);
      return;
    }
    this.#ready = true;
    this.#owner.onReady();
    this.#handlers.onWelcome(frame);
  }

  #obey(frame: HubFrame): void {
    switch (frame.type) {
      case 'call':
        this.#handlers.onCall(frame);
        break;
      case 'cancel':
        this.#handlers.onCancel(frame);
        break;
      case 'event':
        this.#handlers.onEvent(frame.event);
        break;
      case 'ping':
        this.#owner.send(frame.id === undefined ? { type: 'pong' } : { type: 'pong', id: frame.id });
        break;
      default:
        break;
    }
  }
}
