// Rows of data out of what a page shows: tables, runs of like items, definition lists, forms. It exists because a model that reads a
// table as text and writes it out again as JSON spends tokens twice and makes mistakes; here the page's own structure decides.

import type { Extraction, WantedField } from './protocol.ts';
import { headersOf, isHeader, isTable, tableOf, tablesIn } from './table.ts';

const MAX_ROWS = 2_000;
const MAX_TEXT = 2_000;
const MAX_GROUPS = 400;

type Value = string | number | boolean | string[] | null;

/** One thing that a source says, under the words that the page has for it. */
interface Fact {
  readonly words: readonly string[];
  readonly el: Element;
  /** What else it says: a term may have several descriptions. */
  readonly more?: readonly Element[];
}

interface Source {
  readonly kind: Extraction['kind'];
  readonly what: string;
  readonly records: readonly (readonly Fact[])[];
}

export function extract(root: Element, wanted: readonly WantedField[] | undefined): Extraction {
  const sources = [...tables(root), ...definitions(root), ...forms(root), ...(wanted === undefined ? [] : items(root))];
  let best: { source: Source; rows: Record<string, Value>[]; score: number } | undefined;
  for (const source of sources) {
    const fields = wanted ?? fieldsOf(source);
    const rows = source.records.slice(0, MAX_ROWS).map((record) => rowOf(record, fields)).filter((row) => Object.values(row).some((value) => value !== null));
    // What covers more fields wins; among those, what has more rows.
    const covered = fields.filter(({ name }) => rows.some((row) => row[name] !== null)).length;
    const required = fields.filter(({ name, required: must }) => must && !rows.some((row) => row[name] !== null)).length;
    const filled = rows.reduce((sum, row) => sum + Object.values(row).filter((value) => value !== null).length, 0);
    const score = rows.length === 0 ? -1 : (covered - 2 * required) * 1e6 + filled;
    if (score > (best?.score ?? -1)) best = { source, rows, score };
  }
  if (best === undefined) return { kind: 'nothing', what: '', rows: [], total: 0, score: -1 };
  const { source, rows, score } = best;
  return { kind: source.kind, what: source.what, rows, total: source.records.length, score };
}

function fieldsOf(source: Source): WantedField[] {
  const names = source.records[0]?.map((fact) => fact.words[0] ?? '') ?? [];
  return [...new Set(names)].filter((name) => name !== '').map((name) => ({ name, type: 'string', required: false }));
}

function rowOf(record: readonly Fact[], fields: readonly WantedField[]): Record<string, Value> {
  const row: Record<string, Value> = {};
  const taken = new Set<Fact>();
  for (const field of fields) {
    const facts = ranked(record, field);
    // Two fields seldom mean the same part; the second best is better than the same twice.
    const fact = facts.find((one) => !taken.has(one)) ?? facts[0];
    if (fact !== undefined) taken.add(fact);
    row[field.name] = fact === undefined ? null : valueOfAll([fact.el, ...(fact.more ?? [])], field);
  }
  return row;
}

function ranked(record: readonly Fact[], field: WantedField): Fact[] {
  const scored = record.map((fact) => ({ fact, score: Math.max(0, ...fact.words.map((word) => likeness(word, field))) })).filter(({ score }) => score > 0);
  return scored.sort((a, b) => b.score - a.score).map(({ fact }) => fact);
}

const ALIKE: readonly (readonly string[])[] = [
  ['name', 'title', 'heading', 'headline', 'product', 'label'], ['url', 'link', 'href', 'address', 'page'], ['image', 'img', 'picture', 'photo', 'src', 'thumbnail'],
  ['date', 'time', 'when', 'published', 'created', 'updated', 'datetime'], ['price', 'cost', 'amount', 'total'], ['author', 'by', 'user', 'creator'],
  ['description', 'summary', 'text', 'body', 'excerpt', 'details'], ['rating', 'stars', 'score'], ['qty', 'quantity', 'count', 'number', 'no'], ['mail', 'email'], ['phone', 'tel', 'telephone'],
];

