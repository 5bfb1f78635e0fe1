// A stand-in for the hub: the real handshake, calls, cancel and events over a real socket. It exists so that the extension can
// be proven in a real browser without the Rust side.

import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { isRecord, list, record, text, type JsonRecord } from '../../src/json.ts';

export const SECRET = 'ABCD-EFGH-IJKL-MNOP-QRST';

export interface Answer {
  ok: boolean;
  result: JsonRecord;
  error: JsonRecord;
}

export interface CallOptions {
  client?: string;
  id?: string;
  readOnly?: boolean;
  attempt?: number;
  epoch?: string;
  timeout?: number;
}

const READ_ONLY = new Set(['browser_snapshot', 'browser_wait_for', 'browser_screenshot', 'browser_get_console_logs']);

export class StandInHub {
  readonly events: JsonRecord[] = [];
  readonly hellos: JsonRecord[] = [];
  /** Sockets that have closed. */
  closed = 0;
  /** Set to sign the welcome with another secret, as a stranger on the port would. */
  wrongProof = false;
  port = 0;
  /** Another process each time it starts. */
  #pid = 0;
  #server: Server | undefined;
  #sockets: WebSocketServer | undefined;
  #socket: WebSocket | undefined;
  #waiting = new Map<string, (answer: JsonRecord) => void>();
  #watchers = new Set<() => void>();

  async start(port = 0): Promise<void> {
    this.#pid += 1;
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/health' ? 200 : 404).end(JSON.stringify({ pid: this.#pid }));
    });
    this.#server = server;
    this.#sockets = new WebSocketServer({ server, path: '/ws/browser' });
    this.#sockets.on('connection', (socket) => this.#serve(socket));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    this.port = addressOf(server).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets?.clients ?? []) socket.terminate();
    this.#socket = undefined;
    this.#sockets?.close();
    const server = this.#server;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  get epoch(): string {
    return text(record(this.hellos.at(-1)?.browser).epoch) ?? '';
  }

  async call(tool: string, params: JsonRecord = {}, options: CallOptions = {}): Promise<Answer> {
    const id = options.id ?? randomUUID();
    const clientId = options.client ?? 'client-a';
    const answer = new Promise<JsonRecord>((resolve) => this.#waiting.set(`${clientId} ${id}`, resolve));
    this.send({
      type: 'call',
      id,
      clientId,
      payload: {
        tool,
        params,
        clientName: clientId,
        attempt: options.attempt ?? 1,
        browserEpoch: options.epoch ?? this.epoch,
        expiresAt: Date.now() + (options.timeout ?? 30_000),
        readOnly: options.readOnly ?? READ_ONLY.has(tool),
      },
    });
    const payload = await answer;
    return { ok: payload.ok === true, result: record(payload.result), error: record(payload.error) };
  }

  cancel(id: string, clientId = 'client-a'): void {
    this.send({ type: 'cancel', id, clientId });
  }

  send(frame: JsonRecord): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  /** Who is here, as a hub tells it whenever that changes. */
  sendClients(clients: Record<string, 'connected' | 'away'>): void {
    const told = Object.entries(clients).map(([id, state]) => ({ id, name: id, state }));
    this.send({ type: 'event', payload: { name: 'clients', clients: told } });
  }

  /** Says goodbye as a hub that was told to stop, and is gone. */
  async sayByeAndStop(): Promise<void> {
    this.send({ type: 'bye', payload: { code: 'hub_stopping', message: 'it was told to stop' } });
    const closed = this.closed;
    this.#socket?.close();
    await this.until('the goodbye to be heard', () => this.closed > closed);
    await this.stop();
  }

  drop(): void {
    this.#socket?.terminate();
    this.#socket = undefined;
  }

  /** Goes on sending, and reads nothing any more from this connection. */
  stopReading(): void {
    this.#socket?.pause();
  }

  /** The connection is there, and nothing comes through it any more. */
  fallSilent(): void {
    this.stopReading();
    this.#socket = undefined;
  }

  /** The last `tabs` event. */
  tabs(): JsonRecord[] {
    const last = this.events.findLast((event) => event.name === 'tabs');
    return list(last?.tabs).map(record);
  }

  /** What was at work when that was last told. */
  atWork(): JsonRecord[] {
    const last = this.events.findLast((event) => event.atWork !== undefined);
    return list(last?.atWork).map(record);
  }

  /** Waits until `holds`, looking again at each frame. */
  async until(what: string, holds: () => boolean, ms = 10_000): Promise<void> {
    const until = Date.now() + ms;
    while (!holds()) {
      if (Date.now() > until) throw new Error(`never came: ${what}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#watchers.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, 100);
        this.#watchers.add(wake);
      });
    }
  }

  #serve(socket: WebSocket): void {
    const nonce = randomBytes(32).toString('hex');
    socket.send(JSON.stringify({ type: 'hello', payload: { role: 'hub', protocol: 1, minProtocol: 1, version: '0.1.0', nonce } }));
    socket.on('message', (data) => {
      const frame: unknown = JSON.parse(String(data));
      if (!isRecord(frame)) return;
      this.#take(socket, nonce, frame);
      for (const wake of [...this.#watchers]) wake();
    });
    socket.on('close', () => {
      this.closed += 1;
      if (this.#socket === socket) this.#socket = undefined;
      for (const wake of [...this.#watchers]) wake();
    });
  }

  #take(socket: WebSocket, nonce: string, frame: JsonRecord): void {
    const payload = record(frame.payload);
    switch (frame.type) {
      case 'hello': {
        const message = (who: string): string => `tabhub ${who}\n${this.port}\n${nonce}\n${text(payload.nonce) ?? ''}`;
        if (payload.proof !== mac(message('browser'))) {
          socket.send(JSON.stringify({ type: 'bye', payload: { code: 'unauthorized', message: 'wrong proof' } }));
          socket.close();
          return;
        }
        this.hellos.push(payload);
        const proof = this.wrongProof ? mac('something else') : mac(message('hub'));
        socket.send(JSON.stringify({ type: 'welcome', payload: { protocol: 1, version: '0.1.0', capabilities: [], proof, clients: [] } }));
        if (!this.wrongProof) this.#socket = socket;
        return;
      }
      case 'ping':
        socket.send(JSON.stringify({ type: 'pong', id: frame.id }));
        return;
      case 'event':
        this.events.push(payload);
        return;
      case 'answer': {
        const key = `${text(frame.clientId) ?? ''} ${text(frame.id) ?? ''}`;
        this.#waiting.get(key)?.(payload);
        this.#waiting.delete(key);
        return;
      }
      default:
    }
  }
}

function mac(message: string): string {
  return createHmac('sha256', SECRET.replaceAll('-', '')).update(message).digest('hex');
}

export function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address;
}
