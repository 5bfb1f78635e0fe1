// Which labels a field has. It exists because the browser looks through the whole document for each field that is asked: with
// thousands of fields on a page, turning the question round (each label knows its field) takes a hundredth of that.

import { queryAll, rootOf } from './dom.ts';
import { duringLook } from './during.ts';

export function labelsOf(el: Element): readonly HTMLLabelElement[] {
  if (
    !(el instanceof HTMLInputElement || el instanceof HTMLTextAreaElement || el instanceof HTMLSelectElement ||
      el instanceof HTMLButtonElement || el instanceof HTMLMeterElement || el instanceof HTMLProgressElement ||
      el instanceof HTMLOutputElement)
  ) {
    return [];
  }
  const known = duringLook()?.labels;
  if (known === undefined) return [...(el.labels ?? [])];
  const root = rootOf(el);
  let fields = known.get(root);
  if (!fields) {
    fields = fieldsOf(root);
    known.set(root, fields);
  }
  return fields.get(el) ?? [];
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
