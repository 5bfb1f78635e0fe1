// Scrolling what a person would scroll. It exists because on many pages it is not the document that scrolls but a part of it,
// and because a tool must know whether there is more to see.

import { body, documentElement, flatParent, isHere, queryAll, rectOf } from './dom.ts';
import { describe, inWords } from './describe.ts';
import { elementAt } from './hit.ts';
import type { ScrollFacts, ScrollRequest } from './protocol.ts';

/** Of a screen's height or width: what was last is still to be seen after it. */
const SCREEN_PART = 0.9;
const MAX_LOOKED_AT = 5_000;

let lastBox: WeakRef<Element> | undefined;

export function scroll(from: Element | null, request: Omit<ScrollRequest, 'ref'>): ScrollFacts {
  const { direction = 'down', amount, to, again = false } = request;
  const along = direction === 'left' || direction === 'right' ? 'x' : 'y';
  const known = again ? lastBox?.deref() : undefined;
  const box = known !== undefined && isHere(known) ? known : from === null ? mainScroller(along) : scrollerOf(from, along);
  lastBox = new WeakRef(box);
  const before = placeOf(box);
  const size = along === 'y' ? box.clientHeight : box.clientWidth;
  const step = (amount ?? Math.round(size * SCREEN_PART)) * (direction === 'up' || direction === 'left' ? -1 : 1);
  if (to !== undefined) box.scrollTo({ top: to === 'top' ? 0 : box.scrollHeight, behavior: 'instant' });
  else if (along === 'y') box.scrollBy({ top: step, behavior: 'instant' });
  else box.scrollBy({ left: step, behavior: 'instant' });
  const after = placeOf(box);
  const rect = rectOf(box);
  const isPage = box === document.scrollingElement;
  return {
    ...after,
    what: isPage ? 'the page' : inWords(describe(box)),
    moved: Math.abs(after.x - before.x) >= 1 || Math.abs(after.y - before.y) >= 1,
    middle: isPage ? { x: innerWidth / 2, y: innerHeight / 2 } : { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 },
  };
}

/** Where a part stands now: told after the page has had its say (lazy lists grow, virtual ones move). */
function placeOf(box: Element): Pick<ScrollFacts, 'x' | 'y' | 'maxX' | 'maxY'> {
  return { x: box.scrollLeft, y: box.scrollTop, maxX: Math.max(0, box.scrollWidth - box.clientWidth), maxY: Math.max(0, box.scrollHeight - box.clientHeight) };
}

function scrolls(el: Element, along: 'x' | 'y'): boolean {
  const [size, shown] = along === 'y' ? [el.scrollHeight, el.clientHeight] : [el.scrollWidth, el.clientWidth];
  if (shown < 20 || size <= shown + 1) return false;
  if (el === document.scrollingElement) return true;
  const style = getComputedStyle(el);
  return /auto|scroll|overlay/.test(along === 'y' ? style.overflowY : style.overflowX);
}

function scrollerOf(el: Element, along: 'x' | 'y'): Element {
  for (let at: Element | null = el; at; at = flatParent(at)) if (scrolls(at, along)) return at;
  return page();
}

/** What the mouse wheel would move in the middle of the screen, or the page, or the largest part that scrolls. */
function mainScroller(along: 'x' | 'y'): Element {
  const whole = page();
  const inMiddle = elementAt({ x: innerWidth / 2, y: innerHeight / 2 });
  const near = inMiddle === null ? whole : scrollerOf(inMiddle, along);
  if (near !== whole || scrolls(whole, along)) return near;
  let largest = whole;
  let area = 0;
  for (const el of queryAll(document, '*').slice(0, MAX_LOOKED_AT)) {
    const own = el.clientWidth * el.clientHeight;
    if (own > area && scrolls(el, along)) [largest, area] = [el, own];
  }
  return largest;
}

function page(): Element {
  return document.scrollingElement ?? documentElement() ?? body() ?? document.createElement('html');
}
