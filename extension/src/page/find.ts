// Finds what is asked for among what a snapshot would print, without printing it all. It exists because a page of 20,000 elements
// costs a model its context to look for one.

import type { Entry } from './entries.ts';
import { AgentError } from './failure.ts';
import type { FindRequest, Found } from './protocol.ts';
import { nodeLines } from './render.ts';
import { excerpt } from './shorten.ts';
import { squash } from './yaml.ts';

/** What a match is shown with: the row, item or card that it belongs to. */
const CONTAINERS = /^(?:row|listitem|article|option|treeitem|menuitem|group|figure|term|definition|dialog|alert)(?: |$)/;
const MAX_CONTAINER = 16;
const MAX_INSIDE = 8;
/** Of a longer text the part around the match is shown. */
const MAX_VALUE = 500;

export function find(entries: readonly Entry[], request: FindRequest): { found: Found[]; total: number } {
  const wanted = matcher(request);
  const hits = new Map<number, number>();
  const texts = wanted.byText ? textsOf(entries) : undefined;
  const inner = texts && request.role === undefined && request.name === undefined ? innermost(entries, texts, wanted.text) : undefined;
  for (let i = 0; i < entries.length; i += 1) {
    const entry = entries[i];
    if (!entry || !wanted.role(entry) || !wanted.name(entry)) continue;
    if (inner ? inner[i] !== 1 : texts && !wanted.text(texts[i] ?? '')) continue;
    // Loose text has no ref of its own: it is its parent's.
    const at = entry.kind === 'text' ? entry.parent : i;
    if (at < 0) continue;
    const shown = containerOf(entries, at);
    if (!hits.has(shown)) hits.set(shown, at);
  }
  const found = [...hits].slice(0, request.limit).map(([shown, at]) => ({ ref: entries[at]?.ref ?? '', lines: linesOf(entries, shown, at, wanted.place) }));
  return { found, total: hits.size };
}

interface Matcher {
  byText: boolean;
  text: (text: string) => boolean;
  /** Where in a text it matches; -1 if it does not. */
  place: (text: string) => number;
  role: (entry: Entry) => boolean;
  name: (entry: Entry) => boolean;
}

function matcher({ text, regex, role, name }: FindRequest): Matcher {
  const place = regex === undefined ? contains(text ?? '') : matches(regex);
  const named = contains(name ?? '');
  return {
    byText: text !== undefined || regex !== undefined,
    text: (it) => place(it) >= 0,
    place,
    role: (entry) => role === undefined || entry.label === role || entry.label.startsWith(`${role} `),
    name: (entry) => name === undefined || named(nameOf(entry)) >= 0,
  };
}

function contains(wanted: string): (text: string) => number {
  const folded = squash(wanted).toLowerCase();
  return (text) => text.toLowerCase().indexOf(folded);
}

function matches(regex: string): (text: string) => number {
  try {
    const pattern = new RegExp(regex, 'iu');
    return (text) => pattern.exec(text)?.index ?? -1;
  } catch (error) {
    throw new AgentError('invalid_params', `regex is not a regular expression: ${error instanceof Error ? error.message : String(error)}.`, 'Correct it, or give text instead.');
  }
}

/** The name and the value, without role and states. */
function nameOf({ label, value }: Entry): string {
  const start = label.indexOf(' "');
  const end = label.lastIndexOf('"');
  const name = start >= 0 && end > start + 1 ? label.slice(start + 2, end).replace(/\\(["\\])/g, '$1') : '';
  return value === '' ? name : `${name} ${value}`.trim();
}

/** What is long is no sentence any more; what is inside is looked at by itself. */
const MAX_TEXT = 2_000;

/** The text of each entry with that of all in it. */
function textsOf(entries: readonly Entry[]): string[] {
  const texts: string[] = Array.from({ length: entries.length }, () => '');
  for (let i = entries.length - 1; i >= 0; i -= 1) {
    const entry = entries[i];
    if (!entry) continue;
    let text = nameOf(entry);
    for (let child = i + 1; child < entry.end && text.length < MAX_TEXT; child = entries[child]?.end ?? entry.end) text = `${text} ${texts[child] ?? ''}`;
    texts[i] = text.trim();
  }
  return texts;
}

/** 1: the text matches, and that of nothing further in does; 2: something in it matches. */
function innermost(entries: readonly Entry[], texts: readonly string[], isMatch: (text: string) => boolean): Uint8Array {
  const result = new Uint8Array(entries.length);
  for (let i = entries.length - 1; i >= 0; i -= 1) {
    const entry = entries[i];
    if (!entry) continue;
    if (result[i] === 0 && isMatch(texts[i] ?? '')) result[i] = 1;
    if (result[i] !== 0 && entry.parent >= 0) result[entry.parent] = 2;
  }
  return result;
}

function containerOf(entries: readonly Entry[], at: number): number {
  let best = at;
  for (let up = at; up >= 0; up = entries[up]?.parent ?? -1) {
    const entry = entries[up];
    if (!entry || entry.end - up > MAX_CONTAINER) break;
    if (CONTAINERS.test(entry.label)) best = up;
  }
  return best;
}

function linesOf(entries: readonly Entry[], shown: number, at: number, place: (text: string) => number): string {
  const top = entries[shown];
  if (!top) return '';
  const end = Math.min(top.end, shown + (shown === at ? MAX_INSIDE : MAX_CONTAINER));
  const lines: string[] = [];
  for (let i = shown; i < end; i += 1) {
    const entry = entries[i];
    if (!entry) continue;
    let level = 0;
    for (let up = entry.parent; up >= shown; up = entries[up]?.parent ?? -1) level += 1;
    const ref = entry.ref === '' ? (entries[entry.parent]?.ref ?? '') : entry.ref;
    const { part, note } = excerpt(entry.value, place(entry.value), MAX_VALUE, ref);
    // The value ends a node's last line.
    lines.push(nodeLines({ ...entry, value: part }, level, entry.end > i + 1 && i + 1 < end, '', -1) + note);
  }
  return lines.join('\n');
}
