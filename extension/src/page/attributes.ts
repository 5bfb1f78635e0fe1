// What the attributes of an element can mean at all. It exists because a large page asks each of its elements for a dozen attributes
// that hardly any has: one list of their names answers that for all elements that are alike.

import { attr, hasAttributes } from './dom.ts';

/** What need not be asked for where it is false. */
export interface Attributes {
  /** None but class, style, id and data: nothing that names it, gives it a role or a state. */
  readonly bare: boolean;
  readonly role: boolean;
  /** A name that the page gives: aria-label or aria-labelledby. */
  readonly label: boolean;
  /** States by WAI-ARIA; what points to other elements, and numbers in words, are none. */
  readonly states: boolean;
  /** What takes it away from everybody: aria-hidden, inert, hidden. */
  readonly off: boolean;
}

/** Nobody has looked: all may be there. */
export const ANY_ATTRIBUTES: Attributes = { bare: false, role: true, label: true, states: true, off: true };
const NONE: Attributes = { bare: true, role: false, label: false, states: false, off: false };

/** Attributes whose value styles seldom ask for: they hold words for people, addresses, and names of other elements. */
const UNSTYLED = new Set(
  (
    'href src alt value name title colspan rowspan for target rel placeholder width height srcset sizes datetime content action d points viewBox ' +
    'aria-label aria-labelledby aria-description aria-describedby aria-controls aria-owns aria-details aria-valuetext aria-valuenow'
  ).split(' '),
);
/** A word, or yes and no in digits: what says in which state an element is. Numbers and longer texts say which one of many it is. */
const STATE = /^(?:[01]?|[a-z][a-z_-]{0,23})$/i;

/** Parts of a key beside names and values; no attribute has such a name. */
const NOT_BARE = '\n=';
const LABEL = '\n=label';

/** The same for elements that no rule is likely to tell apart: same tag, classes, inline style and states. */
export function keyOf(el: Element, tag: string): string {
  if (!hasAttributes(el)) return tag;
  let key = tag;
  let bare = true;
  for (const name of Element.prototype.getAttributeNames.call(el)) {
    if (bare && name !== 'class' && name !== 'style' && name !== 'id' && !name.startsWith('data-')) {
      bare = false;
      key += NOT_BARE;
    }
    if (UNSTYLED.has(name)) {
      if (name.startsWith('aria-label')) key += LABEL;
      continue;
    }
    const value = attr(el, name) ?? '';
    key += name === 'class' || name === 'style' || STATE.test(value) ? `\n${name}=${value}` : `\n${name}`;
  }
  return key;
}

/** What a key tells of the elements that have it. */
export function attributesIn(key: string): Attributes {
  if (!key.includes(NOT_BARE)) return NONE;
  return {
    bare: false,
    role: key.includes('\nrole'),
    label: key.includes(LABEL),
    states: key.includes('\naria-'),
    off: key.includes('\naria-hidden') || key.includes('\ninert') || key.includes('\nhidden'),
  };
}

/** Of one element, without a look at its names. */
export function attributesOf(el: Element): Attributes {
  return hasAttributes(el) ? ANY_ATTRIBUTES : NONE;
}
