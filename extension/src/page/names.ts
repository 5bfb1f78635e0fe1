// The accessible name of an element by the rules of the W3C: accname 1.2 for the order (its steps stand beside the code), and
// HTML-AAM and SVG-AAM for what each tag offers of its own. It exists apart from the walk because names reach across the tree.

import { type Attributes, ANY_ATTRIBUTES, attributesOf } from './attributes.ts';
import { attr, byId, byIds, eachFlatChild, firstChild, hasAttr, isElement, isText, labellersOf, nextSibling, shadowRootOf, tagOf, textContent } from './dom.ts';
import { duringLook } from './during.ts';
import { generatedText, generates } from './generated.ts';
import { labelsOf } from './labels.ts';
import { inputType, isEditingHost, NAMED_BY_TEXT, NAMED_IF_PLAIN, NAMELESS, roleOf } from './roles.ts';
import { isSecret } from './secrets.ts';
import { type Facts, type Look, lookOf, MAX_UNSEEN_NAME, noFacts, showsText, type Unseen } from './visibility.ts';
import { squash } from './yaml.ts';

const SILENT = new Set(['script', 'style', 'noscript', 'template', 'head', 'datalist', 'desc', 'metadata', 'defs']);
/** Tags that HTML gives no name of its own. */
const UNNAMED = new Set('a article aside caption dd div dt footer h1 h2 h3 h4 h5 h6 header label li main nav ol p section span tbody td tfoot th thead tr ul'.split(' '));
/** Tags that may hold a value. */
const VALUED = new Set(['input', 'textarea', 'select', 'progress', 'meter']);
const RANGES = new Set(['slider', 'spinbutton', 'progressbar', 'meter', 'scrollbar']);
const MAX_NAME = 1000;
const MAX_DEPTH = 100;

/** How a computation came to where it is. */
interface Way {
  /** Through aria-labelledby, which is followed once only (2B). */
  readonly referred: boolean;
  /** The element that the computation began with is hidden itself: then so may be what is inside (2A). */
  readonly hidden: boolean;
  /** Elements whose names are under way: a label that leads back to them adds nothing. */
  readonly under: readonly Element[];
}

const STRAIGHT: Way = { referred: false, hidden: false, under: [] };

/** The whole computation. `facts` are those of the element's own styles, where a walk has read them. */
export function nameOf(el: Element, tag: string, role: string, facts?: Facts): string {
  if (NAMELESS.has(role)) return '';
  const given = givenName(el, tag);
  if (given !== '') return given;
  const text = NAMED_BY_TEXT.has(role) || NAMED_IF_PLAIN.has(role) ? contentName(el, facts) : '';
  return text === '' ? lastName(el, tag) : text;
}

/** The name that the page gives apart from the text inside (2B, 2D, 2E); '' if there is none. */
export function givenName(el: Element, tag: string, { label } = attributesOf(el)): string {
  if (!label) return UNNAMED.has(tag) ? '' : cut(nativeName(el, tag, STRAIGHT));
  return cut(given(el, tag, STRAIGHT, false));
}

/** The text inside, as it names an element (2F). */
export function contentName(el: Element, facts?: Facts): string {
  const name = squash(plainText(el) ?? textInside(el, STRAIGHT, facts));
  return cut(name);
}

/** What is left when nothing else names it (2I): its title, and what a field shows while it is empty. */
export function lastName(el: Element, tag: string, { bare } = attributesOf(el)): string {
  if (bare) return '';
  const title = squash(attr(el, 'title') ?? '');
  if (title !== '') return cut(title);
  const hint = tag === 'input' || tag === 'textarea' ? attr(el, 'placeholder') : null;
  return cut(squash(hint ?? attr(el, 'aria-placeholder') ?? ''));
}

export function cut(text: string): string {
  return text.length <= MAX_NAME ? text : `${text.slice(0, MAX_NAME).toWellFormed()}…`;
}

/** Nothing but one text inside and nothing painted around it: the usual button, link and heading. */
function plainText(el: Element): string | null {
  const first = firstChild(el);
  if (first === null || !isText(first) || nextSibling(first) !== null || shadowRootOf(el) !== null || hasAttr(el, 'aria-owns')) return null;
  // A long one is worth a look at whether anybody can see it.
  return first.data.length > MAX_UNSEEN_NAME || generates(el) ? null : first.data;
}

