// For how long no hub has been there. It exists because a lease ends when the hub says so, and without a hub nobody does: after
// an hour, the longest grace that a client may have, no client can come back to its tabs, and they are the person's.

import { ignore } from '../async.ts';
import { finite } from '../json.ts';
import type { Session } from '../session.ts';

const STORED = 'hubless';
/** The hub's `LEASE_GRACE_MAX`. */
const LONGEST_GRACE_MINUTES = 60;

/** Counts alarms, not time: a wall clock that is put forward, or a night in which the machine slept, ends no lease. */
export class Absence {
  readonly #session: Session;
  readonly #minutesEach: number;
  readonly #onLong: () => void;
  #minutes: number | undefined;

  constructor(session: Session, minutesEach: number, onLong: () => void) {
    this.#session = session;
    this.#minutesEach = minutesEach;
    this.#onLong = onLong;
  }

  /** An alarm went off, and there was no hub. */
  async goesOn(): Promise<void> {
    const stored = await this.#session.boot();
    this.#minutes = (this.#minutes ?? finite(stored[STORED]) ?? 0) + this.#minutesEach;
    await this.#session.set({ [STORED]: this.#minutes });
    if (this.#minutes >= LONGEST_GRACE_MINUTES) this.#onLong();
  }

  /** A hub is there. */
  ended(): void {
    if (this.#minutes === 0) return;
    this.#minutes = 0;
    ignore(this.#session.set({ [STORED]: 0 }));
  }
}
