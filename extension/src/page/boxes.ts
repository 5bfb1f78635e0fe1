// Where the controls are that can be seen in this frame's viewport now, or on the whole page. It exists for pictures with refs drawn on them: the page
// itself gets nothing drawn on it.

import { contentWindowOf } from './frames.ts';
import { elementAt, pointsIn, reaches } from './hit.ts';
import { queryAll, rectOf, shadowRootOf } from './dom.ts';
import type { Entry } from './entries.ts';
import type { BoxFacts, Rect } from './protocol.ts';
import type { Refs } from './refs.ts';
import type { Viewport } from './viewport.ts';

const MAX_BOXES = 300;

/** `page`: what of it a picture of the full page would show. */
export function boxes(entries: readonly Entry[], refs: Refs, prefix: string, page: Viewport | undefined): BoxFacts {
  const found: { ref: string; rect: Rect }[] = [];
  for (const entry of entries) {
    if (entry.kind !== 'control' || found.length >= MAX_BOXES) continue;
    const el = refs.find(entry.ref.slice(prefix.length));
    if (el === null) continue;
    const rect = rectOf(el);
    // What lies under something else is not what the picture shows there; out of view nothing tells.
    const isSeen = pointsIn(el).some((point) => {
      const hit = elementAt(point);
      return hit !== null && reaches(hit, el);
    });
    if (isSeen || (page?.shows(el) === true && !isInView(rect))) found.push({ ref: entry.ref, rect: plain(rect) });
  }
  return { boxes: found, frames: framesIn(document) };
}

/** The content boxes of child frames, by their place in window.frames. */
function framesIn(root: Document | ShadowRoot): { index: number; rect: Rect; scale: number }[] {
  const found: { index: number; rect: Rect; scale: number }[] = [];
  for (const el of queryAll(root, '*')) {
    const shadow = shadowRootOf(el);
    if (shadow) found.push(...framesIn(shadow));
    const content = contentWindowOf(el);
    if (content === null || !(el instanceof HTMLElement)) continue;
    const outer = rectOf(el);
    const scale = el.offsetWidth > 0 ? outer.width / el.offsetWidth : 1;
    const style = getComputedStyle(el);
    const [left, top] = [el.clientLeft + Number.parseFloat(style.paddingLeft), el.clientTop + Number.parseFloat(style.paddingTop)];
    const rect = { x: outer.x + left * scale, y: outer.y + top * scale, width: el.clientWidth * scale, height: el.clientHeight * scale };
    for (let index = 0; index < window.length; index += 1) if (window[index] === content) found.push({ index, rect, scale });
  }
  return found;
}

function isInView({ left, top, right, bottom }: DOMRect): boolean {
  return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
}

function plain({ x, y, width, height }: DOMRect): Rect {
  return { x, y, width, height };
}
