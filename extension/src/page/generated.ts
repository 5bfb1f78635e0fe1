// Text that CSS paints before and after the content of an element (accname 2F.ii). It exists apart from the other styles because
// asking for it costs as much as all of them, and only names ask.

import { attr, firstChild, hasAttr, tagOf } from './dom.ts';
import { duringLook } from './during.ts';
import { isClear, isFaint } from './visibility.ts';

const FAR_PX = 500;

/** Whether CSS paints text around the content. Where an element has a content or a class of its own, one of its tag and class that has answered speaks for it. */
export function generates(el: Element): boolean {
  const kinds = firstChild(el) !== null || hasAttr(el, 'class') ? duringLook()?.generating : undefined;
  if (kinds === undefined) return paints(el, '::before') || paints(el, '::after');
  const kind = `${tagOf(el)} ${attr(el, 'class') ?? ''}`;
  let told = kinds.get(kind);
  if (told === undefined) {
    told = paints(el, '::before') || paints(el, '::after');
    kinds.set(kind, told);
  }
  return told;
}

function paints(el: Element, part: string): boolean {
  const content = getComputedStyle(el, part).content;
  return content !== 'none' && content !== 'normal' && content !== '' && content !== '""';
}

/**
 * Text that CSS paints before or after the content, or what it says instead of it (behind a slash); '' if nobody can see it.
 * Symbols of icon fonts (private use) say nothing and are dropped.
 */
export function generatedText(el: Element, part: '::before' | '::after'): string {
  const style = getComputedStyle(el, part);
  if (style.display === 'none' || style.visibility !== 'visible' || isClear(style) || isFaint(style) || isFarOff(style)) return '';
  const text = stringsOf(style.content).replace(/[\ue000-\uf8ff]/g, '');
  return style.display === 'inline' ? text : ` ${text} `;
}

/** The strings of a computed `content`: those in brackets are addresses and names of counters. */
export function stringsOf(content: string): string {
  let text = '';
  let depth = 0;
  for (const [token, string] of content.matchAll(/"((?:[^"\\]|\\.)*)"|[()/]/g)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (depth > 0) continue;
    else if (token === '/') text = '';
    else text += string ?? '';
  }
  return text.replace(/\\([^\da-f])/gi, '$1');
}

/** A pseudo-element has no box that could be asked for. */
function isFarOff({ position, left, top }: CSSStyleDeclaration): boolean {
  return position !== 'static' && (Number.parseFloat(left) < -FAR_PX || Number.parseFloat(top) < -FAR_PX);
}
