// Whether a person can read a text in this frame. It exists for waiting, so it must say no quickly: styles are read only when
// the letters are there at all.

import { body, documentElement, eachFlatChild, isElement, isText, shadowRootOf, tagOf } from './dom.ts';
import { lookOnce } from './during.ts';
import { isSecret } from './secrets.ts';
import { type Facts, hidesOwnText, lookOf, noFacts, type Unseen } from './visibility.ts';
import { squash } from './yaml.ts';

const SILENT = new Set(['script', 'style', 'noscript', 'template', 'head', 'datalist', 'iframe', 'frame']);
const MAX_DEPTH = 600;

export function containsText(text: string): boolean {
  const wanted = squash(text).toLowerCase();
  const root = body() ?? documentElement();
  if (wanted === '' || root === null) return wanted === '';
  const letters: string[] = [];
  gatherLetters(root, letters, 0);
  if (!letters.join('').replace(/\s+/g, '').toLowerCase().includes(wanted.replace(/\s+/g, ''))) return false;
  const seen: string[] = [];
  lookOnce(() => gatherSeen(root, noFacts(), '', seen, 0));
  return squash(seen.join('')).toLowerCase().includes(wanted);
}

function fieldText(el: Element, tag: string): string {
  if (tag === 'input' && el instanceof HTMLInputElement) return /^(?:hidden|checkbox|radio|file)$/.test(el.type) || isSecret(el) ? '' : ` ${el.value} `;
  if (tag === 'textarea' && el instanceof HTMLTextAreaElement) return isSecret(el) ? '' : ` ${el.value} `;
  if (tag === 'select' && el instanceof HTMLSelectElement) return ` ${el.selectedOptions[0]?.label ?? ''} `;
  return '';
}

function gatherLetters(el: Element, out: string[], depth: number): void {
  const tag = tagOf(el);
  if (SILENT.has(tag) || depth > MAX_DEPTH) return;
  const field = fieldText(el, tag);
  if (field !== '') {
    out.push(field);
    return;
  }
  eachFlatChild(el, shadowRootOf(el), (child) => {
    if (isText(child)) out.push(child.data);
    else if (isElement(child)) gatherLetters(child, out, depth + 1);
  });
}

function gatherSeen(el: Element, facts: Facts, unseen: Unseen, out: string[], depth: number): void {
  const tag = tagOf(el);
  if (SILENT.has(tag) || depth > MAX_DEPTH) return;
  if (tag === 'br') {
    out.push(' ');
    return;
  }
  const look = lookOf(el, tag, facts, unseen);
  if (look === null) return;
  if (!look.facts.inline) out.push(' ');
  const field = fieldText(el, tag);
  if (field !== '') {
    if (look.visible && look.unseen === '') out.push(field);
    return;
  }
  const closedDetails = tag === 'details' && !el.hasAttribute('open');
  let shows = 0;
  eachFlatChild(el, shadowRootOf(el), (child) => {
    if (isText(child)) {
      if (closedDetails || !look.visible || look.unseen !== '') return;
      if (!/\S/.test(child.data)) {
        out.push(' ');
        return;
      }
      if (shows === 0) shows = hidesOwnText(el, look.facts, child.data) ? 2 : 1;
      if (shows === 1) out.push(child.data);
    } else if (isElement(child) && !(closedDetails && tagOf(child) !== 'summary')) gatherSeen(child, look.facts, look.unseen, out, depth + 1);
  });
  if (!look.facts.inline) out.push(' ');
}
