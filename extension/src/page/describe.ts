// An element in words. It exists so that messages name elements as snapshots do.

import { attr, tagOf } from './dom.ts';
import { contentName, givenName, nameOf } from './names.ts';
import { roleOf } from './roles.ts';
import { quoted, squash } from './yaml.ts';

const MAX = 80;

export interface Described {
  readonly role: string;
  readonly name: string;
}

export function describe(el: Element): Described {
  const tag = tagOf(el);
  const role = roleOf(el);
  // The walk names what a click can be for, although a generic has no name by the rules: it is what tells one from another.
  const name = role === '' ? givenName(el, tag) : nameOf(el, tag, role);
  return { role: role === '' || role === 'none' ? 'generic' : role, name };
}

export function inWords({ role, name }: Described): string {
  return name === '' ? role : `${role} ${quoted(short(name))}`;
}

/** As a snapshot's line begins. */
export function labelOf({ role, name }: Described): string {
  return name === '' ? role : `${role} ${quoted(name)}`;
}

function short(text: string): string {
  return text.length <= MAX ? text : `${text.slice(0, MAX - 1).toWellFormed()}…`;
}

/** What covers something: its tag, its class and its text, since it is seldom anything with a role. */
export function asMarkup(el: Element): string {
  const tag = tagOf(el);
  const id = attr(el, 'id');
  const classes = attr(el, 'class');
  const named = id !== null && id !== '' ? ` id="${short(id)}"` : classes !== null && classes !== '' ? ` class="${short(squash(classes))}"` : '';
  const text = givenName(el, tag) || contentName(el);
  return `<${tag}${named}>${text === '' ? '' : ` ${quoted(short(text))}`}`;
}

