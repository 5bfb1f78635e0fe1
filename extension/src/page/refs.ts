// Which element a ref means. It exists so that a ref stays with its element while that lives and is never given again: numbers
// go on from document to document of a tab (the worker hands the start over), so an old ref is unknown here, not another's.

import { isHere } from './dom.ts';

interface Known {
  readonly element: WeakRef<Element>;
  role: string;
  name: string;
}

const PRUNE_AT = 60_000;

export class Refs {
  readonly #byElement = new WeakMap<Element, number>();
  readonly #byNumber = new Map<number, Known>();
  #next = 1;
  #pruneAt = PRUNE_AT;

  /** The first number not given yet. */
  get next(): number {
    return this.#next;
  }

  /** Numbers below were given in other documents of this tab. */
  startAt(number: number): void {
    if (number > this.#next) this.#next = number;
  }

  of(el: Element, role: string, name: string): string {
    let number = this.#byElement.get(el);
    if (number === undefined) {
      number = this.#next;
      this.#next += 1;
      this.#byElement.set(el, number);
      this.#byNumber.set(number, { element: new WeakRef(el), role, name });
      if (this.#byNumber.size > this.#pruneAt) this.#prune();
    } else {
      const known = this.#byNumber.get(number);
      if (known) {
        known.role = role;
        known.name = name;
      } else this.#byNumber.set(number, { element: new WeakRef(el), role, name });
    }
    return `e${number}`;
  }

  /** The element, if it is still in the page. */
  find(ref: string): Element | null {
    const el = this.#byNumber.get(numberOf(ref))?.element.deref();
    return el && isHere(el) ? el : null;
  }

  what(ref: string): { role: string; name: string } | null {
    const known = this.#byNumber.get(numberOf(ref));
    return known ? { role: known.role, name: known.name } : null;
  }

  /** Forgets what collected elements were; a page that renders anew all day would fill the memory otherwise. */
  #prune(): void {
    for (const [number, known] of this.#byNumber) if (known.element.deref() === undefined) this.#byNumber.delete(number);
    this.#pruneAt = this.#byNumber.size * 2 + PRUNE_AT;
  }
}

function numberOf(ref: string): number {
  return Number(ref.slice(1));
}