/** 0: something else; the higher, the surer. */
function likeness(word: string, { name, hint }: WantedField): number {
  const a = wordsOf(word);
  const b = wordsOf(name);
  if (a.length === 0 || b.length === 0) return 0;
  if (a.join('') === b.join('')) return 10;
  const shared = b.filter((one) => a.some((other) => other === one || stem(other) === stem(one))).length;
  if (shared === b.length) return 8 - Math.min(3, a.length - shared);
  if (shared > 0) return 3 + shared / b.length;
  if (b.some((one) => ALIKE.some((group) => group.includes(one) && a.some((other) => group.includes(other))))) return 3;
  return hint !== undefined && wordsOf(hint).some((one) => one.length > 3 && a.includes(one)) ? 1 : 0;
}

function stem(word: string): string {
  return word.length > 3 ? word.replace(/(?:es|s)$/, '') : word;
}

function wordsOf(text: string): string[] {
  return text.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2').toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

// What a part says, in the type that is wanted.

function valueOfAll(els: readonly Element[], field: WantedField): Value {
  const values = els.map((el) => valueOf(el, field)).filter((value) => value !== null);
  if (els.length === 1) return values[0] ?? null;
  if (field.type === 'array') return els.map(textOf).filter((part) => part !== '');
  const isText = field.type === 'string' && field.isUrl !== true && field.choices === undefined;
  return (isText ? values.join('; ') || null : values[0]) ?? null;
}

function valueOf(el: Element, { type, isUrl, choices }: WantedField): Value {
  if (isUrl === true) return addressIn(el);
  const box = tickIn(el);
  if (type === 'boolean') return box ?? truthOf(textOf(el));
  if (type === 'array') return partsOf(el);
  const text = textOf(el);
  if (type === 'number' || type === 'integer') return numberOf(text, type === 'integer');
  if (choices !== undefined) return choices.find((choice) => choice.toLowerCase() === text.toLowerCase()) ?? (text === '' ? null : text);
  if (text !== '') return text;
  return box === undefined ? null : String(box);
}

function textOf(el: Element): string {
  const words: string[] = [];
  gather(el, words);
  const text = words.join('').replace(/\s+/g, ' ').trim();
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT).toWellFormed()}…` : text;
}

const PHRASES = new Set('a abbr b bdi bdo cite code data del em font i ins kbd mark q s small span strong sub sup time u var wbr'.split(' '));

function gather(el: Element, out: string[]): void {
  if (el.localName === 'input') {
    if (el.getAttribute('type') !== 'checkbox' && el.getAttribute('type') !== 'radio') out.push(el.getAttribute('value') ?? '');
    return;
  }
  if (el.localName === 'img') {
    out.push(el.getAttribute('alt') ?? '');
    return;
  }
  const apart = !PHRASES.has(el.localName);
  if (apart) out.push(' ');
  for (const child of el.childNodes) {
    if (child.nodeType === 3) out.push(child.textContent ?? '');
    else if (child instanceof Element || child.nodeType === 1) gather(child as Element, out);
  }
  if (apart) out.push(' ');
}

function addressIn(el: Element): string | null {
  const own = el.getAttribute('href') ?? el.getAttribute('src');
  const inner = el.querySelector('a[href]')?.getAttribute('href') ?? el.querySelector('img[src]')?.getAttribute('src');
  const text = textOf(el);
  return own ?? inner ?? (/^(?:https?:\/\/|mailto:)/.test(text) ? text : null);
}

function tickIn(el: Element): boolean | undefined {
  const box = el.matches('input[type=checkbox],input[type=radio],[aria-checked]') ? el : el.querySelector('input[type=checkbox],[aria-checked]');
  if (box === null) return undefined;
  return box.hasAttribute('checked') || box.getAttribute('aria-checked') === 'true';
}

function truthOf(text: string): boolean | null {
  if (/^(?:yes|true|on|y|1|✓|✔|✅|☑|available|in stock|active|enabled)$/i.test(text)) return true;
  if (/^(?:no|false|off|n|0|✗|✘|❌|☐|–|-|unavailable|out of stock|inactive|disabled)$/i.test(text)) return false;
  return null;
}

function partsOf(el: Element): string[] {
  const inner = [...el.querySelectorAll('li')];
  const parts = inner.length > 0 ? inner.map(textOf) : el.children.length > 1 ? [...el.children].map(textOf) : textOf(el).split(/\s*[,;|]\s*/);
  return parts.filter((part) => part !== '');
}

/** `1.299,00 €`, `$1,299.50`, `-3 %`, `(12)`: the last of , and . parts off the fraction, unless three digits follow a comma, or a point in euros. */
export function numberOf(text: string, whole: boolean): number | null {
  const found = /[-−]?\s*\p{Sc}?\s*\d[\d.,'\u00a0\u202f ]*/u.exec(text)?.[0].trim();
  if (found === undefined) return null;
  const digits = found.replace(/[^\d.,]/g, '').replace(/[.,]+$/, '');
  const point = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','));
  const mark = digits.charAt(point);
  const isRepeated = digits.split(mark).length > 2;
  const isThousands = digits.length - point === 4 && !/[.,]/.test(digits.slice(0, point).replaceAll(mark, '')) && (mark === ',' || isRepeated || text.includes('€'));
  const plain = point < 0 || isThousands ? digits.replace(/[.,]/g, '') : `${digits.slice(0, point).replace(/[.,]/g, '')}.${digits.slice(point + 1)}`;
  const value = Number(plain) * (/^[-−]/.test(found) ? -1 : 1);
  return whole ? Math.round(value) : value;
}

// Where data stands on a page.

function* tables(root: Element): Generator<Source> {
  for (const el of [...(isTable(root) ? [root] : []), ...tablesIn(root)]) {
    const table = tableOf(el);
    const rows = table.rows.filter((row) => row.length > 0);
    const caption = el.querySelector('caption')?.textContent?.trim() ?? el.getAttribute('aria-label') ?? '';
    const what = caption === '' ? 'a table' : `the table ${JSON.stringify(caption)}`;
    // A header in front of each row: the table stands on its side, or is a list of facts.
    const isSideways = table.headEnd === 0 && rows.length > 0 && rows.every((cells) => cells.length >= 2 && isHeader(cells[0]));
    if (isSideways) {
      const most = Math.max(...rows.map((cells) => cells.length));
      const records = Array.from({ length: most - 1 }, (_, i) => rows.flatMap((cells) => fact(cells[0] === undefined ? [] : [textOf(cells[0])], cells[i + 1])));
      yield { kind: 'table', what, records };
      continue;
    }
    // Without a header the first row is one.
    const named = table.headEnd === 0 ? { ...table, headEnd: 1 } : table;
    const words = headersOf(named).map(wordsOfColumn);
    const records = table.rows.slice(named.headEnd).filter((cells) => cells.length > 0 && !cells.every(isHeader)).map((cells) => cells.flatMap((cell, x) => fact(words[x] ?? [], cell)));
    if (records.length > 0) yield { kind: 'table', what, records };
  }
}

/** What a column is called: by all its headers together, or by the last alone. */
function wordsOfColumn(headers: readonly Element[]): string[] {
  const parts = headers.map(textOf).filter((part) => part !== '');
  return [...new Set([parts.join(' '), parts.at(-1) ?? ''])];
}

function fact(words: readonly string[], el: Element | undefined): Fact[] {
  return words.length === 0 || el === undefined ? [] : [{ words, el }];
}

function* definitions(root: Element): Generator<Source> {
  const lists: Fact[][] = [];
  for (const list of root.querySelectorAll('dl')) {
    let terms: string[] = [];
    let isOpen = false;
    let facts: { words: string[]; el: Element; more: Element[] }[] = [];
    for (const part of list.querySelectorAll('dt,dd')) {
      if (part.closest('dl') !== list) continue;
      if (part.localName === 'dt') {
        const term = textOf(part);
        // A term that comes again begins the next record.
        if (facts.some((one) => one.words[0] === term)) {
          lists.push(facts);
          facts = [];
        }
        // Terms that follow each other share what is said of them.
        terms = isOpen ? [...terms, term] : [term];
        isOpen = true;
        continue;
      }
      for (const term of terms) {
        const said = isOpen ? undefined : facts.find((one) => one.words[0] === term);
        if (said === undefined) facts.push({ words: [term], el: part, more: [] });
        else said.more.push(part);
      }
      isOpen = false;
    }
    if (facts.length > 0) lists.push(facts);
  }
  if (lists.length > 0) yield { kind: 'definitions', what: lists.length === 1 ? 'a definition list' : `${lists.length} definition lists`, records: lists };
}

function* forms(root: Element): Generator<Source> {
  for (const form of [...root.querySelectorAll('form,[role=form]'), root]) {
    const facts = [...form.querySelectorAll('input,select,textarea')].filter((field) => !/^(?:hidden|submit|button|reset|image)$/.test(field.getAttribute('type') ?? '')).flatMap((field) => {
      const words = labelsOf(root, field);
      return words.length === 0 ? [] : [{ words, el: field }];
    });
    if (facts.length > 0) yield { kind: 'form', what: form === root ? 'the fields of the page' : 'a form', records: [facts] };
  }
}

function labelsOf(root: Element, field: Element): string[] {
  const id = field.getAttribute('id');
  const label = (id === null ? null : [...root.querySelectorAll('label')].find((one) => one.getAttribute('for') === id)) ?? field.closest('label');
  const own = label === null || label === undefined ? '' : [...label.childNodes].filter((node) => !(node instanceof Element) || !node.matches('input,select,textarea')).map((node) => node.textContent ?? '').join(' ');
  return [own.replace(/\s+/g, ' ').replace(/[\s:*]+$/, '').trim(), field.getAttribute('aria-label') ?? '', field.getAttribute('name') ?? '', field.getAttribute('placeholder') ?? ''].filter((word) => word !== '');
}

/** Runs of like siblings: the cards, rows and entries that pages are made of. */
function* items(root: Element): Generator<Source> {
  let groups = 0;
  for (const parent of [root, ...root.querySelectorAll('*')]) {
    if (parent.children.length < 2 || parent.matches('tr,thead,tbody,table,dl,select,head')) continue;
    const alike = new Map<string, Element[]>();
    for (const child of parent.children) {
      const key = `${child.localName} ${child.getAttribute('role') ?? ''} ${(child.getAttribute('class') ?? '').split(/\s+/)[0] ?? ''}`;
      alike.set(key, [...(alike.get(key) ?? []), child]);
    }
    for (const run of alike.values()) {
      if (run.length < 2 || (groups += 1) > MAX_GROUPS) continue;
      yield { kind: 'items', what: `${run.length} items alike (<${run[0]?.localName ?? ''}>)`, records: run.slice(0, MAX_ROWS).map(factsIn) };
    }
  }
}

/** What an item says: each part by its class, its role, its kind of element, and `label: value` lines by their label. */
function factsIn(item: Element): Fact[] {
  const facts: Fact[] = [];
  for (const el of [item, ...item.querySelectorAll('*')]) {
    const words = el === item ? [] : namesOf(el);
    if (words.length > 0) facts.push({ words, el });
    if (el.children.length > 3) continue;
    const line = /^\s*([\p{L}][\p{L}\p{N} _/-]{0,30}):\s+(\S.*)$/su.exec(textOf(el));
    if (line?.[1] !== undefined && line[2] !== undefined) {
      const rest = el.ownerDocument.createElement('span');
      rest.textContent = line[2];
      facts.push({ words: [line[1]], el: rest });
    }
  }
  if (item.matches('a[href]')) facts.push({ words: ['url'], el: item }, { words: ['name'], el: item });
  // Without a headline of its own an item is called what its link says.
  const link = facts.some(({ words }) => words.includes('name')) ? undefined : [...item.querySelectorAll('a[href]')].find((el) => textOf(el) !== '');
  if (link !== undefined) facts.push({ words: ['name'], el: link });
  // An item that is nothing but a text is known by no name: it is the name.
  if (facts.length === 0) facts.push({ words: ['name', 'text', 'item', 'value'], el: item });
  return facts;
}

function namesOf(el: Element): string[] {
  const names = ['itemprop', 'data-field', 'data-testid', 'data-label', 'aria-label', 'id'].flatMap((name) => el.getAttribute(name) ?? []);
  names.push(...(el.getAttribute('class') ?? '').split(/\s+/).filter((name) => /[a-z]{3}/i.test(name)));
  if (/^h[1-6]$/.test(el.localName) || el.getAttribute('role') === 'heading') names.push('name');
  if (el.localName === 'a') names.push('url', 'link');
  if (el.localName === 'img') names.push('image');
  if (el.localName === 'time') names.push('date');
  if (el.localName === 'p') names.push('description');
  return names;
}
