// What kind of field an element is, what it holds, and what belongs to it: the radio of a group, the button that
// sends its form. It exists so that a form can be filled by refs and plain values.

import { attr, closest, hasAttr, queryAll, rootOf, tagOf, textContent } from './dom.ts';
import { describe } from './describe.ts';
import { fieldOf } from './labels.ts';
import { best, type RefOf } from './match.ts';
import type { FieldFacts } from './protocol.ts';
import { inputType, roleOf } from './roles.ts';
import { isChecked, isDisabled, isEditable } from './states.ts';
import { squash } from './yaml.ts';

const TICKED = new Set(['checkbox', 'switch', 'menuitemcheckbox']);
const MAX_OPTIONS = 500;
const SEARCHES = /^(?:q|query|s|wd|keywords?|(?:site|global|nav|main|header)?[-_]?search(?:[-_]?(?:query|terms?|text|string|field|input|box|bar))?)$/i;
const SEARCH_ADDRESS = /\bsearch\b/i;

export function fieldFacts(named: Element, wanted: string | undefined, refOf: RefOf): FieldFacts {
  const el = fieldOf(named);
  const role = roleOf(el);
  if (isRadio(el)) return radioFacts(el, wanted, refOf);
  if (role === 'radiogroup' || el instanceof HTMLFieldSetElement) return radioFacts(radiosIn(el)[0] ?? null, wanted, refOf, el);
  if (el instanceof HTMLSelectElement) return { control: 'list' };
  if (el instanceof HTMLInputElement && inputType(el) === 'file') return { control: 'file', multiple: el.multiple || hasAttr(el, 'webkitdirectory') };
  if ((el instanceof HTMLInputElement && inputType(el) === 'checkbox') || TICKED.has(role)) return { control: 'check', checked: isChecked(el) };
  if (el instanceof HTMLInputElement && el.list !== null) return suggestions(el.list, wanted);
  const opens = isPopup(el, role);
  // Nothing can be typed into it: it only shows what was chosen.
  if (opens && isReadOnly(el)) return { control: 'popup' };
  if (isEditable(el)) return { control: opens ? 'filter' : 'text', isSearch: opens && isSearch(el, role), ...holding(el, wanted) };
  return { control: opens ? 'popup' : 'other' };
}

function isReadOnly(el: Element): boolean {
  return (el instanceof HTMLInputElement || el instanceof HTMLTextAreaElement) && el.readOnly;
}

/** Pages put blanks, dots and capitals into what was typed, which is the same text still. */
function holding(el: Element, wanted: string | undefined): { isEmpty: boolean; holds: boolean } {
  const held = squash(el instanceof HTMLInputElement || el instanceof HTMLTextAreaElement ? el.value : textContent(el));
  const bare = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
  return { isEmpty: held === '', holds: held !== '' && wanted !== undefined && bare(held) === bare(wanted) };
}

/** Its suggestions are other searches, or lead to what was found. The type says nothing: lists that are only filtered have it too. */
function isSearch(el: Element, role: string): boolean {
  if (role === 'searchbox' || attr(el, 'enterkeyhint') === 'search' || closest(el, '[role="search"],search') !== null) return true;
  return ['name', 'id'].some((key) => SEARCHES.test(attr(el, key) ?? '')) || SEARCH_ADDRESS.test(attr(closest(el, 'form') ?? el, 'action') ?? '');
}

function suggestions(list: HTMLElement, wanted: string | undefined): FieldFacts {
  const all = queryAll(list, 'option').filter((one) => one instanceof HTMLOptionElement && !one.disabled);
  const namesOf = (one: Element): string[] => (one instanceof HTMLOptionElement ? [one.value, one.label] : []);
  const pick = wanted === undefined ? undefined : best(all, wanted, namesOf);
  if (pick instanceof HTMLOptionElement) return { control: 'suggest', pick: pick.value };
  return { control: 'suggest', options: all.slice(0, MAX_OPTIONS).flatMap((one) => namesOf(one)[0] ?? []) };
}

function isPopup(el: Element, role: string): boolean {
  const popup = attr(el, 'aria-haspopup');
  return role === 'combobox' || role === 'listbox' || popup === 'listbox' || popup === 'tree';
}

function isRadio(el: Element): boolean {
  return (el instanceof HTMLInputElement && inputType(el) === 'radio') || roleOf(el) === 'radio' || roleOf(el) === 'menuitemradio';
}

function radiosIn(group: Element): Element[] {
  return queryAll(group, 'input[type="radio"],[role="radio"]');
}

/** `wanted`: the label or the value of one of the group; undefined: this very one. */
function radioFacts(radio: Element | null, wanted: string | undefined, refOf: RefOf, group?: Element): FieldFacts {
  if (radio === null) return { control: 'other' };
  if (wanted === undefined) return group === undefined ? { control: 'radio', checked: isChecked(radio) } : { control: 'group', options: labelsOf(radiosIn(group)) };
  const all = group === undefined ? groupOf(radio) : radiosIn(group);
  const pick = best(all, wanted, (one) => [describe(one).name, one instanceof HTMLInputElement ? one.value : (attr(one, 'data-value') ?? '')]);
  if (pick === undefined) return { control: 'radio', checked: isChecked(radio), options: labelsOf(all) };
  return { control: 'radio', checked: isChecked(pick), pick: refOf(pick) };
}

function labelsOf(all: readonly Element[]): string[] {
  return all.slice(0, MAX_OPTIONS).map((one) => describe(one).name);
}

function groupOf(radio: Element): Element[] {
  if (radio instanceof HTMLInputElement && radio.name !== '') {
    const scope = radio.form ?? rootOf(radio);
    return queryAll(scope, 'input[type="radio"]').filter((one) => one instanceof HTMLInputElement && one.name === radio.name && one.form === radio.form);
  }
  const group = closest(radio, '[role="radiogroup"],fieldset');
  return group === null ? [radio] : radiosIn(group);
}

/** The button that a person would press to send the form of this field; '' if it has none. */
export function submitButton(el: Element, refOf: RefOf): string {
  const field = fieldOf(el);
  const owner: unknown = field instanceof HTMLElement ? Reflect.get(field, 'form') : null;
  const form = owner instanceof HTMLFormElement ? owner : closest(field, 'form,[role="form"]');
  if (form === null) return '';
  const inside = queryAll(form, 'button,input');
  const outside = attr(form, 'id') === null ? [] : queryAll(rootOf(form), `[form="${CSS.escape(attr(form, 'id') ?? '')}"]`);
  const sends = [...inside, ...outside].find((one) => {
    if (isDisabled(one) || !Element.prototype.checkVisibility.call(one)) return false;
    if (one instanceof HTMLButtonElement) return one.type === 'submit';
    return one instanceof HTMLInputElement && /^(?:submit|image)$/.test(inputType(one)) && tagOf(one) === 'input';
  });
  return sends === undefined ? '' : refOf(sends);
}
