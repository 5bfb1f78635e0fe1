// Tells the worker that the page shows something else, while somebody watches it. It exists so that a page that nobody watches
// pays nothing for it, and one that changes without end tells of it a few times a second: at once, and once more after the last.

import type { Activity } from './activity.ts';

/** What a frame says; the worker answers whether anybody still listens. */
export const CHANGED = 'tabhub-changed';
const PAUSE_MS = 50;
/** Of a page that changes too fast to be observed: it always does. */
const RESTLESS_MS = 500;

export class Notifier {
  readonly #activity: Activity;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #restless: ReturnType<typeof setInterval> | undefined;
  #untold = false;

  constructor(activity: Activity) {
    this.#activity = activity;
  }

  watch(on: boolean): void {
    this.#activity.onChange = on ? () => this.#changed() : undefined;
    clearInterval(this.#restless);
    this.#restless = on ? setInterval(() => this.#activity.isRestless && this.#changed(), RESTLESS_MS) : undefined;
    if (!on) this.#untold = false;
  }

  #changed(): void {
    if (this.#pause !== undefined) {
      this.#untold = true;
      return;
    }
    this.#untold = false;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      if (this.#untold) this.#changed();
    }, PAUSE_MS);
    this.#tell().catch(() => this.watch(false));
  }

  /** Without a worker that answers, there is nobody to tell: whoever watches next says so. */
  async #tell(): Promise<void> {
    const isWatched: unknown = await chrome.runtime.sendMessage(CHANGED);
    if (isWatched === false) this.watch(false);
  }
}
