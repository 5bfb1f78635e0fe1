// Text in the colour of what is behind it. It exists because that is where orders to a model hide as well; but what lies behind
// a text is a guess (pictures, layers), so such text is marked and not left out.

import { flatParent, isInside, rectOf } from './dom.ts';
import { duringLook } from './during.ts';
import { type Facts, LONG_TEXT } from './visibility.ts';

/** Channels of two colours that are so near can hardly be told apart. */
const NEAR = 12;

/** What is behind the content of an element; null where that is a picture or cannot be known. */
export interface Behind {
  readonly color: string;
  /** The element that paints it; null for the page's own white. */
  readonly painter: Element | null;
  /** Something between is positioned: it may lie above something else altogether. */
  readonly moved: boolean;
}

/** Whether this text has the colour of its background. A long one is looked at for itself; of shorter ones the first among its like tells whether that is worth it. */
export function blendsIn(el: Element, text: string, facts: Facts): boolean {
  if (text.length < LONG_TEXT) {
    facts.blends ??= blends(el);
    if (!facts.blends) return false;
  }
  return blends(el);
}

/** Whether the text of this element has the colour of its background. */
function blends(el: Element): boolean {
  const style = getComputedStyle(el);
  if (style.textShadow !== 'none' || style.backgroundClip === 'text') return false;
  const behind = backgroundOf(el);
  if (behind === null || !sameColor(style.webkitTextFillColor, behind.color)) return false;
  return !(behind.moved && liesAbovePicture(el, behind.painter)) && !liesAboveGenerated(el, behind.painter);
}

function backgroundOf(el: Element): Behind | null {
  const known = duringLook()?.backgrounds;
  const told = known?.get(el);
  if (told !== undefined) return told;
  const behind = readBackground(el);
  known?.set(el, behind);
  return behind;
}

function readBackground(el: Element): Behind | null {
  const style = getComputedStyle(el);
  if (style.backgroundImage !== 'none' || style.mixBlendMode !== 'normal' || style.filter !== 'none') return null;
  const color = style.backgroundColor;
  if (!color.startsWith('rgba(')) return { color, painter: el, moved: false };
  if (!isClear(color)) return null;
  const parent = flatParent(el);
  if (parent === null) return style.colorScheme.includes('dark') ? null : { color: 'rgb(255, 255, 255)', painter: null, moved: false };
  const behind = backgroundOf(parent);
  return behind === null || style.position === 'static' ? behind : { ...behind, moved: true };
}

/** Whether CSS paints a box of its own between a text and its background, as it does under many labels and badges. */
function liesAboveGenerated(el: Element, painter: Element | null): boolean {
  for (let at: Element | null = el; at; at = at === painter ? null : flatParent(at)) {
    const inner = at;
    if (['::before', '::after'].some((part) => paintsBox(getComputedStyle(inner, part)))) return true;
  }
  return false;
}

function paintsBox({ content, backgroundColor, backgroundImage }: CSSStyleDeclaration): boolean {
  return content !== 'none' && content !== 'normal' && (backgroundImage !== 'none' || !isClear(backgroundColor));
}

function isClear(color: string): boolean {
  return color.startsWith('rgba(') && color.endsWith(', 0)');
}

function sameColor(a: string, b: string): boolean {
  if (a === b) return true;
  const [one, other] = [a, b].map((color) => /^rgb\((\d+), (\d+), (\d+)\)$/.exec(color)?.slice(1).map(Number));
  return one !== undefined && other !== undefined && one.every((channel, i) => Math.abs(channel - (other[i] ?? 0)) <= NEAR);
}

/** Whether something else is painted between a text and its background, as pictures under headlines are. Out of sight: supposed. */
function liesAbovePicture(el: Element, painter: Element | null): boolean {
  const rect = rectOf(el);
  const layers = Document.prototype.elementsFromPoint.call(document, rect.left + rect.width / 2, rect.top + rect.height / 2);
  const place = layers.findIndex((layer) => layer === el || isInside(layer, el));
  if (place < 0) return true;
  for (const layer of layers.slice(place + 1)) {
    if (layer === painter) return false;
    if (isInside(el, layer)) continue;
    const style = getComputedStyle(layer);
    if (/^(?:img|video|canvas|picture|svg|iframe|object)$/.test(layer.localName) || style.backgroundImage !== 'none' || !isClear(style.backgroundColor)) return true;
  }
  return false;
}
