// What lies in the part of the page that can be seen without scrolling. It exists apart from visibility, since what is further
// down is no secret: it is left out only when asked.

import { documentElement, flatParent, rectOf } from './dom.ts';

export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** For a picture of all of a page. */
export const WHOLE_PAGE: Bounds = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };

/** A frame that is not painted any more is not told where it is seen. */
const PATIENCE_MS = 1200;
/** A frame that was just attached is painted before it is told what the frames around let through; until then that is nothing. */
const SETTLING_MS = 300;
const NOWHERE: Bounds = { left: 0, top: 0, right: 0, bottom: 0 };

/** The part of this frame that can be seen: for frames in frames the browser alone knows what the frames around let through. */
export async function visibleBounds(isPainted: boolean): Promise<Bounds> {
  const whole: Bounds = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const root = documentElement();
  if (window === window.top || root === null) return whole;
  if (!isPainted) return NOWHERE;
  return new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => {
      const seen: Bounds = entries.at(-1)?.intersectionRect ?? whole;
      if (seen.right > seen.left && seen.bottom > seen.top) return done(seen);
      clearTimeout(timer);
      timer = setTimeout(() => done(NOWHERE), SETTLING_MS);
    });
    let timer = setTimeout(() => done(whole), PATIENCE_MS);
    const done = (bounds: Bounds): void => {
      clearTimeout(timer);
      observer.disconnect();
      resolve(bounds);
    };
    observer.observe(root);
  });
}

export class Viewport {
  readonly #whole: Bounds;
  /** What the boxes around the content of an element let through. */
  readonly #through = new Map<Element, Bounds>();

  constructor(bounds: Bounds) {
    this.#whole = bounds;
  }

  /** null: it has no box of its own, so what is around it decides. */
  shows(el: Element): boolean | null {
    const rect = rectOf(el);
    if (rect.width === 0 && rect.height === 0) return null;
    if (!overlap(rect, this.#whole)) return false;
    if (getComputedStyle(el).position === 'fixed') return true;
    const parent = flatParent(el);
    return parent === null || overlap(rect, this.#letsThrough(parent));
  }

  #letsThrough(el: Element): Bounds {
    const known = this.#through.get(el);
    if (known) return known;
    const parent = flatParent(el);
    const style = getComputedStyle(el);
    const around = parent === null || style.position === 'fixed' ? this.#whole : this.#letsThrough(parent);
    // The overflow of the root and of the body is the viewport's.
    const clips = style.overflow !== 'visible' && style.display !== 'inline' && style.display !== 'contents' && parent !== null && el !== document.body;
    const bounds = clips ? within(rectOf(el), around) : around;
    this.#through.set(el, bounds);
    return bounds;
  }
}

function overlap(a: Bounds, b: Bounds): boolean {
  return a.right > b.left && a.left < b.right && a.bottom > b.top && a.top < b.bottom;
}

function within(a: Bounds, b: Bounds): Bounds {
  return { left: Math.max(a.left, b.left), top: Math.max(a.top, b.top), right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom) };
}
