// Where on the screen a text comes to, and whether anything of it is left there. It exists because there are more ways to hide
// a text than styles could be listed (transforms, zoom, indents, boxes that clip): what all of them change is the text's box.

import { eachFlatChild, flatParent, isText, rectOf, shadowRootOf, tagOf } from './dom.ts';
import { duringLook } from './during.ts';

/** So low or narrow a box shows nothing of a whole sentence. */
const LEAST_BOX_PX = 2;
/** Nor does so small a slit of it. */
const LEAST_SLIT_PX = 4;

/** In so large a box there is room for a text beside any usual border. */
const LEAST_CLEAR_PX = 40;

/** 'cut': it lies outside of the part that a box around it shows, as what a carousel or a folded text has in store. */
export type Painted = 'shown' | 'cut' | 'hidden';

/** A box that clips or scrolls what is in it. */
export interface Clip {
  readonly el: Element;
  readonly rect: DOMRect;
  readonly overflowX: string;
  readonly overflowY: string;
  /** The next one around it. */
  readonly around: Clip | null;
}

/** What a person can see of a text that `el` itself holds, if the text has this box. */
export function paintedOf(el: Element, style: CSSStyleDeclaration, box: DOMRect): Painted {
  if (box.width < LEAST_BOX_PX || box.height < LEAST_BOX_PX) return 'hidden';
  let across: Span = { from: box.left, to: box.right };
  let down: Span = { from: box.top, to: box.bottom };
  for (let clip = clipInside(el, style); clip; clip = clip.around) {
    const { rect } = clip;
    const width = leftOf(across, { from: rect.left, to: rect.right }, clip.overflowX);
    const height = leftOf(down, { from: rect.top, to: rect.bottom }, clip.overflowY);
    if (width === null || height === null) return clip.el === el || rect.width < LEAST_SLIT_PX || rect.height < LEAST_SLIT_PX ? 'hidden' : 'cut';
    across = width;
    down = height;
  }
  return 'shown';
}

/** The box of a text that `el` holds, after all transforms. That of the element itself says as much, unless the text may lie outside of it. */
export function textBox(el: Element, style: CSSStyleDeclaration, text: string): DOMRect {
  const rect = rectOf(el);
  if (rect.width >= LEAST_SLIT_PX && rect.height >= LEAST_SLIT_PX && style.textIndent === '0px' && style.overflowX === 'visible' && tagOf(el) !== 'object') return rect;
  const shadow = shadowRootOf(el);
  let node: Node = shadow ?? el;
  eachFlatChild(el, shadow, (child) => {
    if (isText(child) && child.data === text) node = child;
  });
  const range = new Range();
  range.selectNodeContents(node);
  return range.getBoundingClientRect();
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a clipping box leaves of a span; where it scrolls, all of the span can be brought into the box. null: nothing. */
function leftOf(span: Span, box: Span, overflow: string): Span | null {
  if (overflow === 'visible') return span;
  if (overflow === 'auto' || overflow === 'scroll') return box;
  const left = { from: Math.max(span.from, box.from), to: Math.min(span.to, box.to) };
  return left.to - left.from < Math.min(LEAST_SLIT_PX, (span.to - span.from) / 2) ? null : left;
}

/** Small ones without their borders, unless they are scaled. */
function paddingBox(el: Element): DOMRect {
  const rect = rectOf(el);
  if (rect.width > LEAST_CLEAR_PX && rect.height > LEAST_CLEAR_PX) return rect;
  if (!(el instanceof HTMLElement) || Math.abs(rect.width - el.offsetWidth) > 1 || Math.abs(rect.height - el.offsetHeight) > 1) return rect;
  return new DOMRect(rect.left + el.clientLeft, rect.top + el.clientTop, el.clientWidth, el.clientHeight);
}

/** The nearest box that clips or scrolls what `el` holds: its own, or one around it. The page's own scrolling is none. */
function clipInside(el: Element, style: CSSStyleDeclaration): Clip | null {
  if (!clips(el, style)) return clipAround(el, style);
  const { overflowX, overflowY } = style;
  return { el, rect: paddingBox(el), overflowX, overflowY, around: clipAround(el, style) };
}

function clipAround(el: Element, { position }: CSSStyleDeclaration): Clip | null {
  if (position === 'fixed') return null;
  let parent = flatParent(el);
  // What is taken out of the flow escapes the boxes that are not positioned themselves.
  if (position === 'absolute') while (parent && !isContainer(getComputedStyle(parent))) parent = flatParent(parent);
  if (parent === null) return null;
  const known = duringLook()?.clips;
  let clip = known?.get(parent);
  if (clip === undefined) {
    clip = clipInside(parent, getComputedStyle(parent));
    known?.set(parent, clip);
  }
  return clip;
}

function clips(el: Element, style: CSSStyleDeclaration): boolean {
  if (style.overflowX === 'visible' && style.overflowY === 'visible') return false;
  if (duringLook()?.endings.get(el) === 'shows') return false;
  const { display } = style;
  if (display === 'contents') return false;
  const tag = tagOf(el);
  return tag === 'svg' || (display !== 'inline' && tag !== 'body' && tag !== 'html');
}

function isContainer(style: CSSStyleDeclaration): boolean {
  return style.position !== 'static' || holdsFixed(style);
}

/** Whether even what is fixed stands and scrolls with it. */
function holdsFixed({ transform, translate, scale, rotate, filter, perspective, contain }: CSSStyleDeclaration): boolean {
  return [transform, translate, scale, rotate, filter, perspective].some((value) => value !== 'none') || /paint|layout|strict|content/.test(contain);
}

/** Whether it turns its back to the person, who would not see it there. */
export function facesAway(el: Element): boolean {
  let turned = new DOMMatrix(getComputedStyle(el).transform);
  for (let parent = flatParent(el); parent; parent = flatParent(parent)) {
    const { transformStyle, transform } = getComputedStyle(parent);
    if (transformStyle !== 'preserve-3d') break;
    turned = new DOMMatrix(transform).multiply(turned);
  }
  return turned.m33 < 0;
}

/** Whether what is fixed stands where nobody can scroll to; where the window has no size there is nothing to compare with. */
export function isBeyondWindow(el: Element, rect: DOMRect): boolean {
  if (innerWidth === 0 || innerHeight === 0 || (rect.left < innerWidth && rect.top < innerHeight)) return false;
  for (let parent = flatParent(el); parent; parent = flatParent(parent)) {
    if (holdsFixed(getComputedStyle(parent))) return false;
  }
  return true;
}