function given(el: Element, tag: string, way: Way, recursing: boolean): string {
  const ids = way.referred ? null : attr(el, 'aria-labelledby');
  if (ids !== null) {
    const name = squash(labellersOf(el, ids).map((other) => referred(other, { ...way, under: [...way.under, el] })).join(' '));
    if (name !== '') return name;
  }
  // Within the name of another, a field says what is in it (2C) rather than what it is called.
  const value = recursing || way.referred ? embeddedValue(el, way) : null;
  if (value !== null) return value;
  const label = squash(attr(el, 'aria-label') ?? '');
  if (label !== '') return label;
  return UNNAMED.has(tag) ? '' : nativeName(el, tag, way);
}

/** What an element that aria-labelledby points to adds: by its own name or by its text, and also if it is hidden. */
function referred(el: Element, way: Way): string {
  const tag = tagOf(el);
  const inner: Way = { referred: true, hidden: isHidden(el), under: way.under };
  return given(el, tag, inner, false) || squash(textInside(el, inner)) || lastName(el, tag);
}

function isHidden(el: Element): boolean {
  if (duringLook()?.looks.get(el)?.visible === true) return false;
  return !Element.prototype.checkVisibility.call(el, { visibilityProperty: true }) || Element.prototype.closest.call(el, '[aria-hidden="true"]') !== null;
}

/** The text inside, blanks where blocks begin and end; what is hidden is left out, unless all of it is. */
export function textInside(el: Element, way: Way = STRAIGHT, facts?: Facts): string {
  const parts: string[] = [];
  collectChildren(el, facts ?? lookAgain(el, tagOf(el), noFacts(), '')?.facts ?? noFacts(), '', true, way, parts, 0);
  return parts.join('');
}

/** As the walk saw it, if it has been here. */
function lookAgain(el: Element, tag: string, around: Facts, unseen: Unseen): Look | null {
  return (unseen === '' ? duringLook()?.looks.get(el) : undefined) ?? lookOf(el, tag, around, unseen);
}

function collectChildren(el: Element, facts: Facts, unseen: Unseen, visible: boolean, way: Way, parts: string[], depth: number): void {
  if (depth > MAX_DEPTH) return;
  const generated = generates(el);
  if (generated) parts.push(generatedText(el, '::before'));
  eachFlatChild(el, shadowRootOf(el), (child) => {
    if (isElement(child)) collect(child, facts, unseen, way, parts, depth + 1);
    else if (visible && isText(child) && (way.hidden || showsText(el, facts, unseen, child.data))) parts.push(child.data);
  });
  const owned = attr(el, 'aria-owns');
  if (owned !== null) {
    const inner = { ...way, under: [...way.under, el] };
    for (const other of byIds(el, owned)) {
      parts.push(' ');
      collect(other, facts, unseen, inner, parts, depth + 1);
    }
  }
  if (generated) parts.push(generatedText(el, '::after'));
}

function collect(el: Element, around: Facts, unseen: Unseen, way: Way, parts: string[], depth: number): void {
  const tag = tagOf(el);
  if (SILENT.has(tag) || way.under.includes(el)) return;
  if (tag === 'br') {
    parts.push(' ');
    return;
  }
  const look = lookAgain(el, tag, around, unseen);
  if (!way.hidden && (look === null || !look.visible || attr(el, 'aria-hidden') === 'true')) {
    // What is made visible again inside of what is not still counts.
    if (look !== null && !look.visible) collectChildren(el, look.facts, look.unseen, false, way, parts, depth);
    return;
  }
  const facts = look?.facts ?? noFacts();
  const blank = (facts.display === 'inline' && tag !== 'iframe') || facts.display === 'contents' ? '' : ' ';
  const name = inner(el, tag, way, look?.facts.attributes ?? ANY_ATTRIBUTES);
  if (name !== '') {
    parts.push(blank, name, blank);
    return;
  }
  const before = parts.length;
  parts.push(blank);
  if (!isField(el, tag)) collectChildren(el, facts, look?.unseen ?? '', true, way, parts, depth);
  if (!parts.slice(before).some((part) => /\S/.test(part))) parts.push(squash(attr(el, 'title') ?? ''));
  parts.push(blank);
}

/** What an element inside adds before its text is looked at. */
function inner(el: Element, tag: string, way: Way, attributes: Attributes): string {
  return attributes.bare && !VALUED.has(tag) ? (UNNAMED.has(tag) ? '' : nativeName(el, tag, way)) : given(el, tag, way, true);
}

