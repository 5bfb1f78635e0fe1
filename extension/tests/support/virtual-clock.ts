// Time that passes only when a test says so: timers, the worker's own clock, and the machine's clock, which can be set apart from
// them. Plainer and much quicker than vitest's fake timers, of which a thousand schedules would need a million.

import { vi } from 'vitest';

interface Timer {
  at: number;
  run: () => void;
}

const START = 1_790_000_000_000;

export class VirtualClock {
  #now = 0;
  #wallOffset = START;
  #timers = new Map<number, Timer>();
  #lastId = 0;

  /** Puts itself in the place of the real ones, until `vi.unstubAllGlobals` and `vi.restoreAllMocks`. */
  install(): void {
    vi.stubGlobal('setTimeout', (run: () => void, ms = 0) => {
      this.#lastId += 1;
      this.#timers.set(this.#lastId, { at: this.#now + Math.max(0, ms), run });
      return this.#lastId;
    });
    vi.stubGlobal('clearTimeout', (id: number) => this.#timers.delete(id));
    vi.stubGlobal('performance', { now: () => this.#now });
    vi.spyOn(Date, 'now').mockImplementation(() => this.wall);
  }

  /** Milliseconds since the start, whatever the machine's clock shows. */
  get now(): number {
    return this.#now;
  }

  /** What the machine's clock shows. */
  get wall(): number {
    return this.#wallOffset + this.#now;
  }

  /** The machine's clock is set; nothing else notices. */
  set(by: number): void {
    this.#wallOffset += by;
  }

  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      let next: [number, Timer] | undefined;
      for (const entry of this.#timers) if (entry[1].at <= until && (next === undefined || entry[1].at < next[1].at)) next = entry;
      if (next === undefined) break;
      const [id, timer] = next;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, timer.at);
      timer.run();
    }
    this.#now = until;
  }

  /** Whatever waited for its time is gone. */
  forgetTimers(): void {
    this.#timers.clear();
  }
}
