// States and values of an element as a snapshot prints them. It exists to have one place where values are made fit to be told.

import { attributesOf } from './attributes.ts';
import { attr, closest, hasAttr, isHtml, isInput, isTextArea, parentNode, tagOf } from './dom.ts';
import { inputType, isEditingHost } from './roles.ts';
import { isSecret } from './secrets.ts';
import { squash } from './yaml.ts';

const MASK = '••••';
/** Answers are cut where they are put together, which says how much is left; this bounds what is compared and sent. */
const MAX_VALUE = 100_000;
/** These may be disabled by what is around them. */
const CAN_BE_DISABLED = new Set(['input', 'button', 'select', 'textarea', 'option', 'fieldset']);

export function isDisabled(el: Element): boolean {
  if (hasAttr(el, 'disabled') || CAN_BE_DISABLED.has(tagOf(el))) {
    if (Element.prototype.matches.call(el, ':disabled')) return true;
  }
  return attr(el, 'aria-disabled') === 'true';
}

function ariaFlag(el: Element, name: string, label: string): string {
  const value = attr(el, name);
  if (value === 'true') return ` [${label}]`;
  return value === 'mixed' ? ` [${label}=mixed]` : '';
}

function checked(el: Element): string {
  if (isInput(el) && !tellsItself(el)) {
    if (inputType(el) === 'checkbox' && el.indeterminate) return ' [checked=mixed]';
    return el.checked ? ' [checked]' : '';
  }
  return ariaFlag(el, 'aria-checked', 'checked');
}

/** As the page tells it. */
export function isChecked(el: Element): boolean {
  return isInput(el) && !tellsItself(el) ? el.checked : attr(el, 'aria-checked') === 'true';
}

/** With a role of its own a box is what the page makes of it: some set back what the browser ticked, and say by ARIA how it stands. */
function tellsItself(el: HTMLInputElement): boolean {
  if (!/^(?:checkbox|radio)$/.test(inputType(el))) return true;
  return hasAttr(el, 'role') && /^(?:true|false|mixed)$/.test(attr(el, 'aria-checked') ?? '');
}

function expanded(el: Element, tag: string): string {
  if (tag === 'summary') {
    const details = parentNode(el);
    return details instanceof HTMLDetailsElement ? (details.open ? ' [expanded]' : ' [expanded=false]') : '';
  }
  const value = attr(el, 'aria-expanded');
  return value === 'true' ? ' [expanded]' : value === 'false' ? ' [expanded=false]' : '';
}

function level(el: Element, tag: string, aria: boolean): string {
  const value = aria ? attr(el, 'aria-level') : null;
  if (value !== null && /^[1-9]\d?$/.test(value)) return ` [level=${value}]`;
  return tag.length === 2 && tag.startsWith('h') ? ` [level=${tag.slice(1)}]` : '';
}

const FIELDS = new Set(['textbox', 'searchbox', 'combobox', 'listbox', 'spinbutton', 'slider', 'checkbox', 'radio', 'switch', 'radiogroup']);
const CHECKED = new Set(['checkbox', 'radio', 'switch', 'menuitemcheckbox', 'menuitemradio', 'option', 'treeitem']);

/** All states but [active], each with a blank in front. */
export function statesOf(el: Element, tag: string, role: string, { bare, states: aria } = attributesOf(el)): string {
  if (role === 'heading') return level(el, tag, aria);
  const native = tag === 'button' || tag === 'input' || tag === 'select' || tag === 'textarea' || tag === 'option' || tag === 'fieldset';
  if (!native && tag !== 'summary' && bare) return '';
  let states = '';
  if (CHECKED.has(role)) states += checked(el);
  if (aria && role === 'button') states += ariaFlag(el, 'aria-pressed', 'pressed');
  if (native ? isDisabled(el) : aria && attr(el, 'aria-disabled') === 'true') states += ' [disabled]';
  if (aria || tag === 'summary') states += expanded(el, tag);
  if (tag === 'option' && el instanceof HTMLOptionElement) states += el.selected ? ' [selected]' : '';
  else if (aria && attr(el, 'aria-selected') === 'true') states += ' [selected]';
  if (aria && isSaid(attr(el, 'aria-current'))) states += ' [current]';
  if (role === 'treeitem') states += level(el, tag, aria);
  if (!bare && FIELDS.has(role)) {
    if (hasAttr(el, 'required') || (aria && attr(el, 'aria-required') === 'true')) states += ' [required]';
    if (hasAttr(el, 'readonly') || (aria && attr(el, 'aria-readonly') === 'true')) states += ' [readonly]';
    if (aria && isSaid(attr(el, 'aria-invalid'))) states += ' [invalid]';
  }
  return states;
}