function isField(el: Element, tag: string): boolean {
  return tag === 'input' || tag === 'textarea' || tag === 'select' || (tag === 'iframe' && el instanceof HTMLIFrameElement);
}

/** 2C; null if it is no field that has a value. */
function embeddedValue(el: Element, way: Way): string | null {
  if (el instanceof HTMLInputElement) {
    const type = inputType(el);
    if (/^(?:checkbox|radio|button|submit|reset|image|file)$/.test(type)) return null;
    if (type === 'range') return squash(attr(el, 'aria-valuetext') ?? '') || el.value;
    return type === 'hidden' || isSecret(el) ? '' : squash(el.value);
  }
  if (el instanceof HTMLTextAreaElement) return isSecret(el) ? '' : squash(el.value);
  if (el instanceof HTMLSelectElement) return squash([...el.selectedOptions].map((option) => option.label).join(' '));
  if (el instanceof HTMLProgressElement || el instanceof HTMLMeterElement) return String(el.value);
  if (!hasAttr(el, 'role') && !isEditingHost(el)) return null;
  const role = roleOf(el);
  if (role === 'textbox' || role === 'searchbox') return squash(textInside(el, way));
  if (RANGES.has(role)) return squash(attr(el, 'aria-valuetext') ?? attr(el, 'aria-valuenow') ?? '');
  if (role === 'listbox') return chosen(el, way);
  if (role !== 'combobox') return null;
  const list = byId(el, attr(el, 'aria-controls') ?? attr(el, 'aria-owns') ?? '');
  const options = list === null ? chosen(el, way) : chosen(list, way);
  return options === '' ? squash(textInside(el, way)) : options;
}

function chosen(list: Element, way: Way): string {
  const options = Element.prototype.querySelectorAll.call(list, '[aria-selected="true"]');
  return squash([...options].map((option) => attr(option, 'aria-label') ?? textInside(option, way)).join(' '));
}

function childText(el: Element, tag: string, way: Way): string {
  for (let child = firstChild(el); child; child = nextSibling(child)) {
    if (isElement(child) && tagOf(child) === tag) return squash(referred(child, { ...way, under: [...way.under, el] }));
  }
  return '';
}

function labelsText(el: Element, way: Way): string {
  const labels = labelsOf(el);
  if (labels.length === 0) return '';
  const inner = { ...way, under: [...way.under, el] };
  return squash(labels.map((label) => labelText(label, inner)).join(' '));
}

function labelText(label: Element, way: Way): string {
  const inner: Way = { referred: way.referred, hidden: isHidden(label), under: way.under };
  return squash(attr(label, 'aria-label') ?? '') || (plainText(label) ?? textInside(label, inner));
}

export function svgTitle(svg: Element): string {
  for (let child = firstChild(svg); child; child = nextSibling(child)) {
    if (isElement(child) && tagOf(child) === 'title') return squash(textContent(child));
  }
  return '';
}

function nativeName(el: Element, tag: string, way: Way): string {
  switch (tag) {
    case 'input': {
      const label = labelsText(el, way);
      if (label !== '' || !(el instanceof HTMLInputElement)) return label;
      const type = inputType(el);
      if (type === 'button' || type === 'submit' || type === 'reset') {
        const value = squash(el.value);
        return value !== '' ? value : type === 'submit' ? 'Submit' : type === 'reset' ? 'Reset' : '';
      }
      return type === 'image' ? squash(attr(el, 'alt') ?? '') || squash(attr(el, 'title') ?? '') || 'Submit' : '';
    }
    case 'button':
    case 'textarea':
    case 'select':
    case 'meter':
    case 'progress':
    case 'output':
      return labelsText(el, way);
    case 'img':
    case 'area':
      return squash(attr(el, 'alt') ?? '');
    case 'fieldset':
      return childText(el, 'legend', way);
    case 'table':
      return childText(el, 'caption', way);
    case 'figure':
      return childText(el, 'figcaption', way);
    case 'svg':
    case 'g':
    case 'path':
    case 'text':
      return svgTitle(el);
    case 'optgroup':
    case 'option':
      return squash(attr(el, 'label') ?? '');
    case 'iframe':
    case 'frame':
      return squash(attr(el, 'title') ?? attr(el, 'name') ?? '');
    default:
      return tag.includes('-') ? labelsText(el, way) : '';
  }
}
