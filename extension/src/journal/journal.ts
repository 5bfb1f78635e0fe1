// Exactly once, the storage: which calls were started and what they answered, in chrome.storage.session, so that a repeat
// after a lost link, a restarted hub or a dead worker never runs an action twice. It exists because the hub repeats calls
// with the same id whenever it does not know whether they arrived.

import { messageOf, ToolError } from '../errors.ts';
import type { CallFrame } from '../hub/frames.ts';
import { canonical, finite, isOneOf, record, text, type JsonRecord } from '../json.ts';
import type { Session } from '../session.ts';
import { decide, LIMITS, prune, type Decision, type Entry, type Limits } from './decide.ts';

const PREFIX = 'j:';
/** When ids were last forgotten before their time. */
const FORGOT = 'journal.forgot';

export class Journal {
  readonly #session: Session;
  readonly #limits: Limits;
  #entries: Map<string, Entry> | undefined;
  readonly #answers = new Map<string, string>();
  #forgotAt: number | undefined;
  /** What the journal's clock showed when this worker's `performance.now()` was 0. */
  #origin = 0;
  #sincePrune: Limits['pruneAfter'];

  constructor(session: Session, limits = LIMITS) {
    this.#session = session;
    this.#limits = limits;
    // The first call of a worker prunes: workers that each die after a few calls must not fill the storage together.
    this.#sincePrune = limits.pruneAfter;
  }

  /** `ready` must have been awaited; that this decides at once is what keeps two frames of one call from both running. */
  decide(call: CallFrame, digest: string, running: boolean, epoch: string): Decision {
    const { attempt, browserEpoch } = call;
    const hasForgotten = this.#forgotAt !== undefined && this.#now() - this.#forgotAt <= this.#limits.keepIdsMs;
    return decide({ entry: this.#entries?.get(keyOf(call)), running, epoch, hasForgotten }, { digest, attempt, browserEpoch });
  }

  async ready(): Promise<void> {
    await this.#load();
  }

  /** Must be awaited before the call's first side effect. If it fails, the call must not run. */
  async start(call: CallFrame, digest: string): Promise<void> {
    const entries = this.#entries ?? (await this.#load());
    const key = keyOf(call);
    const entry: Entry = { digest, state: 'started', at: this.#now(), size: 0 };
    put(entries, key, entry);
    try {
      await this.#write({ [PREFIX + key]: entry });
    } catch (error) {
      entries.delete(key);
      throw new ToolError(
        'tool_failed',
        `The browser’s extension could not write the call down before its start, so it did not run: ${messageOf(error)}`,
        'Try once more; if it fails again, restart the browser.',
      );
    }
  }

  /** Known to this worker at once, to the next one when the promise resolves. `answer` is JSON. */
  async finish(call: CallFrame, digest: string, answer: string): Promise<void> {
    const entries = this.#entries ?? (await this.#load());
    const key = keyOf(call);
    const size = answer.length;
    const isKept = size <= this.#limits.oneBody;
    const entry: Entry = { digest, state: isKept ? 'done' : 'dropped', at: this.#now(), size: isKept ? size : 0 };
    put(entries, key, entry);
    if (isKept) this.#answers.set(key, answer);
    this.#sincePrune = { calls: this.#sincePrune.calls + 1, chars: this.#sincePrune.chars + entry.size };
    await this.#prune(entries, { [PREFIX + key]: isKept ? { ...entry, answer } : entry });
  }

  answerOf(call: CallFrame): string | undefined {
    return this.#answers.get(keyOf(call));
  }

  /**
   * The journal's own clock: it goes on while a worker runs, and a new worker takes it up where the newest entry left it. An id is
   * kept for its time on this clock, so that a wall clock put forward forgets nothing too early, and one put back keeps nothing for ever.
   */
  #now(): number {
    return this.#origin + performance.now();
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
      const answer = text(record(value).answer);
      if (answer !== undefined) this.#answers.set(id, answer);
    }
    found.sort(([, a], [, b]) => a.at - b.at);
    this.#forgotAt = finite(stored[FORGOT]);
    this.#origin = Math.max(found.at(-1)?.[1].at ?? 0, this.#forgotAt ?? 0);
    this.#entries = new Map(found);
    return this.#entries;
  }

  /** Writes; when that fails, the storage may be full: then once more, without the answers that were kept before. */
  async #write(items: JsonRecord): Promise<void> {
    try {
      await this.#session.set(items);
    } catch {
      const dropped = this.#withoutAnswers([...this.#answers.keys()].filter((key) => !(PREFIX + key in items)));
      await this.#session.set({ ...items, ...dropped });
      this.#dropped(dropped);
    }
  }

  /** Writes, and if it is time shrinks the store with the same write: a worker that dies in between leaves it no larger than before. */
  async #prune(entries: Map<string, Entry>, items: JsonRecord): Promise<void> {
    const { calls, chars } = this.#sincePrune;
    const { pruneAfter } = this.#limits;
    if (calls < pruneAfter.calls && chars < pruneAfter.chars) return this.#write(items);
    this.#sincePrune = { calls: 0, chars: 0 };
    const { drop, forget, early } = prune(entries, this.#now(), this.#limits);
    const dropped = this.#withoutAnswers(drop);
    // Known before they go, here and to the next worker: that an id is absent proves nothing now.
    if (early) this.#forgotAt = this.#now();
    try {
      await this.#write({ ...items, ...dropped, ...(early ? { [FORGOT]: this.#forgotAt } : {}) });
      this.#dropped(dropped);
      await this.#session.remove(forget.map((key) => PREFIX + key));
    } catch (error) {
      this.#sincePrune = pruneAfter; // Nothing is gone from the storage: the next call tries again.
      throw error;
    }
    for (const key of forget) {
      entries.delete(key);
      this.#answers.delete(key);
    }
  }

  /** The entries as they are to be stored without their answers: that their calls ran stays known. */
  #withoutAnswers(keys: readonly string[]): Record<string, Entry> {
    const items: Record<string, Entry> = {};
    for (const key of keys) {
      const entry = this.#entries?.get(key);
      if (entry !== undefined) items[PREFIX + key] = { ...entry, state: 'dropped', size: 0 };
    }
    return items;
  }

  /** They are stored so. In place: a dropped answer does not make the entry a newer one. */
  #dropped(items: Record<string, Entry>): void {
    for (const [name, entry] of Object.entries(items)) {
      const key = name.slice(PREFIX.length);
      this.#entries?.set(key, entry);
      this.#answers.delete(key);
    }
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
  return { digest, at, state: entry.state, size: finite(entry.size) ?? 0 };
}
