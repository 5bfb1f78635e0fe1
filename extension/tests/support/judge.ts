// What "exactly once" means, looked at after each step of a schedule: what the page saw, what the callers were told, and what the
// storage keeps must fit together.

import type { CallFrame } from '../../src/hub/frames.ts';
import { record, text, type JsonRecord } from '../../src/json.ts';
import type { Limits } from '../../src/journal/decide.ts';
import { keyOf, variantOf } from './planned-call.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** However long a call says that it may take, it takes no longer; and it is ended this long before. */
const LONGEST_MS = 15 * 60_000;
const MARGIN_MS = 250;

/** One frame of a call that the worker was given. */
export interface Sent {
  readonly call: CallFrame;
  readonly variant: string;
  readonly at: number;
  readonly left: number;
  /** Another call that has happened under this id. */
  readonly rival: string | undefined;
}

export interface Answered {
  key: string;
  ok: boolean;
  code: string;
  message: string;
  value: unknown;
}

/** What the judge looks at. */
export interface Evidence {
  readonly storage: JsonRecord;
  answersKept(): string[];
  isKept(call: CallFrame): boolean;
  isOnItsWay(variant: string): boolean;
}

export class Judge {
  readonly #evidence: Evidence;
  readonly #clock: VirtualClock;
  readonly #limits: Limits;
  readonly log: string[] = [];
  readonly answers: Answered[] = [];
  /** How often the page saw what. */
  readonly effects = new Map<string, number>();
  /** Which ways of being answered were seen, and how often. */
  readonly seen = new Map<string, number>();
  /** The first thing that was wrong. Kept, since what is thrown from within the worker is heard by nobody. */
  broken: Error | undefined;
  #open: Sent[] = [];
  readonly #tokens = new Map<string, string>();
  /** What must not happen any more: it was stopped in time, or it was said that it did not run. */
  readonly #ruledOut = new Set<string>();
  /** Keys that were in the storage at any time of this run of the browser. */
  readonly #written = new Set<string>();
  readonly #late = new Set<string>();

  constructor(evidence: Evidence, clock: VirtualClock, limits: Limits) {
    this.#evidence = evidence;
    this.#clock = clock;
    this.#limits = limits;
  }

  get open(): number {
    return this.#open.length;
  }

  violation(what: string): Error {
    this.broken ??= new Error(`${what}\n  ${this.log.slice(-60).join('\n  ')}`);
    return this.broken;
  }

  /** The worker is given a frame. */
  given(call: CallFrame): Sent {
    const variant = variantOf(call);
    const left = call.expiresAt - this.#clock.wall;
    this.log.push(`call ${call.readOnly ? 'look ' : ''}${variant} attempt ${call.attempt} epoch ${call.browserEpoch ?? 'none'} left ${left}`);
    const rivals = [...this.effects.keys()].filter((one) => one !== variant && keyOf(one) === keyOf(variant));
    const sent: Sent = {
      call,
      variant,
      at: this.#clock.now,
      left: Math.min(left, LONGEST_MS),
      rival: this.#evidence.isKept(call) ? rivals[0] : undefined,
    };
    this.#open.push(sent);
    this.#ruledOut.delete(variant);
    return sent;
  }

  written(keys: readonly string[]): void {
    for (const key of keys) this.#written.add(key);
  }

