// Which role an element has, by HTML-AAM and WAI-ARIA. It exists because the browser's own accessibility tree takes ten
// times as long to read as a walk of the page. '' stands for generic, 'none' for presentational.

import { ANY_ATTRIBUTES } from './attributes.ts';
import { attr, flatParent, hasAttr, isElement, isInput, labellersOf, parentNode, tagOf, textContent } from './dom.ts';

const ARIA_ROLES = new Set(
  (
    'alert alertdialog application article banner blockquote button caption cell checkbox code columnheader combobox ' +
    'complementary contentinfo definition deletion dialog directory document emphasis feed figure form generic grid gridcell ' +
    'group heading img image insertion link list listbox listitem log main mark marquee math menu menubar menuitem ' +
    'menuitemcheckbox menuitemradio meter navigation none note option paragraph presentation progressbar radio radiogroup ' +
    'region row rowgroup rowheader scrollbar search searchbox separator slider spinbutton status strong subscript superscript ' +
    'comment suggestion switch tab table tablist tabpanel term textbox time timer toolbar tooltip tree treegrid treeitem'
  ).split(' '),
);

/** Roles of the modules for publishing and graphics, as the roles of WAI-ARIA that they are kinds of. */
const BY_MODULE: Record<string, string> = {
  image: 'img', presentation: 'none', 'graphics-document': 'img', 'graphics-symbol': 'img', 'graphics-object': 'group',
  'doc-backlink': 'link', 'doc-biblioref': 'link', 'doc-glossref': 'link', 'doc-noteref': 'link', 'doc-cover': 'img',
  'doc-pagebreak': 'separator', 'doc-subtitle': 'heading', 'doc-toc': 'navigation', 'doc-index': 'navigation',
  'doc-pagelist': 'navigation', 'doc-tip': 'note', 'doc-notice': 'note', 'doc-example': 'figure',
  'doc-bibliography': 'region', 'doc-chapter': 'region', 'doc-part': 'region', 'doc-appendix': 'region', 'doc-conclusion': 'region',
  'doc-endnotes': 'region', 'doc-epilogue': 'region', 'doc-errata': 'region', 'doc-foreword': 'region', 'doc-glossary': 'region',
  'doc-introduction': 'region', 'doc-preface': 'region', 'doc-prologue': 'region', 'doc-acknowledgments': 'region',
  'doc-afterword': 'region', 'doc-credits': 'region',
};

const BY_TAG: Record<string, string> = {
  article: 'article', blockquote: 'blockquote', button: 'button', caption: 'caption', code: 'code',
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

const SECTIONING = new Set(['article', 'aside', 'nav', 'section']);
const SECTION_ROLES = new Set(['article', 'complementary', 'navigation', 'region']);
const GLOBAL_ARIA = [
  'aria-atomic', 'aria-busy', 'aria-controls', 'aria-current', 'aria-describedby', 'aria-details', 'aria-flowto',
  'aria-keyshortcuts', 'aria-label', 'aria-labelledby', 'aria-live', 'aria-owns', 'aria-relevant', 'aria-roledescription',
];

export function inputType(el: Element): string {
  const type: unknown = isInput(el) ? el.type : 'text';
  return typeof type === 'string' ? type : 'text';
}

/** `bare`: it is known to have no attributes that matter here. */
export function isFocusable(el: Element, tag: string, bare = false): boolean {
  if (bare) return tag === 'button' || tag === 'input' || tag === 'select' || tag === 'textarea' || tag === 'summary';
  if (hasAttr(el, 'tabindex')) return true;
  if (tag === 'a' || tag === 'area') return hasAttr(el, 'href');
  if (tag === 'button' || tag === 'input' || tag === 'select' || tag === 'textarea') return !hasAttr(el, 'disabled');
  return tag === 'summary' || isEditingHost(el);
}

export function isEditingHost(el: Element): boolean {
  const value = attr(el, 'contenteditable');
  return value !== null && value.toLowerCase() !== 'false';
}

/** Whether the page gave it a name by attributes: regions and forms are such only if they are named. */
function hasName(el: Element): boolean {
  if (squashed(el, 'aria-label') || squashed(el, 'title')) return true;
  const ids = attr(el, 'aria-labelledby');
  return ids !== null && labellersOf(el, ids).some((other) => squashed(other, 'aria-label') || /\S/.test(textContent(other)));
}

function squashed(el: Element, name: string): boolean {
  const value = attr(el, name);
  return value !== null && value.trim() !== '';
}

/** What a walk knows already on its way down, so that roles need not look up the tree again. */
export interface Surroundings {
  readonly table: string;
  readonly part: Part;
  readonly parentRole: string;
}

/** The part of the page that an element is scoped to: headers and footers belong to it, and asides to all but the main part. */
export type Part = 'body' | 'main' | 'section';

export function partOf(tag: string, role: string, around: Part): Part {
  if (around === 'section' || SECTIONING.has(tag) || SECTION_ROLES.has(role)) return 'section';
  return tag === 'main' || role === 'main' ? 'main' : around;
}

function partAround(el: Element, known: Surroundings | undefined): Part {
  if (known) return known.part;
  let part: Part = 'body';
  for (let at = flatParent(el); at; at = flatParent(at)) part = partOf(tagOf(at), attr(at, 'role') ?? '', part);
  return part;
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
      if (type === 'checkbox' && hasAttr(el, 'aria-pressed')) return 'button';
      if (hasAttr(el, 'list') && (role === 'textbox' || role === 'searchbox')) return 'combobox';
      return role;
    }
    case 'select': {
      const multiple = hasAttr(el, 'multiple') || Number(attr(el, 'size') ?? '1') > 1;
      return multiple ? 'listbox' : 'combobox';
    }
    case 'img':
      return attr(el, 'alt') === '' && !hasName(el) ? 'none' : 'img';
    case 'aside':
      return partAround(el, known) === 'section' && !hasName(el) ? '' : 'complementary';
    case 'li': {
      const parent = known ? null : flatParent(el);
      const parentRole = known?.parentRole ?? (parent ? roleOf(parent) : '');
      return parentRole === 'list' || parentRole === 'directory' ? 'listitem' : '';
    }
    case 'header':
      return partAround(el, known) === 'body' ? 'banner' : '';
    case 'footer':
      return partAround(el, known) === 'body' ? 'contentinfo' : '';
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
    const known = Object.hasOwn(BY_MODULE, token) ? BY_MODULE[token] : undefined;
    if (known !== undefined) return known;
    if (!ARIA_ROLES.has(token)) continue;
    // These two are told apart from generic by their name alone.
    if ((token === 'region' || token === 'form') && !hasName(el)) continue;
    return token;
  }
  return '';
}

export function roleOf(el: Element, known?: Surroundings, tag = tagOf(el), { bare, role } = ANY_ATTRIBUTES): string {
  if (bare && (tag === 'div' || tag === 'span')) return '';
  const explicit = role ? explicitRole(el) : '';
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

/**
 * Roles that are named by the text inside as well, but are told with their inside: their name would only say it twice. A
 * snapshot names them so only if there is nothing but text.
 */
export const NAMED_IF_PLAIN = new Set(['cell', 'gridcell', 'columnheader', 'rowheader', 'treeitem', 'row', 'comment']);

/** Roles that WAI-ARIA gives no name, whatever their attributes say. */
export const NAMELESS = new Set([
  '', 'none', 'generic', 'caption', 'code', 'definition', 'deletion', 'emphasis', 'insertion', 'mark', 'paragraph', 'strong',
  'subscript', 'suggestion', 'superscript', 'term', 'time',
]);

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
