// The extension's worker as a thing that may die: the real calls and journal over a storage.session, a page and a clock that a
// test moves one step at a time. It exists so that every order of events around a call can be tried, each of them again by its
// seed.

import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { vi } from 'vitest';
import { Calls } from '../../src/calls.ts';
import { CdpError } from '../../src/debugger/cdp.ts';
import { ToolError } from '../../src/errors.ts';
import type { CallAtWork, CallFrame } from '../../src/hub/frames.ts';
import { record, text, type JsonRecord } from '../../src/json.ts';
import { LIMITS, type Limits } from '../../src/journal/decide.ts';
import { Journal } from '../../src/journal/journal.ts';
import { Pause } from '../../src/pause.ts';
import { Session } from '../../src/session.ts';
import type { Services, Tool } from '../../src/tools/tool.ts';
import { Judge, type Sent } from './judge.ts';
import type { Rng } from './rng.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** As small as the schedules are short, except for the time that ids are kept. */
export const SMALL: Limits = {
  bodies: 3,
  bodyChars: 1_500,
  oneBody: 600,
  keepIdsMs: LIMITS.keepIdsMs,
  ids: 5,
  pruneAfter: { calls: 2, chars: 500 },
};

/** Something that the worker waits for, or that is on its way to the page. */
interface Step {
  kind: 'storage' | 'compute' | 'tool' | 'effect';
  /** It happens. */
  happen(): void;
  /** Of a storage step: what it does to the storage, also when nobody is left to hear of it. */
  land?(): void;
  /** Of an effect: on what. */
  on?: string;
}

/** The frame that the running code belongs to: several of one id may be open, and an answer does not say to which of them it is. */
const handled = new AsyncLocalStorage<Sent>();

const realImmediate = setImmediate;

export class World {
  readonly #rng: Rng;
  readonly #clock: VirtualClock;
  readonly #limits: Limits;
  readonly judge: Judge;
  storage: JsonRecord = {};
  quota = Infinity;
  /** How likely the next writes fail. */
  faults = 0;
  epoch = 'epoch-1';
  #steps: Step[] = [];
  #reads = 0;
  #boots = 0;
  #bootAt = 0;
  #calls: Calls | undefined;
  #pause: Pause | undefined;

  constructor(rng: Rng, clock: VirtualClock, limits: Limits = SMALL) {
    this.#rng = rng;
    this.#clock = clock;
    this.#limits = limits;
    this.judge = new Judge(this, clock, limits);
    this.#stub();
    this.#boot();
  }

  /** What the worker says that it has in hand. */
  get atWork(): CallAtWork[] {
    return this.#calls?.atWork() ?? [];
  }

  get waiting(): number {
    return this.#steps.length;
  }

  isOnItsWay(variant: string): boolean {
    return this.#steps.some(({ on }) => on === variant);
  }

  /** Gives the worker a frame of a call. */
  async deliver(call: CallFrame): Promise<void> {
    const sent = this.judge.given(call);
    handled.run(sent, () => this.#calls?.onCall(call));
    await this.#flush();
  }

  async cancel(call: CallFrame): Promise<void> {
    this.judge.log.push(`cancel ${call.clientId}:${call.id}`);
    this.judge.stopped(({ call: open }) => open.clientId === call.clientId && open.id === call.id);
    this.#calls?.onCancel({ type: 'cancel', id: call.id, clientId: call.clientId });
    await this.#flush();
  }

  async pause(paused: boolean): Promise<void> {
    this.judge.log.push(paused ? 'pause' : 'resume');
    if (paused && this.#pause?.on === false) this.judge.stopped(() => true);
    this.#pause?.set(paused);
    await this.#flush();
  }

  /**
   * The worker dies; another one starts. What it had written down may have landed or not, in the order of writing, and a command
   * on its way to the page may arrive, now or later, though nobody waits for the answer.
   */
  die(lands?: { writes: boolean; effects: boolean }): void {
    const steps = this.#steps;
    const writes = steps.filter(({ kind }) => kind === 'storage');
    const landed = lands === undefined ? this.#rng.int(writes.length + 1) : lands.writes ? writes.length : 0;
    for (const write of writes.slice(0, landed)) write.land?.();
    this.judge.log.push(`the worker dies; ${landed} of ${writes.length} writes land`);
    this.#steps = steps.filter(({ kind }) => kind === 'effect' && (lands?.effects ?? this.#rng.chance(0.7)));
    this.#forget();
    this.#boot();
  }

  /** The browser is closed and started anew. */
  restartBrowser(): void {
    this.#steps = [];
    this.storage = {};
    this.epoch = `epoch-${this.#boots + 1}`;
    this.judge.log.push(`the browser is started anew: ${this.epoch}`);
    this.#forget();
    this.judge.browserGone();
    this.#boot();
  }

  /** One of the things that are under way happens. Storage keeps its order; everything else overtakes as it likes. */
  async step(which = this.#rng.int(1_000)): Promise<void> {
    const first = this.#steps.find(({ kind }) => kind === 'storage');
    const ready = this.#steps.filter((step) => step.kind !== 'storage' || step === first);
    const step = ready[which % ready.length];
    if (step !== undefined) await this.#let(step);
  }

  async #let(step: Step): Promise<void> {
    this.#steps.splice(this.#steps.indexOf(step), 1);
    this.judge.log.push(`${step.kind}${step.on === undefined ? '' : ` ${step.on}`}`);
    step.happen();
    await this.#flush();
  }

  /** Time passes. Before a second has, storage and processor have done what they were asked. */
  async pass(ms: number): Promise<void> {
    while (ms >= 1_000) {
      const quick = this.#steps.find(({ kind }) => kind === 'storage' || kind === 'compute');
      if (quick === undefined) break;
      await this.#let(quick);
    }
    this.judge.log.push(`${ms} ms pass`);
    this.#clock.pass(ms);
    await this.#flush();
  }

  /** The machine's clock is set; timers and the worker's own clock do not notice. */
  setClock(by: number): void {
    this.judge.log.push(`the clock is put ${by > 0 ? 'forward' : 'back'}`);
    this.#clock.set(by);
  }

  /** Lets everything come to its end. */
  async settle(): Promise<void> {
    this.faults = 0;
    this.quota = Infinity;
    for (let idle = 0; idle < 250; ) {
      if (this.#steps.length > 0) await this.step();
      else if (this.judge.open === 0) return;
      else {
        idle += 1;
        await this.pass(5_000);
      }
    }
    throw this.judge.violation(`${this.judge.open} frames were never answered`);
  }

  answersKept(): string[] {
    return Object.values(this.storage).flatMap((value) => text(record(value).answer) ?? []);
  }

  /** What the storage knows of a call. */
  stateOf(call: CallFrame): string | undefined {
    return text(record(this.storage[`j:${call.clientId}:${call.id}`]).state);
  }

  isKept(call: CallFrame): boolean {
    return this.stateOf(call) !== undefined;
  }

  async #flush(): Promise<void> {
    await new Promise((resolve) => realImmediate(resolve));
    if (this.judge.broken !== undefined) throw this.judge.broken;
  }

  #forget(): void {
    this.#clock.forgetTimers();
    this.judge.workerGone();
  }