/** Whether an attribute that may name a kind says anything but no. */
function isSaid(value: string | null): boolean {
  return value !== null && value !== 'false' && value !== '';
}

export function valueOf(el: Element, role: string, tag = tagOf(el)): string {
  switch (tag) {
    case 'input': {
      if (!isInput(el)) break;
      const type = inputType(el);
      if (type === 'checkbox' || type === 'radio' || type === 'submit' || type === 'reset' || type === 'button' || type === 'image') return '';
      if (type === 'range') return rangeValue(el);
      if (type === 'file') return squash([...(el.files ?? [])].map((file) => file.name).join(', '));
      return el.value === '' ? '' : isSecret(el) ? MASK : shorten(el.value);
    }
    case 'textarea':
      if (!isTextArea(el)) break;
      return el.value === '' ? '' : isSecret(el) ? MASK : shorten(el.value);
    case 'select':
      if (!(el instanceof HTMLSelectElement)) break;
      return shorten([...el.selectedOptions].map((option) => squash(option.label)).join(', '));
    case 'progress':
      if (!(el instanceof HTMLProgressElement)) break;
      return el.position < 0 ? '' : `${Math.round(el.position * 100)}%`;
    case 'meter':
      if (!(el instanceof HTMLMeterElement)) break;
      return String(el.value);
  }
  if (role === 'slider' || role === 'spinbutton' || role === 'progressbar' || role === 'meter' || role === 'scrollbar') {
    return squash(attr(el, 'aria-valuetext') ?? attr(el, 'aria-valuenow') ?? '');
  }
  return '';
}

/** What a field holds, to be read: a text of several lines with its lines. */
export function textOf(el: Element): string {
  return isTextArea(el) && !isSecret(el) ? el.value : valueOf(el, '');
}

/** Its words, and the number, which is what can be set. */
function rangeValue(el: HTMLInputElement): string {
  const words = squash(attr(el, 'aria-valuetext') ?? '');
  return words === '' || words === el.value ? el.value : `${shorten(words)} (${el.value})`;
}

/** One line, of bounded length. */
function shorten(value: string): string {
  const line = squash(value);
  return line.length <= MAX_VALUE ? line : `${line.slice(0, MAX_VALUE).toWellFormed()}…`;
}

/** Older editors make a whole document, in a frame, one field. */
export function isAllEditable(): boolean {
  return document.designMode === 'on';
}

/** Newer than the oldest browser that this runs in. */
const editContextOf = Object.getOwnPropertyDescriptor(HTMLElement.prototype, 'editContext')?.get;

/** What hears of the text for an element where the page takes it from the browser and draws it itself, as code editors do. */
export function editContext(el: Element): EventTarget | null {
  const context: unknown = isHtml(el) ? editContextOf?.call(el) : null;
  return context instanceof EventTarget ? context : null;
}

export function isDrawnByPage(el: Element): boolean {
  return editContext(el) !== null;
}

/** What text goes into: a text field or an editing host. */
export function isEditable(el: Element): boolean {
  if (isTextArea(el)) return true;
  if (isInput(el)) return !/^(?:button|submit|reset|image|checkbox|radio|file|hidden)$/.test(inputType(el));
  return isEditingHost(el) || isDrawnByPage(el) || (isHtml(el) && (isAllEditable() || (el.isContentEditable && closest(el, '[contenteditable]') !== null)));
}
