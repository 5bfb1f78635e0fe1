// Which labels a field has. It exists because the browser looks through the whole document for each field that is asked: with
// thousands of fields on a page, turning the question round (each label knows its field) takes a hundredth of that.

import { attr, hasAttr, queryAll, rootOf, tagOf } from './dom.ts';
import { duringLook } from './during.ts';
import { CONTROLS } from './roles.ts';

/** What a label stands for; anything else stands for itself. */
export function fieldOf(el: Element): Element {
  return el instanceof HTMLLabelElement && el.control ? el.control : el;
}

export function labelsOf(el: Element): readonly HTMLLabelElement[] {
  const isNative = isNativeField(el);
  if (!isNative && !isCustom(el)) return [];
  const known = duringLook()?.labels;
  // A custom field's own list of its labels is for its class alone.
  if (known === undefined) return isNative ? [...(el.labels ?? [])] : (fieldsOf(rootOf(el)).get(el) ?? []);
  const root = rootOf(el);
  let fields = known.get(root);
  if (!fields) {
    fields = fieldsOf(root);
    known.set(root, fields);
  }
  return fields.get(el) ?? [];
}

type NativeField = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement | HTMLButtonElement | HTMLMeterElement | HTMLProgressElement | HTMLOutputElement;

function isNativeField(el: Element): el is NativeField {
  return el instanceof HTMLInputElement || el instanceof HTMLTextAreaElement || el instanceof HTMLSelectElement ||
    el instanceof HTMLButtonElement || el instanceof HTMLMeterElement || el instanceof HTMLProgressElement || el instanceof HTMLOutputElement;
}

/** An element of the page's own make, which may be a field. */
function isCustom(el: Element): boolean {
  return tagOf(el).includes('-');
}

/**
 * Whether the text of a label is told as the name of its field: if that is to be seen, and has a role that is told with a name.
 * A custom field seldom has one: what is to be named lies inside of it.
 */
export function labelsShownField(label: HTMLLabelElement): boolean {
  const field = label.control;
  if (!(field instanceof HTMLElement) || hasAttr(field, 'aria-label') || hasAttr(field, 'aria-labelledby')) return false;
  if (!isNativeField(field) && !CONTROLS.has(attr(field, 'role') ?? '')) return false;
  return field.checkVisibility({ visibilityProperty: true });
}

function fieldsOf(root: Document | ShadowRoot): Map<Element, HTMLLabelElement[]> {
  const fields = new Map<Element, HTMLLabelElement[]>();
  for (const label of queryAll(root, 'label')) {
    if (!(label instanceof HTMLLabelElement)) continue;
    const field = label.control;
    if (field === null) continue;
    const labels = fields.get(field);
    if (labels) labels.push(label);
    else fields.set(field, [label]);
  }
  return fields;
}