  /** What was not even written down when it was stopped must not happen any more. */
  stopped(which: (sent: Sent) => boolean): void {
    for (const { variant } of this.#open.filter(which)) if (!this.#written.has(`j:${keyOf(variant)}`)) this.#ruledOut.add(variant);
  }

  workerGone(): void {
    this.#open = [];
  }

  browserGone(): void {
    this.#written.clear();
  }

  /** The page was changed; `token` is what it says of that. */
  happened(variant: string, token: string): void {
    const times = (this.effects.get(variant) ?? 0) + 1;
    this.effects.set(variant, times);
    this.#tokens.set(variant, token);
    if (times > 1) throw this.violation(`${variant} happened ${times} times`);
    if (this.#ruledOut.has(variant)) throw this.violation(`${variant} happened though it was stopped before, or it was said that it did not run`);
    if (!this.#written.has(`j:${keyOf(variant)}`)) throw this.violation(`${variant} happened before it was written down`);
  }

  answered(sent: Sent | undefined, clientId: string, id: string, payload: string): void {
    const key = `${clientId}:${id}`;
    if (sent === undefined || !this.#open.includes(sent)) throw this.violation(`${key} was answered twice`);
    this.#open.splice(this.#open.indexOf(sent), 1);
    const parsed = record(JSON.parse(payload));
    const error = record(parsed.error);
    const answer: Answered = {
      key,
      ok: parsed.ok === true,
      code: text(error.code) ?? 'ok',
      message: text(error.message) ?? '',
      value: record(parsed.result).value,
    };
    this.log.push(`answer ${key}: ${answer.ok ? String(answer.value) : `${answer.code} ${answer.message}`}`);
    this.answers.push(answer);
    this.#count(answer, sent.call);
    if (sent.call.readOnly) this.#judgeLook(answer);
    else this.#judgeChange(answer, sent);
  }

  /** What holds when nothing is under way. */
  checkBounds(): void {
    const entries = Object.entries(this.#evidence.storage).filter(([key]) => key.startsWith('j:'));
    const settled = entries.filter(([, value]) => record(value).state !== 'started');
    const bodies = this.#evidence.answersKept();
    const chars = bodies.join('').length;
    const { ids, bodies: most, bodyChars, oneBody, pruneAfter } = this.#limits;
    if (settled.length > ids + pruneAfter.calls) throw this.violation(`${settled.length} ids are kept`);
    if (bodies.length > most + pruneAfter.calls) throw this.violation(`${bodies.length} answers are kept`);
    if (chars > bodyChars + pruneAfter.chars + oneBody) throw this.violation(`answers of ${chars} characters are kept`);
  }

  #judgeLook(answer: Answered): void {
    if (`j:${answer.key}` in this.#evidence.storage) throw this.violation('a look was kept');
    const same = this.answers.filter(({ ok, value }) => ok && value === answer.value);
    if (answer.ok && same.length > 1) throw this.violation('a look was answered with an earlier one');
  }

  #judgeChange(answer: Answered, sent: Sent): void {
    const { variant } = sent;
    const times = this.effects.get(variant) ?? 0;
    if (answer.ok) {
      if (this.#tokens.get(variant) !== answer.value) throw this.violation(`${variant} was answered with a result that is not its own`);
      if (times !== 1) throw this.violation(`${variant} was answered well and happened ${times} times`);
    }
    if (answer.code === 'deadline_exceeded' && !this.#late.has(answer.key)) {
      this.#late.add(answer.key); // Said once, it is kept like any answer.
      if (this.#clock.now < sent.at + sent.left - MARGIN_MS) throw this.violation(`${answer.key} was ended before its deadline`);
    }
    if (/did not run/.test(answer.message)) {
      if (times > 0 || this.#evidence.isOnItsWay(variant)) throw this.violation(`${variant} ran, and it was said that it did not`);
      if (!this.#open.some((other) => other.variant === variant)) this.#ruledOut.add(variant);
    }
    // Where ids are forgotten for want of room, the rival's may have been; where the storage cannot be read, nothing is known.
    const isKnown = this.#evidence.isKept(sent.call) && !('journal.forgot' in this.#evidence.storage) && !/could not be read/.test(answer.message);
    if (sent.rival !== undefined && isKnown && answer.code !== 'invalid_params') {
      throw this.violation(`${variant} came under the id of ${sent.rival} and was answered ${answer.code}`);
    }
  }

  #count(answer: Answered, call: CallFrame): void {
    const said = `${answer.code}: ${answer.message.replace(/waiting for .*?\./, '').slice(0, 60)}`;
    const what = answer.ok ? (call.readOnly ? 'ok look' : 'ok') : said;
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }
}
