// What a person can see. It exists because orders to a model hide in text that no person sees: zero size, transparent,
// clipped away, moved off the page. Style objects are dear (reading one costs microseconds and leaves garbage), so elements
// that no rule is likely to tell apart - same tag, classes and states, same kind of parent - share what was read of the first.

import { ANY_ATTRIBUTES, type Attributes, attributesIn, keyOf } from './attributes.ts';
import { rectOf } from './dom.ts';

/** So little of it left is nothing to an eye. */
const LEAST_OPACITY = 0.05;
const LEAST_FONT_PX = 2;

/** What the styles of like elements say. */
export interface Facts {
  readonly display: string;
  readonly inline: boolean;
  readonly hand: boolean;
  readonly clipsOverflow: boolean;
  readonly clipped: boolean;
  readonly faintText: boolean;
  /** So transparent that nothing in it is to be seen. */
  readonly clear: boolean;
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
const NO_SCALE = /^matrix\(0, 0, 0, 0,|^scale\(0/;

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
const CLIPPING = /inset\((?:50|100)%|circle\(0|polygon\(0(?:px|%)? 0(?:px|%)?(?:, 0(?:px|%)? 0(?:px|%)?)*\)/;

export function noFacts(): Facts {
  return {
    display: 'block', inline: false, hand: false, clipsOverflow: false, clipped: false, faintText: false, clear: false, displaced: false, attributes: ANY_ATTRIBUTES, kids: new Map(),
  };
}

function factsOf(el: Element, tag: string, parent: Facts): Facts {
  const key = keyOf(el, tag);
  let facts = parent.kids.get(key);
  if (!facts) {
    facts = readFacts(el, attributesIn(key));
    parent.kids.set(key, facts);
  }
  return facts;
}

function readFacts(el: Element, attributes: Attributes): Facts {
  const style = getComputedStyle(el);
  const display = style.display;
  const inline = display === 'inline';
  const clipPath = style.clipPath;
  const position = style.position;
  const transform = inline ? 'none' : style.transform;
  return {
    display,
    inline: inline || display === 'inline-block' || display === 'contents' || display === 'inline-flex',
    hand: style.cursor === 'pointer',
    clipsOverflow: !inline && display !== 'contents' && style.overflowX !== 'visible' && !(el instanceof HTMLInputElement),
    clipped: (clipPath !== 'none' && CLIPPING.test(clipPath)) || NO_CLIP_RECT.test(style.clip) || NO_SCALE.test(transform),
    faintText: isFaint(style),
    clear: isClear(style),
    displaced: isMoved(style, position) || transform !== 'none' || style.translate !== 'none' || style.marginLeft.length > 6 || style.marginTop.length > 6,
    attributes,
    kids: new Map(),
  };
}

/** Most that is positioned 'relative' is so for what lies in it, and stands where it would stand anyway. */
function isMoved(style: CSSStyleDeclaration, position: string): boolean {
  if (position === 'static') return false;
  return position !== 'relative' || !UNMOVED.test(style.left) || !UNMOVED.test(style.top);
}

/** So transparent that nothing in it is to be seen, by its opacity, a filter or a mask. */
export function isClear({ opacity, filter, maskImage }: CSSStyleDeclaration): boolean {
  if (Number(opacity) < LEAST_OPACITY) return true;
  const left = filter === 'none' ? undefined : /\bopacity\(([\d.e-]+)\)/.exec(filter)?.[1];
  if (left !== undefined && Number(left) < LEAST_OPACITY) return true;
  return maskImage !== 'none' && masksAll(maskImage);
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
  if (isTransparent(style.color) && style.backgroundClip !== 'text' && isTransparent(style.webkitTextFillColor)) return true;
  const indent = style.textIndent;
  return indent !== '0px' && Number.parseFloat(indent) < -500;
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
  if (inherited !== '' || !Element.prototype.checkVisibility.call(el, SEEN)) return slowLook(el, inherited);
  const facts = factsOf(el, tag, parent);
  const unseen = facts.clear ? 'faint' : isOutOfSight(el, facts) ? 'clip' : '';
  if (unseen !== '') return { facts, visible: true, unseen };
  facts.seen ??= { facts, visible: true, unseen };
  return facts.seen;
}

function isOutOfSight(el: Element, facts: Facts): boolean {
  if (facts.clipped) return true;
  if (facts.clipsOverflow && (el.clientWidth <= 1 || el.clientHeight <= 1)) return true;
  return facts.displaced && isOffPage(rectOf(el));
}

function slowLook(el: Element, inherited: Unseen): Look | null {
  const style = getComputedStyle(el);
  const display = style.display;
  // '' is the display of what a shadow host does not slot.
  if (display === 'none' || display === '') return null;
  if (display !== 'contents' && !Element.prototype.checkVisibility.call(el)) return null;
  const facts = readFacts(el, ANY_ATTRIBUTES);
  let unseen = inherited;
  if (unseen === '') unseen = facts.clear ? 'faint' : isOutOfSight(el, facts) ? 'clip' : '';
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
  return isFaint(style) || isClear(style) || CLIPPING.test(style.clipPath) || isOffPage(rectOf(el));
}
