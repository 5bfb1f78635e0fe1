// Whether this frame is painted at all. It exists because Chrome lets frames of other sites that nobody sees (hidden, or further down)
// run their timers and animation frames once a second: whoever waits there for a frame without a change waits that long, and most
// pages have such a frame.

import { documentElement } from './dom.ts';

/** A frame that comes this late came at the rate of those that nobody sees. */
const LATE_MS = 400;

export class Painting {
  readonly #isTop = window === window.top;
  /** Only a frame that is painted hears that it is seen. */
  #isSeen = false;
  #root: Element | null = null;
  readonly #observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (target === this.#root) this.#isSeen = isIntersecting;
  });

  constructor() {
    this.#observe();
  }

  /** The tab itself is always taken for painted: tabhub sees to it that hidden tabs are. */
  get isOn(): boolean {
    if (this.#isTop) return true;
    this.#observe();
    return this.#isSeen;
  }

  /** A frame that was waited for took so long. One that is seen says so again. */
  frameTook(ms: number): void {
    if (this.#isTop || ms < LATE_MS) return;
    this.#isSeen = false;
    if (this.#root !== null) this.#observer.unobserve(this.#root);
    this.#root = null;
  }

  /** A page may write its document anew. */
  #observe(): void {
    if (this.#isTop) return;
    const root = documentElement();
    if (root === this.#root) return;
    if (this.#root !== null) this.#observer.unobserve(this.#root);
    this.#root = root;
    this.#isSeen = false;
    if (root !== null) this.#observer.observe(root);
  }
}
