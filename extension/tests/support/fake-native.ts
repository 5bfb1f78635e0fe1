// Chrome's side of native messaging and the host at its other end: a test says whether there is one, what it says, and when it
// dies.

import { isRecord, record, type JsonRecord } from '../../src/json.ts';
import { FakeEvent } from './fake-chrome.ts';
import { CHALLENGE, SECRET, welcomeTo } from './fake-socket.ts';

/** Every port that was opened, newest last. */
export const ports: FakePort[] = [];

export class FakePort {
  readonly onMessage = new FakeEvent<[unknown]>();
  readonly onDisconnect = new FakeEvent<[]>();
  /** What the extension said about the link. */
  readonly orders: JsonRecord[] = [];
  /** The frames that it sent. */
  readonly sent: JsonRecord[] = [];
  #isOver = false;
  #parts = '';

  constructor() {
    ports.push(this);
  }

  postMessage(message: unknown): void {
    if (this.#isOver) throw new Error('Attempting to use a disconnected port object');
    if (isRecord(message) && message.kind === 'part') {
      this.#parts += String(message.text);
      if (message.last !== true) return;
      this.sent.push(record(JSON.parse(this.#parts)));
      this.#parts = '';
    } else if (isRecord(message)) this.orders.push(message);
    else this.sent.push(record(JSON.parse(String(message))));
  }

  /** The number of the link that was asked for last. */
  get link(): unknown {
    return this.orders.findLast(({ kind }) => kind === 'open')?.link;
  }

  /** The host says where the hub is. */
  hub(pid: number, port: number, secret = SECRET): void {
    this.onMessage.emit({ kind: 'hub', pid, port, secret });
  }

  noHub(secret = SECRET): void {
    this.onMessage.emit({ kind: 'noHub', reason: 'No hub runs.', secret });
  }

  opened(pid: number, port: number, secret = SECRET): void {
    this.onMessage.emit({ kind: 'opened', link: this.link, pid, port, secret });
  }

  closed(reason: string): void {
    this.onMessage.emit({ kind: 'closed', link: this.link, reason });
  }

  /** The hub says something through it. */
  say(frame: JsonRecord): void {
    this.onMessage.emit(JSON.stringify(frame));
  }

  challenge(): void {
    this.say(CHALLENGE);
  }

  welcome(port: number): void {
    this.say(welcomeTo(this.sent.findLast(({ type }) => type === 'hello'), SECRET, port));
  }

  /** The host is gone, or was never there. */
  die(): void {
    this.#isOver = true;
    this.onDisconnect.emit();
  }
}