  #boot(): void {
    this.#boots += 1;
    this.#bootAt = this.#clock.now;
    const boot = this.#boots;
    const session = new Session();
    const pause = new Pause(session, (paused) => {
      if (paused) this.#calls?.stopAll(new ToolError('paused', 'The person has paused tabhub in this browser.', ''));
    });
    this.#pause = pause;
    this.#calls = new Calls({
      tools: new Map([['change', this.#change], ['look', this.#look]]),
      journal: new Journal(session, this.#limits),
      pause,
      services: NO_SERVICES,
      epoch: () => this.#wait('compute', () => this.epoch),
      answer: (id, clientId, payload) => {
        if (boot !== this.#boots) throw this.judge.violation('a dead worker answered');
        this.judge.answered(handled.getStore(), clientId, id, payload);
      },
      event: () => undefined,
    });
  }

  readonly #change: Tool = async (call) => {
    const { before, after, size, ends } = call.params;
    const variant = `${call.clientId}:${String(call.params.id)}/${String(call.params.variant)}`;
    for (let i = 0; i < Number(before); i++) await this.#wait('tool', () => undefined);
    const token = await this.#effect(variant);
    for (let i = 0; i < Number(after); i++) await this.#wait('tool', () => undefined);
    if (ends === 'never') await new Promise(() => undefined);
    if (ends === 'refused') throw new CdpError('Input.dispatchMouseEvent', 'No SW');
    if (ends === 'badly') throw new ToolError('tool_failed', 'The page did not like it.', '');
    return { value: token, text: 'x'.repeat(Number(size)) };
  };

  readonly #look: Tool = async (call) => {
    for (let i = 0; i < Number(call.params.before); i++) await this.#wait('tool', () => undefined);
    this.#reads += 1;
    return { value: `look ${this.#reads}` };
  };

  #effect(variant: string): Promise<string> {
    return new Promise((resolve) => {
      const boot = this.#boots;
      this.#steps.push({
        kind: 'effect',
        on: variant,
        happen: () => {
          const token = `${variant} ${this.#rng.int(1_000_000)}`;
          this.judge.happened(variant, token);
          if (boot === this.#boots) this.#steps.push({ kind: 'tool', happen: () => resolve(token) });
        },
      });
    });
  }

  #wait<T>(kind: Step['kind'], make: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const happen = (): void => {
        try {
          resolve(make());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      this.#steps.push({ kind, happen });
    });
  }

  #write(change: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const isWritten = (): boolean => {
        if (this.#rng.chance(this.faults)) return false;
        if (this.quota === Infinity) {
          change();
          return true;
        }
        const before = { ...this.storage };
        const wasLong = JSON.stringify(before).length;
        change();
        const length = JSON.stringify(this.storage).length;
        if (length <= this.quota || length <= wasLong) return true;
        this.storage = before;
        return false;
      };
      this.#steps.push({
        kind: 'storage',
        land: () => void isWritten(),
        happen: () => {
          if (isWritten()) resolve();
          else reject(new Error('Session storage quota bytes exceeded. Values were not stored.'));
        },
      });
    });
  }

  #stub(): void {
    const session = {
      get: () =>
        this.#wait('storage', () => {
          if (this.#rng.chance(this.faults)) throw new Error('Session storage could not be read.');
          return structuredClone(this.storage);
        }),
      set: (items: JsonRecord) => {
        const copy = structuredClone(items);
        return this.#write(() => {
          Object.assign(this.storage, copy);
          this.judge.written(Object.keys(copy));
        });
      },
      remove: (keys: string[]) => this.#write(() => keys.forEach((key) => delete this.storage[key])),
    };
    vi.stubGlobal('chrome', { storage: { session } });
    const digest = (_name: string, bytes: Uint8Array): Promise<Uint8Array> =>
      this.#wait('compute', () => new Uint8Array(createHash('sha256').update(bytes).digest()));
    vi.stubGlobal('crypto', { subtle: { digest } });
    vi.stubGlobal('performance', { now: () => this.#clock.now - this.#bootAt });
  }
}

/** The tools of this world work on nothing but the world. */
const NO_SERVICES: Services = new Proxy<Services>(Object.create(null), {
  get: () => {
    throw new Error('no services here');
  },
});
