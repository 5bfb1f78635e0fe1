// What a person can see. It exists because orders to a model hide in text that no person sees: zero size, transparent,
// clipped away, moved off the page. Style objects are dear (reading one costs microseconds and leaves garbage), so elements
// that no rule is likely to tell apart - same tag, classes and states, same kind of parent - share what was read of the first.

import { ANY_ATTRIBUTES, type Attributes, attributesIn, keyOf } from './attributes.ts';
import { rectOf, tagOf } from './dom.ts';
import { duringLook } from './during.ts';
import type { Ending } from './endings.ts';
import { facesAway, isBeyondWindow, paintedOf, textBox } from './painted.ts';
import { clipsAll, collapses, LEAST_OPACITY, scalesToNothing } from './shapes.ts';

const LEAST_FONT_PX = 2;

/** What the styles of like elements say. */
export interface Facts {
  readonly display: string;
  readonly inline: boolean;
  readonly hand: boolean;
  readonly clipsOverflow: boolean;
  readonly clipped: boolean;
  readonly faintText: boolean;
  /** So transparent that nothing in it is to be seen, with all that is around it. */
  readonly clear: boolean;
  /** What it and all around it let through. */
  readonly opacity: number;
  /** Would show nothing from behind. */
  readonly oneSided: boolean;
  /** It, or something around it, comes to be seen by what runs now: its box is not yet what it will be. */
  readonly coming: boolean;
  /** Does not scroll with the page. */
  readonly fixed: boolean;
  /** Taken out of the flow or moved: may lie off the page. */
  readonly displaced: boolean;
  readonly attributes: Attributes;
  /** Facts of children, by what rules can ask of a child. */
  readonly kids: Map<string, Facts>;
  /** How such an element looks where nothing hides it. */
  seen?: Look;
  /** Whether the text of the first such element has the colour of its background, once that was asked. */
  blends?: boolean;
}

/** The old clip of labels for screen readers: a box of no area. */
const NO_CLIP_RECT = /^rect\((\d+)px,? (\d+)px,? \1px,? (?:\2|0)px\)$/;
const UNMOVED = /^(?:0px|auto)$/;

export interface Look {
  readonly facts: Facts;
  readonly visible: boolean;
  readonly unseen: Unseen;
}

/** 'clip' is the trick of labels for screen readers; 'faint' is text of no opacity. '' = to be seen. */
export type Unseen = '' | 'clip' | 'faint';

const SEEN: CheckVisibilityOptions = { opacityProperty: true, visibilityProperty: true };
/** Orders need words: texts so long are looked at each for itself. */
export const LONG_TEXT = 40;
/** Of texts so long, the first among its like speaks for whether they have the colour of their background: a word or two is no order. */
export const SHORT_TEXT = 12;
/** What is in them is shown only by browsers that do not know them. */
const FALLBACK = new Set(['canvas', 'video', 'audio']);

export function noFacts(): Facts {
  return {
    display: 'block', inline: false, hand: false, clipsOverflow: false, clipped: false, faintText: false, clear: false, opacity: 1, oneSided: false,
    coming: false, fixed: false, displaced: false, attributes: ANY_ATTRIBUTES, kids: new Map(),
  };
}

function factsOf(el: Element, tag: string, parent: Facts): Facts {
  const key = keyOf(el, tag);
  let facts = parent.kids.get(key);
  if (!facts) {
    facts = readFacts(el, attributesIn(key), parent);
    parent.kids.set(key, facts);
  }
  return facts;
}

