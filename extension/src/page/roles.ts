// Which role an element has, by HTML-AAM and WAI-ARIA. It exists because the browser's own accessibility tree takes ten
// times as long to read as a walk of the page. '' stands for generic, 'none' for presentational.

import { attr, flatParent, hasAttr, isElement, parentNode, tagOf } from './dom.ts';

const ARIA_ROLES = new Set(
  (
    'alert alertdialog application article banner blockquote button caption cell checkbox code columnheader combobox ' +
    'complementary contentinfo definition deletion dialog directory document emphasis feed figure form generic grid gridcell ' +
    'group heading img image insertion link list listbox listitem log main mark marquee math menu menubar menuitem ' +
    'menuitemcheckbox menuitemradio meter navigation none note option paragraph presentation progressbar radio radiogroup ' +
    'region row rowgroup rowheader scrollbar search searchbox separator slider spinbutton status strong subscript superscript ' +
    'suggestion switch tab table tablist tabpanel term textbox time timer toolbar tooltip tree treegrid treeitem'
  ).split(' '),
);

const BY_TAG: Record<string, string> = {
  article: 'article', aside: 'complementary', blockquote: 'blockquote', button: 'button', caption: 'caption', code: 'code',
  dd: 'definition', del: 'deletion', details: 'group', dfn: 'term', dialog: 'dialog', dt: 'term', em: 'emphasis',
  fieldset: 'group', figure: 'figure', h1: 'heading', h2: 'heading', h3: 'heading', h4: 'heading', h5: 'heading',
  h6: 'heading', hr: 'separator', ins: 'insertion', main: 'main', mark: 'mark', math: 'math', menu: 'list', meter: 'meter',
  nav: 'navigation', ol: 'list', optgroup: 'group', option: 'option', output: 'status', p: 'paragraph',
  progress: 'progressbar', s: 'deletion', search: 'search', strong: 'strong', sub: 'subscript', sup: 'superscript',
  svg: 'img', table: 'table', tbody: 'rowgroup', textarea: 'textbox', tfoot: 'rowgroup', thead: 'rowgroup', time: 'time',
  ul: 'list', address: 'group', hgroup: 'group', iframe: 'iframe', frame: 'iframe', canvas: 'canvas', video: 'video',
  audio: 'audio',
};

const BY_INPUT: Record<string, string> = {
  button: 'button', submit: 'button', reset: 'button', image: 'button', checkbox: 'checkbox', radio: 'radio',
  range: 'slider', number: 'spinbutton', search: 'searchbox', hidden: 'none', file: 'button', color: 'button',
};

const SECTIONING = new Set(['article', 'aside', 'main', 'nav', 'section']);
const SECTION_ROLES = new Set(['article', 'complementary', 'main', 'navigation', 'region']);
const GLOBAL_ARIA = [
  'aria-atomic', 'aria-busy', 'aria-controls', 'aria-current', 'aria-describedby', 'aria-details', 'aria-flowto',
  'aria-keyshortcuts', 'aria-label', 'aria-labelledby', 'aria-live', 'aria-owns', 'aria-relevant', 'aria-roledescription',
];

export function inputType(el: Element): string {
  const type: unknown = el instanceof HTMLInputElement ? el.type : 'text';
  return typeof type === 'string' ? type : 'text';
}

export function isFocusable(el: Element, tag: string): boolean {
  if (hasAttr(el, 'tabindex')) return true;
  if (tag === 'a' || tag === 'area') return hasAttr(el, 'href');
  if (tag === 'button' || tag === 'input' || tag === 'select' || tag === 'textarea') return !hasAttr(el, 'disabled');
  return tag === 'summary' || isEditingHost(el);
}

export function isEditingHost(el: Element): boolean {
  const value = attr(el, 'contenteditable');
  return value !== null && value.toLowerCase() !== 'false';
}

function hasName(el: Element): boolean {
  return squashed(el, 'aria-label') || squashed(el, 'aria-labelledby') || squashed(el, 'title');
}

function squashed(el: Element, name: string): boolean {
  const value = attr(el, name);
  return value !== null && value.trim() !== '';
}

/** What a walk knows already on its way down, so that roles need not look up the tree again. */
export interface Surroundings {
  readonly table: string;
  readonly sectioning: boolean;
  readonly parentRole: string;
}

export function isSectioning(tag: string, role: string): boolean {
  return SECTIONING.has(tag) || SECTION_ROLES.has(role);
}

function insideSectioning(el: Element, known: Surroundings | undefined): boolean {
  if (known) return known.sectioning;
  for (let at = flatParent(el); at; at = flatParent(at)) {
    if (SECTIONING.has(tagOf(at)) || SECTION_ROLES.has(attr(at, 'role') ?? '')) return true;
  }
  return false;
}

/** The role of the nearest table around a row or cell; '' if there is none. */
function tableRole(el: Element, known: Surroundings | undefined): string {
  if (known) return known.table;
  for (let at = flatParent(el); at; at = flatParent(at)) {
    if (tagOf(at) === 'table') return explicitRole(at) || 'table';
    const role = attr(at, 'role');
    if (role === 'table' || role === 'grid' || role === 'treegrid') return role;
  }
  return '';
}

