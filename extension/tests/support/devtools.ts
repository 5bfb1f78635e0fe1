// A DevTools session of the tests' own with one target: it sees what the browser sees, so that what the extension tells can be
// held against it.

import { WebSocket } from 'ws';
import { list, record, text, type JsonRecord } from '../../src/json.ts';

export class DevTools {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve(value: JsonRecord): void; reject(error: Error): void }>();
  readonly contexts: JsonRecord[] = [];
  #next = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const frame = record(JSON.parse(String(data)));
      if (frame.method === 'Runtime.executionContextCreated') this.contexts.push(record(record(frame.params).context));
      if (frame.method === 'Runtime.executionContextsCleared') this.contexts.length = 0;
      const waiting = this.#waiting.get(Number(frame.id));
      if (waiting === undefined) return;
      this.#waiting.delete(Number(frame.id));
      if (frame.error === undefined) waiting.resolve(record(frame.result));
      else waiting.reject(new Error(JSON.stringify(frame.error)));
    });
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the target is gone'));
      this.#waiting.clear();
    });
  }

  static async connect(where: string): Promise<DevTools> {
    const socket = new WebSocket(where, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return new DevTools(socket);
  }

  async send(method: string, params: JsonRecord = {}): Promise<JsonRecord> {
    const id = this.#next;
    this.#next += 1;
    const answer = new Promise<JsonRecord>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer;
  }

  /** The value of an expression, in the page's own world or in another. */
  async evaluate(expression: string, contextId?: number): Promise<unknown> {
    const answer = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true, ...(contextId === undefined ? {} : { contextId }) });
    if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails));
    return record(answer.result).value;
  }

  /** A handle of what an expression yields. */
  async handle(expression: string, contextId?: number): Promise<string> {
    const answer = await this.send('Runtime.evaluate', { expression, ...(contextId === undefined ? {} : { contextId }) });
    const objectId = text(record(answer.result).objectId);
    if (objectId === undefined) throw new Error(`nothing to hold: ${expression}: ${JSON.stringify(answer)}`);
    return objectId;
  }

  /** Handles of the elements of an array that an expression yields. */
  async handles(expression: string, contextId?: number): Promise<string[]> {
    const objectId = await this.handle(expression, contextId);
    const { result } = await this.send('Runtime.getProperties', { objectId, ownProperties: true });
    return list(result).map(record).filter(({ name }) => /^\d+$/.test(String(name))).map(({ value }) => text(record(value).objectId) ?? '');
  }

  /** The extension's world in each frame that it has looked into. */
  async worldsOf(extension: string): Promise<number[]> {
    await this.send('Runtime.disable');
    this.contexts.length = 0;
    await this.send('Runtime.enable');
    return this.contexts.filter((context) => text(context.origin)?.startsWith(extension)).map(({ id }) => Number(id));
  }

  close(): void {
    this.#socket.close();
  }
}

export interface Accessible {
  readonly role: string;
  readonly name: string;
  readonly ignored: boolean;
  readonly backendId: number;
}

export function accessible(node: JsonRecord): Accessible {
  return {
    role: text(record(node.role).value) ?? '', name: text(record(node.name).value) ?? '', ignored: node.ignored === true,
    backendId: Number(node.backendDOMNodeId),
  };
}
