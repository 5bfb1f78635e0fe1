// The accessible name of an element, by accname: aria-labelledby, aria-label, what HTML offers (label, alt, legend, caption,
// title of an svg), text inside, title, placeholder. It exists apart from the walk because names reach across the tree.

import { attr, byIds, eachFlatChild, firstChild, hasAttr, isElement, isText, nextSibling, shadowRootOf, tagOf, textContent } from './dom.ts';
import { inputType } from './roles.ts';
import { squash } from './yaml.ts';

const SILENT = new Set(['script', 'style', 'noscript', 'template', 'head', 'datalist']);
/** Tags that HTML gives no name of its own. */
const UNNAMED = new Set('a article aside caption dd div dt footer h1 h2 h3 h4 h5 h6 header label li main nav ol p section span tbody td tfoot th thead tr ul'.split(' '));
const MAX_NAME = 1000;

/** The text inside, for labels: what is not rendered is left out, fields within count with their value. */
export function textInside(el: Element, except: Element | null = null): string {
  const parts: string[] = [];
  collect(el, except, parts, true, 0);
  return squash(parts.join(''));
}

function collect(el: Element, except: Element | null, parts: string[], top: boolean, depth: number): void {
  if (el === except || depth > 100) return;
  const tag = tagOf(el);
  if (SILENT.has(tag)) return;
  if (tag === 'br') {
    parts.push(' ');
    return;
  }
  let inline = true;
  if (!top) {
    if (attr(el, 'aria-hidden') === 'true') return;
    const style = getComputedStyle(el);
    if (style.display === 'none' || style.visibility === 'hidden') return;
    inline = style.display.startsWith('inline') || style.display === 'contents';
    const label = attr(el, 'aria-label') ?? (tag === 'img' ? attr(el, 'alt') : null);
    if (label !== null && label.trim() !== '') {
      parts.push(' ', label, ' ');
      return;
    }
    const value = embeddedValue(el);
    if (value !== null) {
      parts.push(' ', value, ' ');
      return;
    }
  }
  if (!inline) parts.push(' ');
  if (tag === 'svg') parts.push(svgTitle(el));
  else {
    eachFlatChild(el, shadowRootOf(el), (child) => {
      if (isText(child)) parts.push(child.data);
      else if (isElement(child)) collect(child, except, parts, false, depth + 1);
    });
  }
  if (!inline) parts.push(' ');
}

function embeddedValue(el: Element): string | null {
  if (el instanceof HTMLInputElement) {
    const type = inputType(el);
    if (type === 'checkbox' || type === 'radio' || type === 'hidden' || type === 'password') return '';
    return el.value;
  }
  if (el instanceof HTMLTextAreaElement) return el.value;
  if (el instanceof HTMLSelectElement) return el.selectedOptions[0]?.label ?? '';
  return null;
}

export function svgTitle(svg: Element): string {
  for (let child = firstChild(svg); child; child = nextSibling(child)) {
    if (isElement(child) && tagOf(child) === 'title') return squash(textContent(child));
  }
  return '';
}

function childText(el: Element, tag: string): string {
  for (let child = firstChild(el); child; child = nextSibling(child)) {
    if (isElement(child) && tagOf(child) === tag) return textInside(child);
  }
  return '';
}

function labelsText(el: Element): string {
  if (
    !(el instanceof HTMLInputElement || el instanceof HTMLTextAreaElement || el instanceof HTMLSelectElement ||
      el instanceof HTMLButtonElement || el instanceof HTMLMeterElement || el instanceof HTMLProgressElement ||
      el instanceof HTMLOutputElement)
  ) {
    return '';
  }
  const labels = el.labels;
  if (labels === null || labels.length === 0) return '';
  const texts: string[] = [];
  for (const label of labels) texts.push(textInside(label, el));
  return squash(texts.join(' '));
}

function nativeName(el: Element, tag: string): string {
  switch (tag) {
    case 'input': {
      if (!(el instanceof HTMLInputElement)) return '';
      const type = inputType(el);
      if (type === 'button' || type === 'submit' || type === 'reset') {
        if (el.value !== '') return el.value;
        const label = labelsText(el);
        return label !== '' ? label : type === 'submit' ? 'Submit' : type === 'reset' ? 'Reset' : '';
      }
      const label = labelsText(el);
      return label !== '' || type !== 'image' ? label : (attr(el, 'alt') ?? 'Submit');
    }
    case 'button':
      return hasAttr(el, 'id') ? labelsText(el) : '';
    case 'textarea':
    case 'select':
    case 'meter':
    case 'progress':
    case 'output':
      return labelsText(el);
    case 'img':
    case 'area':
      return attr(el, 'alt') ?? '';
    case 'fieldset':
      return childText(el, 'legend');
    case 'table':
      return childText(el, 'caption');
    case 'figure':
      return childText(el, 'figcaption');
    case 'svg':
      return svgTitle(el);
    case 'optgroup':
    case 'option':
      return attr(el, 'label') ?? '';
    case 'iframe':
    case 'frame':
      return attr(el, 'title') ?? attr(el, 'name') ?? '';
    default:
      return '';
  }
}

/** The name that the page gives apart from the text inside; '' if there is none. */
export function givenName(el: Element, tag: string): string {
  if (!Element.prototype.hasAttributes.call(el)) return UNNAMED.has(tag) ? '' : cut(squash(nativeName(el, tag)));
  const ids = attr(el, 'aria-labelledby');
  if (ids !== null) {
    const texts = byIds(el, ids).map((other) => squash(attr(other, 'aria-label') ?? '') || embeddedValue(other) || textInside(other));
    const name = squash(texts.join(' '));
    if (name !== '') return cut(name);
  }
  const label = attr(el, 'aria-label');
  if (label !== null) {
    const name = squash(label);
    if (name !== '') return cut(name);
  }
  return UNNAMED.has(tag) ? '' : cut(squash(nativeName(el, tag)));
}

/** What is left when nothing else names it. */
export function lastName(el: Element): string {
  const title = attr(el, 'title');
  if (title !== null && title.trim() !== '') return cut(squash(title));
  const hint = attr(el, 'placeholder') ?? attr(el, 'aria-placeholder');
  return hint === null ? '' : cut(squash(hint));
}

/** Text that CSS paints; for what has no other name. Symbols of icon fonts (private use) say nothing and are dropped. */
export function paintedText(el: Element): string {
  let text = '';
  for (const part of ['::before', '::after']) {
    const content = getComputedStyle(el, part).content;
    for (const match of content.matchAll(/"((?:[^"\\]|\\.)*)"/g)) text += ` ${match[1] ?? ''}`;
  }
  return squash(text.replace(/[\ue000-\uf8ff]/g, ''));
}

export function cut(text: string): string {
  return text.length <= MAX_NAME ? text : `${text.slice(0, MAX_NAME).toWellFormed()}…`;
}
