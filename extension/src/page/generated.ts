// Text that CSS paints before and after the content of an element (accname 2F.ii). It exists apart from the other styles because
// asking for it costs as much as all of them, and only names ask.

import { attr, firstChild, hasAttr, tagOf } from './dom.ts';
import { duringLook } from './during.ts';

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
 * Text that CSS paints before or after the content, or what it says instead of it (behind a slash). Symbols of icon fonts
 * (private use) say nothing and are dropped.
 */
export function generatedText(el: Element, part: '::before' | '::after'): string {
  const style = getComputedStyle(el, part);
  const [painted = '', instead] = style.content.split(/" \/ (?=")/);
  let text = '';
  for (const match of (instead ?? `${painted}"`).matchAll(/"((?:[^"\\]|\\.)*)"/g)) text += match[1] ?? '';
  text = text.replace(/\\([^\da-f])/gi, '$1').replace(/[\ue000-\uf8ff]/g, '');
  return style.display === 'inline' ? text : ` ${text} `;
}
