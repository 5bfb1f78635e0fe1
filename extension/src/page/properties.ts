// What is told of an element on lines of its own below it: where a link leads, what a field shows while it is empty. It exists
// apart from the walk because none of it depends on what is around the element.

import { attr } from './dom.ts';
import { inputType } from './roles.ts';
import { squash } from './yaml.ts';

/** Types whose text has a form of its own, or takes none. */
const TOLD_TYPES = new Set(['date', 'time', 'month', 'week', 'datetime-local', 'color', 'file']);
const MAX_URL = 300;

export const NO_PROPERTIES: readonly string[] = [];

export function propertiesOf(el: Element, tag: string, role: string, name: string): readonly string[] {
  if (role === 'link') {
    const url = attr(el, 'href');
    if (url !== null && url !== '' && !url.startsWith('javascript:')) return [`/url: ${url.length > MAX_URL ? `${url.slice(0, MAX_URL)}…` : url}`];
  }
  if (tag !== 'input' && tag !== 'textarea') return NO_PROPERTIES;
  const hint = squash(attr(el, 'placeholder') ?? '');
  const type = tag === 'input' ? inputType(el) : 'text';
  return [...(hint !== '' && hint !== name ? [`/placeholder: ${hint}`] : []), ...(TOLD_TYPES.has(type) ? [`/type: ${type}`] : [])];
}
