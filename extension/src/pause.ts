// The person's stop: pressed in the popup, or by Cancel on Chrome's "started debugging" bar. It exists because both mean the
// same: whatever runs ends now, nothing begins, and only the person lifts it. (Chrome's bar takes the debugger off every tab;
// attaching again for the next call, as if nothing had been said, would overrule the person.)

import { ignore } from './async.ts';
import { ToolError } from './errors.ts';
import type { Session } from './session.ts';

const STORED = 'paused';

export class Pause {
  readonly #session: Session;
  readonly #onChange: (paused: boolean) => void;
  #paused = false;

  constructor(session: Session, onChange: (paused: boolean) => void) {
    this.#session = session;
    this.#onChange = onChange;
  }

  get on(): boolean {
    return this.#paused;
  }

  async ready(): Promise<void> {
    const stored = await this.#session.boot();
    if (stored[STORED] === true && !this.#loaded) this.#paused = true;
    this.#loaded = true;
  }

  set(paused: boolean): void {
    this.#loaded = true;
    if (paused === this.#paused) return;
    this.#paused = paused;
    ignore(this.#session.set({ [STORED]: paused }));
    this.#onChange(paused);
  }

  #loaded = false;
}

export function pausedError(): ToolError {
  return new ToolError(
    'paused',
    'The person has paused tabhub in this browser.',
    'Ask the person to press Resume in the tabhub popup.',
  );
}
