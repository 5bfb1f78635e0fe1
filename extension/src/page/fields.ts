// What kind of field an element is, what it holds, and what belongs to it: the radio of a group, the options of a list that the
// page made itself, the button that sends its form. It exists so that a form can be filled by refs and plain values.

import { attr, body, byIds, closest, flatParent, hasAttr, queryAll, rootOf, shadowRootOf, tagOf, textContent } from './dom.ts';
import { describe } from './describe.ts';
import type { FieldFacts, OptionFacts } from './protocol.ts';
import { inputType, roleOf } from './roles.ts';
import { isChecked, isDisabled, isEditable } from './states.ts';
import { squash } from './yaml.ts';

export type RefOf = (el: Element) => string;

const TICKED = new Set(['checkbox', 'switch', 'menuitemcheckbox']);
const OPTION_ROLES = '[role="option"],[role="menuitemradio"],[role="treeitem"]';
const MAX_OPTIONS = 500;

export function fieldFacts(named: Element, wanted: string | undefined, refOf: RefOf): FieldFacts {
  const el = named instanceof HTMLLabelElement && named.control ? named.control : named;
  const role = roleOf(el);
  if (isRadio(el)) return radioFacts(el, wanted, refOf);
  if (role === 'radiogroup' || el instanceof HTMLFieldSetElement) return radioFacts(radiosIn(el)[0] ?? null, wanted, refOf, el);
  if (el instanceof HTMLSelectElement) return { control: 'list' };
  if (el instanceof HTMLInputElement && inputType(el) === 'file') return { control: 'file', multiple: el.multiple || hasAttr(el, 'webkitdirectory') };
  if ((el instanceof HTMLInputElement && inputType(el) === 'checkbox') || TICKED.has(role)) return { control: 'check', checked: isChecked(el) };
  if (el instanceof HTMLInputElement && el.list !== null) return suggestions(el.list, wanted);
  if (isEditable(el)) return { control: isPopup(el, role) ? 'filter' : 'text', isEmpty: isEmpty(el) };
  return { control: isPopup(el, role) ? 'popup' : 'other' };
}

function isEmpty(el: Element): boolean {
  return el instanceof HTMLInputElement || el instanceof HTMLTextAreaElement ? el.value === '' : squash(textContent(el)) === '';
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

/** As written, then without blanks around, then whatever the case, then the only one that begins so. */
function best<T>(all: readonly T[], wanted: string, namesOf: (one: T) => readonly string[]): T | undefined {
  const squashed = squash(wanted);
  const folded = squashed.toLowerCase();
  const rules: ((name: string) => boolean)[] = [(name) => name === wanted, (name) => squash(name) === squashed, (name) => squash(name).toLowerCase() === folded];
  for (const rule of rules) {
    const found = all.find((one) => namesOf(one).some(rule));
    if (found !== undefined) return found;
  }
  const begun = all.filter((one) => namesOf(one).some((name) => squash(name).toLowerCase().startsWith(folded)));
  return folded !== '' && begun.length === 1 ? begun[0] : undefined;
}

/** The options that are to be seen now, of the list that belongs to this element or, if it names none, of any open list. */
export function openOptions(el: Element, wanted: string, refOf: RefOf): OptionFacts {
  const { own, seen } = shownOptions(el);
  const labels = seen.slice(0, MAX_OPTIONS).map((option) => describe(option).name || squash(option.textContent));
  const pick = best(seen.map((option, i) => ({ option, label: labels[i] ?? '' })), wanted, ({ option, label }) => [label, attr(option, 'data-value') ?? attr(option, 'value') ?? '']);
  const isOpen = own.length > 0 || attr(el, 'aria-expanded') === 'true';
  if (pick === undefined) return { own: isOpen, labels };
  return {
    own: isOpen, labels, pick: refOf(pick.option), label: pick.label,
    selected: attr(pick.option, 'aria-selected') === 'true' || attr(pick.option, 'aria-checked') === 'true',
    disabled: isDisabled(pick.option),
  };
}

function shownOptions(el: Element): { own: readonly Element[]; seen: Element[] } {
  const lists = ['aria-controls', 'aria-owns'].flatMap((name) => byIds(el, attr(el, name) ?? ''));
  const inOwn = roleOf(el) === 'listbox' ? [el] : lists;
  const own = inOwn.flatMap((list) => optionsIn(list));
  const all = own.length > 0 ? own : everyOption();
  return { own, seen: all.filter((option) => Element.prototype.checkVisibility.call(option, { visibilityProperty: true, opacityProperty: true })) };
}

/** Long lists hold only the options that are in view. */
export function scrollOptions(el: Element, to: 'start' | 'next'): boolean {
  const isRoom = (one: Element): boolean => one.scrollHeight > one.clientHeight + 1 && /^(?:auto|scroll|overlay)$/.test(getComputedStyle(one).overflowY);
  let box: Element | null = shownOptions(el).seen[0] ?? null;
  while (box !== null && !isRoom(box)) box = flatParent(box);
  if (box === null || box === body()) return false;
  const before = box.scrollTop;
  box.scrollTop = to === 'start' ? 0 : before + Math.max(1, box.clientHeight * 0.9);
  return box.scrollTop !== before;
}

function optionsIn(root: Document | ShadowRoot | Element): Element[] {
  const found = queryAll(root, OPTION_ROLES);
  for (const el of queryAll(root, '*')) {
    const shadow = shadowRootOf(el);
    if (shadow) found.push(...optionsIn(shadow));
  }
  return found;
}

function everyOption(): Element[] {
  return body() === null ? [] : optionsIn(document);
}

/** The button that a person would press to send the form of this field; '' if it has none. */
export function submitButton(el: Element, refOf: RefOf): string {
  const field = el instanceof HTMLLabelElement && el.control ? el.control : el;
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
