// Exactly once, the storage: which calls were started and what they answered, in chrome.storage.session, so that a repeat
// after a lost link, a restarted hub or a dead worker never runs an action twice. It exists because the hub repeats calls
// with the same id whenever it does not know whether they arrived.

import type { AnswerPayload, CallFrame } from '../hub/frames.ts';
import { canonical, finite, isOneOf, isRecord, record, text, type JsonRecord } from '../json.ts';
import { isErrorCode, type WireError } from '../errors.ts';
import type { Session } from '../session.ts';
import { decide, LIMITS, prune, type Decision, type Entry } from './decide.ts';

const PREFIX = 'j:';

/** Pruning walks the whole index: not after each of many quick calls, but before their answers could fill the storage. */
const PRUNE_AFTER = { calls: 32, bytes: 1_000_000 };

export class Journal {
  readonly #session: Session;
  #entries: Map<string, Entry> | undefined;
  #answers = new Map<string, AnswerPayload>();
  #sincePrune = { calls: 0, bytes: 0 };

  constructor(session: Session) {
    this.#session = session;
  }

  /** `ready` must have been awaited; that this decides at once is what keeps two frames of one call from both running. */
  decide(call: CallFrame, digest: string, running: boolean, ownEpoch: string): Decision {
    const { attempt, browserEpoch } = call;
    return decide(this.#entries?.get(keyOf(call)), running, { digest, attempt, browserEpoch }, ownEpoch);
  }

  async ready(): Promise<void> {
    await this.#load();
  }

  /** Must be awaited before the call's first side effect. */
  async start(call: CallFrame, digest: string): Promise<void> {
    const entries = this.#entries ?? (await this.#load());
    const key = keyOf(call);
    const entry: Entry = { digest, state: 'started', at: Date.now(), size: 0, expiresAt: call.expiresAt };
    put(entries, key, entry);
    await this.#session.set({ [PREFIX + key]: entry });
  }

  /** Known to this worker at once, to the next one when the promise resolves. */
  async finish(call: CallFrame, digest: string, answer: AnswerPayload): Promise<void> {
    const entries = this.#entries ?? (await this.#load());
    const key = keyOf(call);
    const size = JSON.stringify(answer).length;
    const kept = size <= LIMITS.oneBody;
    const entry: Entry = {
      digest,
      state: kept ? 'done' : 'dropped',
      at: Date.now(),
      size: kept ? size : 0,
      expiresAt: call.expiresAt,
    };
    put(entries, key, entry);
    this.#sincePrune = { calls: this.#sincePrune.calls + 1, bytes: this.#sincePrune.bytes + entry.size };
    if (kept) this.#answers.set(key, answer);
    await this.#session.set({ [PREFIX + key]: kept ? { ...entry, answer } : entry });
    await this.#prune(entries);
  }

  answerOf(call: CallFrame): AnswerPayload | undefined {
    return this.#answers.get(keyOf(call));
  }

  async #load(): Promise<Map<string, Entry>> {
    const stored = await this.#session.boot();
    if (this.#entries !== undefined) return this.#entries;
    const found: [string, Entry][] = [];
    for (const [key, value] of Object.entries(stored)) {
      if (!key.startsWith(PREFIX)) continue;
      const entry = parseEntry(value);
      if (entry === undefined) continue;
      const id = key.slice(PREFIX.length);
      found.push([id, entry]);
      const answer = parseAnswer(record(value).answer);
      if (answer !== undefined) this.#answers.set(id, answer);
    }
    found.sort(([, a], [, b]) => a.at - b.at);
    this.#entries = new Map(found);
    return this.#entries;
  }

  async #prune(entries: Map<string, Entry>): Promise<void> {
    const { calls, bytes } = this.#sincePrune;
    if (calls < PRUNE_AFTER.calls && bytes < PRUNE_AFTER.bytes) return;
    this.#sincePrune = { calls: 0, bytes: 0 };
    const { drop, forget } = prune(entries, Date.now());
    const changed: JsonRecord = {};
    for (const key of drop) {
      const entry = entries.get(key);
      if (entry === undefined) continue;
      // In place: a dropped body does not make the entry a newer one.
      const dropped: Entry = { ...entry, state: 'dropped', size: 0 };
      entries.set(key, dropped);
      this.#answers.delete(key);
      changed[PREFIX + key] = dropped;
    }
    for (const key of forget) {
      entries.delete(key);
      this.#answers.delete(key);
    }
    if (drop.length > 0) await this.#session.set(changed);
    await this.#session.remove(forget.map((key) => PREFIX + key));
  }
}

export async function digestOf(tool: string, params: JsonRecord): Promise<string> {
  const bytes = new TextEncoder().encode(`${tool}\n${canonical(params)}`);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return btoa(String.fromCharCode(...hash)).slice(0, 22);
}

function keyOf(call: { clientId: string; id: string }): string {
  return `${call.clientId}:${call.id}`;
}

function put(entries: Map<string, Entry>, key: string, entry: Entry): void {
  entries.delete(key); // A map keeps the place of the first insertion; newest last is what pruning relies on.
  entries.set(key, entry);
}

function parseEntry(value: unknown): Entry | undefined {
  const entry = record(value);
  const digest = text(entry.digest);
  const at = finite(entry.at);
  if (digest === undefined || at === undefined || !isOneOf(entry.state, ['started', 'done', 'dropped'])) return undefined;
  return { digest, at, state: entry.state, size: finite(entry.size) ?? 0, expiresAt: finite(entry.expiresAt) ?? 0 };
}

function parseAnswer(value: unknown): AnswerPayload | undefined {
  if (!isRecord(value)) return undefined;
  if (value.ok === true) return { ok: true, result: value.result };
  const error = record(value.error);
  const code = error.code;
  const message = text(error.message);
  if (!isErrorCode(code) || message === undefined) return undefined;
  const wire: WireError = { code, message, next: text(error.next) ?? '' };
  if (isRecord(error.data)) wire.data = error.data;
  return { ok: false, error: wire };
}