function readFacts(el: Element, attributes: Attributes, parent: Facts): Facts {
  const style = getComputedStyle(el);
  const display = style.display;
  const inline = display === 'inline';
  // Without a box of its own nothing can make it transparent, clip it or move it.
  const boxless = display === 'contents';
  const position = style.position;
  const transform = inline ? 'none' : style.transform;
  const opacity = boxless ? parent.opacity : parent.opacity * opacityOf(style);
  return {
    display,
    inline: inline || boxless || display === 'inline-block' || display === 'inline-flex',
    hand: style.cursor === 'pointer',
    clipsOverflow: !inline && !boxless && style.overflowX !== 'visible' && !(el instanceof HTMLInputElement),
    clipped: !boxless && (isClippedAway(style) || collapses(transform) || (!inline && scalesToNothing(style.scale))),
    faintText: isFaint(style) || FALLBACK.has(tagOf(el)),
    clear: opacity < LEAST_OPACITY,
    opacity,
    oneSided: !inline && style.backfaceVisibility === 'hidden',
    coming: parent.coming,
    fixed: position === 'fixed',
    displaced: !boxless && (isMoved(style, position) || transform !== 'none' || style.translate !== 'none' || isPulled(style.marginLeft) || isPulled(style.marginTop)),
    attributes,
    kids: new Map(),
  };
}

export function isClippedAway({ clipPath, clip }: CSSStyleDeclaration): boolean {
  return (clipPath !== 'none' && clipsAll(clipPath)) || NO_CLIP_RECT.test(clip);
}

/** A margin that is far below zero. */
function isPulled(margin: string): boolean {
  return margin.length > 5 && margin.startsWith('-');
}

/** Most that is positioned 'relative' is so for what lies in it, and stands where it would stand anyway. */
function isMoved(style: CSSStyleDeclaration, position: string): boolean {
  if (position === 'static') return false;
  return position !== 'relative' || !UNMOVED.test(style.left) || !UNMOVED.test(style.top);
}

/** So transparent that nothing in it is to be seen. */
export function isClear(style: CSSStyleDeclaration): boolean {
  return opacityOf(style) < LEAST_OPACITY;
}

/** What its opacity, a filter and a mask let through. */
function opacityOf({ opacity, filter, maskImage }: CSSStyleDeclaration): number {
  if (maskImage !== 'none' && masksAll(maskImage)) return 0;
  const left = filter === 'none' ? undefined : /\bopacity\(([\d.e-]+)\)/.exec(filter)?.[1];
  return Number(opacity) * (left === undefined ? 1 : Number(left));
}

/** Whether no layer of a mask lets anything through, by the colours of its gradients; of pictures nobody knows. */
function masksAll(mask: string): boolean {
  if (mask.includes('url(') || !mask.includes('gradient(')) return false;
  const colors = mask.match(/\b(?:rgba?|color|lab|lch|oklab|oklch)\([^()]*\)/g) ?? [];
  return colors.length > 0 && colors.every((color) => isTransparent(color));
}

export function isFaint(style: CSSStyleDeclaration): boolean {
  if (style.contentVisibility === 'hidden') return true; // Elements in it are not shown either, and tell that themselves.
  if (Number.parseFloat(style.fontSize) < LEAST_FONT_PX) return true;
  if (isTransparent(style.webkitTextFillColor || style.color) && style.backgroundClip !== 'text' && !isOutlined(style)) return true;
  const indent = style.textIndent;
  return indent !== '0px' && Number.parseFloat(indent) < -500;
}

/** Transparent letters with a line around them can be read. */
function isOutlined({ webkitTextStrokeWidth, webkitTextStrokeColor }: CSSStyleDeclaration): boolean {
  return Number.parseFloat(webkitTextStrokeWidth) > 0 && !isTransparent(webkitTextStrokeColor);
}

function isTransparent(color: string): boolean {
  if (color.startsWith('rgb(')) return false;
  const alpha = /(?:^rgba\(.*, |\/ )([\d.]+)\)$/.exec(color)?.[1];
  return alpha !== undefined && Number(alpha) < LEAST_OPACITY;
}

/** Words that no person sees may name a control if they are few; more of them would be orders in disguise. */
export const MAX_UNSEEN_NAME = 80;

/** Whether a text counts as part of a name. */
export function showsText(el: Element, facts: Facts, unseen: Unseen, text: string): boolean {
  return text.length <= MAX_UNSEEN_NAME || (unseen === '' && !hidesOwnText(el, facts, text));
}

