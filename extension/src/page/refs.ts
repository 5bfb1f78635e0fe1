// Which element a ref means. It exists so that a ref stays with its element while that lives and is never given again: numbers
// go on from document to document of a tab (the worker hands the start over), so an old ref is unknown here, not another's.

import { isHere } from './dom.ts';

interface Known {
  readonly ref: string;
  readonly element: WeakRef<Element>;
  role: string;
  name: string;
}

const PRUNE_AT = 60_000;

export class Refs {
  readonly #byElement = new WeakMap<Element, Known>();
  readonly #byRef = new Map<string, Known>();
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
    const known = this.#byElement.get(el);
    if (known === undefined) return this.#give(el, role, name);
    known.role = role;
    known.name = name;
    return known.ref;
  }

  #give(el: Element, role: string, name: string): string {
    const known = { ref: `e${this.#next}`, element: new WeakRef(el), role, name };
    this.#next += 1;
    this.#byElement.set(el, known);
    this.#byRef.set(known.ref, known);
    if (this.#byRef.size > this.#pruneAt) this.#prune();
    return known.ref;
  }

  /** The element, if it is still in the page. */
  find(ref: string): Element | null {
    const el = this.#byRef.get(ref)?.element.deref();
    return el && isHere(el) ? el : null;
  }

  what(ref: string): { role: string; name: string } | null {
    const known = this.#byRef.get(ref);
    return known ? { role: known.role, name: known.name } : null;
  }

  /** Forgets what collected elements were; a page that renders anew all day would fill the memory otherwise. */
  #prune(): void {
    for (const [ref, known] of this.#byRef) if (known.element.deref() === undefined) this.#byRef.delete(ref);
    this.#pruneAt = this.#byRef.size * 2 + PRUNE_AT;
  }
}
