// The browser's WebSocket and the hub at its other end, without a network: a test says what the hub sends, and when it falls silent.

import { createHmac } from 'node:crypto';
import { record, text, type JsonRecord } from '../../src/json.ts';

export const SECRET = 'ABCDEFGHIJKLMNOPQRST';

/** The hub's first word. */
export const CHALLENGE = { type: 'hello', payload: { role: 'hub', protocol: 1, minProtocol: 1, version: '0.1.0', nonce: 'h'.repeat(64) } };

/** The welcome of a hub that knows the secret and was dialled on this port. */
export function welcomeTo(hello: JsonRecord | undefined, secret: string, port: number): JsonRecord {
  const nonce = text(record(hello?.payload).nonce) ?? '';
  const proof = createHmac('sha256', secret).update(`tabhub hub\n${port}\n${'h'.repeat(64)}\n${nonce}`).digest('hex');
  return { type: 'welcome', payload: { protocol: 1, version: '0.1.0', capabilities: [], proof, clients: [] } };
}

/** Every socket that was opened, newest last. */
export const opened: FakeSocket[] = [];

export class FakeSocket {
  static readonly OPEN = 1;
  readyState = 0;
  bufferedAmount = 0;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: JsonRecord[] = [];
  readonly #port: number;

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
    opened.push(this);
  }

  send(data: string): void {
    this.sent.push(record(JSON.parse(data)));
  }

  /** A hub that does not answer keeps the socket from closing: nothing is told. */
  close(): void {
    this.readyState = 2;
  }

  /** The hub says something. */
  say(frame: JsonRecord): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** The other end is gone. */
  vanish(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  /** The hub's part of the handshake, which the extension’s hello must have answered in between. */
  challenge(): void {
    this.readyState = FakeSocket.OPEN;
    this.say(CHALLENGE);
  }

  welcome(secret = SECRET): void {
    this.say(welcomeTo(this.last('hello'), secret, this.#port));
  }

  /** The last frame of a type that the extension sent. */
  last(type: string): JsonRecord | undefined {
    return this.sent.findLast((frame) => frame.type === type);
  }
}