/** null: not rendered at all. */
export function lookOf(el: Element, tag: string, parent: Facts, inherited: Unseen): Look | null {
  const endings = duringLook()?.endings;
  const ending = endings !== undefined && endings.size > 0 ? endings.get(el) : undefined;
  if (ending !== undefined && inherited === '') return endingLook(el, parent, ending);
  if (inherited !== '' || !Element.prototype.checkVisibility.call(el, SEEN)) return slowLook(el, tag, parent, inherited);
  const facts = factsOf(el, tag, parent);
  const unseen = facts.clear ? 'faint' : isOutOfSight(el, tag, facts) ? 'clip' : '';
  if (unseen !== '') return { facts, visible: true, unseen };
  facts.seen ??= { facts, visible: true, unseen };
  return facts.seen;
}

/** As it will be a moment later, whatever is left of the way. */
function endingLook(el: Element, parent: Facts, ending: Ending): Look | null {
  const { display, visibility } = getComputedStyle(el);
  if (display === 'none' || display === '') return null;
  const shows = ending === 'shows';
  const facts: Facts = { ...readFacts(el, ANY_ATTRIBUTES, parent), clear: !shows, clipped: false, clipsOverflow: false, coming: shows, opacity: shows ? parent.opacity : 0 };
  return { facts, visible: visibility === 'visible', unseen: shows ? '' : 'faint' };
}

function isOutOfSight(el: Element, tag: string, facts: Facts): boolean {
  if (facts.clipped || (facts.oneSided && facesAway(el))) return true;
  if ((facts.clipsOverflow || tag === 'iframe' || tag === 'frame') && (el.clientWidth <= 1 || el.clientHeight <= 1)) return true;
  if (!facts.displaced) return false;
  const rect = rectOf(el);
  return isOffPage(rect) || (facts.fixed && isBeyondWindow(el, rect));
}

function slowLook(el: Element, tag: string, parent: Facts, inherited: Unseen): Look | null {
  const style = getComputedStyle(el);
  const display = style.display;
  // '' is the display of what a shadow host does not slot.
  if (display === 'none' || display === '') return null;
  if (display !== 'contents' && !Element.prototype.checkVisibility.call(el)) return null;
  const facts = readFacts(el, ANY_ATTRIBUTES, parent);
  let unseen = inherited;
  if (unseen === '') unseen = facts.clear ? 'faint' : isOutOfSight(el, tag, facts) ? 'clip' : '';
  return { facts, visible: style.visibility === 'visible', unseen };
}

/** Nobody can scroll to what lies above or left of the page's beginning (a right-to-left page goes on to the left). */
function isOffPage(rect: DOMRect): boolean {
  if (rect.width === 0 || rect.height === 0 || (rect.right >= 0 && rect.bottom >= 0)) return false;
  if (rect.bottom + scrollY <= 0) return true;
  return rect.right + scrollX <= 0 && getComputedStyle(document.documentElement).direction !== 'rtl';
}

/**
 * Whether the text that this element itself holds is hidden. A box of no size needs no look: where it does not clip (see
 * isOutOfSight) its text paints outside it.
 */
export function hidesOwnText(el: Element, facts: Facts, text: string): boolean {
  if (facts.faintText) return true;
  if (text.length < LONG_TEXT) return false;
  const style = getComputedStyle(el);
  if (facts.coming) return isFaint(style);
  if (isFaint(style) || clipsAll(style.clipPath) || (isClear(style) && style.display !== 'contents')) return true;
  if (el instanceof SVGElement && isUnfilled(style)) return true;
  const box = textBox(el, style, text);
  if (isOffPage(box)) return true;
  const painted = paintedOf(el, style, box);
  if (painted === 'cut') duringLook()?.cut.add(el);
  return painted === 'hidden';
}

function isUnfilled({ fill, fillOpacity, stroke }: CSSStyleDeclaration): boolean {
  return (fill === 'none' || isTransparent(fill) || Number(fillOpacity) < LEAST_OPACITY) && (stroke === 'none' || isTransparent(stroke));
}

/** Whether a picture has been loaded and shows none of itself: its words, where they are many, are then seen by nobody. */
export function isSpeck(el: Element): boolean {
  const { width, height } = rectOf(el);
  return (width < 2 || height < 2) && !(el instanceof HTMLImageElement && !el.complete);
}
