// What the mouse would hit. It exists so that a click on one element never lands on another that covers it.

import { flatParent, isInside, isText, queryAll, shadowRootOf } from './dom.ts';
import type { Rect } from './protocol.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The innermost element at a point, through shadow roots. */
export function elementAt(point: Point): Element | null {
  let hit: Element | null = Document.prototype.elementFromPoint.call(document, point.x, point.y);
  for (let depth = 0; hit && depth < 1000; depth += 1) {
    const inner: Element | null = shadowRootOf(hit)?.elementFromPoint(point.x, point.y) ?? null;
    if (inner === null || inner === hit) return hit;
    hit = inner;
  }
  return hit;
}

/**
 * The slot that shows the text at a point, where the hit is the host that the text belongs to: asked for an element, Chrome names the
 * host, but a press there goes to the slot and to what is around it in the shadow tree.
 */
export function slotAt(host: Element, point: Point): Element | null {
  const shadow = shadowRootOf(host);
  if (shadow === null || paintsOver(host)) return null;
  for (const slot of queryAll(shadow, 'slot')) {
    if (!(slot instanceof HTMLSlotElement) || getComputedStyle(slot).pointerEvents === 'none') continue;
    if (slot.assignedNodes().some((node) => isText(node) && covers(node, point))) return slot;
  }
  return null;
}

function covers(text: Text, { x, y }: Point): boolean {
  const range = document.createRange();
  range.selectNodeContents(text);
  return [...range.getClientRects()].some(({ left, top, right, bottom }) => x >= left && x <= right && y >= top && y <= bottom);
}

/** Whether what CSS adds to an element may lie over what is in it: the mouse then hits the element itself. */
export function paintsOver(el: Element): boolean {
  return ['::before', '::after'].some((pseudo) => {
    const { content, position, pointerEvents } = getComputedStyle(el, pseudo);
    return content !== 'none' && content !== 'normal' && (position === 'absolute' || position === 'fixed') && pointerEvents !== 'none';
  });
}

/** Whether hitting `hit` acts on `el`: it is inside, or the label of `el`, or the field of the label `el`. */
export function reaches(hit: Element, el: Element): boolean {
  for (let at: Element | null = hit; at; at = flatParent(at)) {
    if (at === el) return true;
    if (at instanceof HTMLLabelElement && at.control === el) return true;
  }
  return el instanceof HTMLLabelElement && el.control !== null && isInside(hit, el.control);
}

/** The part of a box that lies in the viewport. */
function visiblePart(rect: DOMRect): Rect | null {
  const x = Math.max(rect.left, 0);
  const y = Math.max(rect.top, 0);
  const width = Math.min(rect.right, innerWidth) - x;
  const height = Math.min(rect.bottom, innerHeight) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

const SPOTS: readonly (readonly [number, number])[] = [[0.5, 0.5], [0.25, 0.5], [0.75, 0.5], [0.5, 0.25], [0.5, 0.75], [0.1, 0.5], [0.9, 0.5]];

/** Points to try in order: the middle of each line of the element first, then elsewhere in it. */
export function pointsIn(el: Element): Point[] {
  const parts: Rect[] = [];
  for (const rect of Element.prototype.getClientRects.call(el)) {
    const part = rect.width > 0 && rect.height > 0 ? visiblePart(rect) : null;
    if (part) parts.push(part);
    if (parts.length >= 5) break;
  }
  return SPOTS.flatMap(([dx, dy]) => parts.map((part) => ({ x: part.x + part.width * dx, y: part.y + part.height * dy })));
}
