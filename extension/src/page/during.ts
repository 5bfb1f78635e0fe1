// What is found out once for a whole look at the page. It exists because the page stands still while it is looked at (nothing
// awaits in between), and some answers serve thousands of elements.

import { type Ending, endingsOf } from './endings.ts';
import type { Behind } from './faint.ts';
import type { Clip } from './painted.ts';
import type { Look } from './visibility.ts';

export interface DuringLook {
  /** Fields and their labels, by tree. */
  readonly labels: Map<Document | ShadowRoot, Map<Element, HTMLLabelElement[]>>;
  /** What is painted behind the content of elements. */
  readonly backgrounds: Map<Element, Behind | null>;
  /** Whether CSS paints text around elements of a tag and class. */
  readonly generating: Map<string, boolean>;
  /** How labels and what is inside of buttons, links and the like is seen: names ask for it once more. */
  readonly looks: Map<Element, Look>;
  /** The nearest box that clips what an element holds. */
  readonly clips: Map<Element, Clip | null>;
  /** Elements whose text lies outside of what a box around it shows. */
  readonly cut: Set<Element>;
  /** Elements that come to be seen, or go from sight, by what runs now. */
  readonly endings: ReadonlyMap<Element, Ending>;
}

let current: DuringLook | null = null;

export function lookOnce<T>(run: () => T): T {
  current = { labels: new Map(), backgrounds: new Map(), generating: new Map(), looks: new Map(), clips: new Map(), cut: new Set(), endings: endingsOf(Document.prototype.getAnimations.call(document)) };
  try {
    return run();
  } finally {
    current = null;
  }
}

/** null outside of a look: then nothing may be kept. */
export function duringLook(): DuringLook | null {
  return current;
}