function cellRole(el: Element, tag: string, known: Surroundings | undefined): string {
  const table = tableRole(el, known);
  if (table === '' || table === 'none') return '';
  const grid = table === 'grid' || table === 'treegrid';
  if (tag === 'td') return grid ? 'gridcell' : 'cell';
  const scope = attr(el, 'scope')?.toLowerCase();
  if (scope === 'row' || scope === 'rowgroup') return 'rowheader';
  if (scope === 'col' || scope === 'colgroup') return 'columnheader';
  // Without scope: a heading cell of a body row that holds plain cells as well heads its row.
  const row = parentNode(el);
  const body = row ? parentNode(row) : null;
  if (!isElement(row) || (isElement(body) && tagOf(body) === 'thead')) return 'columnheader';
  for (const sibling of Element.prototype.querySelectorAll.call(row, ':scope > td')) if (sibling) return 'rowheader';
  return 'columnheader';
}

function implicitRole(el: Element, tag: string, known: Surroundings | undefined): string {
  switch (tag) {
    case 'div':
    case 'span':
      return isEditingHost(el) ? 'textbox' : '';
    case 'a':
    case 'area':
      return hasAttr(el, 'href') ? 'link' : '';
    case 'input': {
      const type = inputType(el);
      const role = BY_INPUT[type] ?? 'textbox';
      if (hasAttr(el, 'list') && (role === 'textbox' || role === 'searchbox')) return 'combobox';
      return role;
    }
    case 'select': {
      const multiple = hasAttr(el, 'multiple') || Number(attr(el, 'size') ?? '1') > 1;
      return multiple ? 'listbox' : 'combobox';
    }
    case 'img':
      return attr(el, 'alt') === '' && !hasName(el) ? 'none' : 'img';
    case 'li': {
      const parent = known ? null : flatParent(el);
      const parentRole = known?.parentRole ?? (parent ? roleOf(parent) : '');
      return parentRole === 'list' || parentRole === 'directory' ? 'listitem' : '';
    }
    case 'header':
      return insideSectioning(el, known) ? '' : 'banner';
    case 'footer':
      return insideSectioning(el, known) ? '' : 'contentinfo';
    case 'form':
      return hasName(el) ? 'form' : '';
    case 'section':
      return hasName(el) ? 'region' : '';
    case 'summary':
      return isElement(parentNode(el)) && flatParent(el)?.localName === 'details' ? 'button' : '';
    case 'tr': {
      const table = tableRole(el, known);
      return table === '' || table === 'none' ? '' : 'row';
    }
    case 'td':
    case 'th':
      return cellRole(el, tag, known);
    case 'tbody':
    case 'thead':
    case 'tfoot':
      return tableRole(el, known) === 'none' ? '' : 'rowgroup';
    default: {
      const role = Object.hasOwn(BY_TAG, tag) ? BY_TAG[tag] : undefined;
      return role ?? (isEditingHost(el) ? 'textbox' : '');
    }
  }
}

/** The role that the page wrote down, if it is one; 'none' for presentation. */
function explicitRole(el: Element): string {
  const value = attr(el, 'role');
  if (value === null) return '';
  for (const token of value.toLowerCase().split(/\s+/)) {
    if (!ARIA_ROLES.has(token)) continue;
    if (token === 'presentation') return 'none';
    if (token === 'image') return 'img';
    return token;
  }
  return '';
}

export function roleOf(el: Element, known?: Surroundings): string {
  const tag = tagOf(el);
  const explicit = explicitRole(el);
  if (explicit === '') return implicitRole(el, tag, known);
  if (explicit === 'generic') return '';
  if (explicit !== 'none') return explicit;
  // Conflict resolution: what can be focused or is described by ARIA keeps its own role.
  if (isFocusable(el, tag) || GLOBAL_ARIA.some((name) => hasAttr(el, name))) return implicitRole(el, tag, known);
  return 'none';
}

/** Roles whose name is the text inside, and whose inside is therefore not told again. */
export const NAMED_BY_TEXT = new Set([
  'button', 'link', 'heading', 'checkbox', 'radio', 'switch', 'tab', 'menuitem', 'menuitemcheckbox', 'menuitemradio',
  'option', 'tooltip',
]);

/** Roles whose name is the text inside only if there is nothing but text. */
export const NAMED_IF_PLAIN = new Set(['cell', 'gridcell', 'columnheader', 'rowheader', 'treeitem', 'caption']);

export const CONTROLS = new Set([
  'button', 'link', 'checkbox', 'radio', 'switch', 'tab', 'menuitem', 'menuitemcheckbox', 'menuitemradio', 'option',
  'textbox', 'searchbox', 'combobox', 'listbox', 'slider', 'spinbutton', 'treeitem', 'scrollbar',
]);

export const LANDMARKS = new Set([
  'banner', 'complementary', 'contentinfo', 'form', 'main', 'navigation', 'region', 'search', 'heading', 'dialog',
  'alertdialog', 'iframe',
]);

/** Roles of phrases: where they hold nothing but text within a sentence they are part of the sentence. */
export const PHRASES = new Set([
  '', 'strong', 'emphasis', 'code', 'mark', 'subscript', 'superscript', 'time', 'term', 'definition',
]);
