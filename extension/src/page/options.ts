// Choosing in native lists. It exists because the browser draws their popups outside the page, where no click reaches.

import { describe, inWords } from './describe.ts';
import { isHere } from './dom.ts';
import { AgentError } from './failure.ts';
import { isDisabled } from './states.ts';
import { quoted, squash } from './yaml.ts';

const MAX_LISTED = 40;

/** `present`: the element, or stale_ref where the page has replaced it. */
export function chooseOptions(present: () => Element, values: readonly string[]): string[] {
  const el = present();
  const list = el instanceof HTMLOptionElement ? el.closest('select') : el instanceof HTMLLabelElement ? el.control : el;
  const what = inWords(describe(el));
  if (!(list instanceof HTMLSelectElement)) {
    throw new AgentError('not_actionable', `${what} is no list of the browser’s own, and does not say that it opens one.`, 'If a click on it opens a list, click it, take browser_snapshot, then click the option.');
  }
  if (isDisabled(list)) throw new AgentError('not_actionable', `${what} is disabled.`, 'Do what enables it first, then try again.');
  if (values.length > 1 && !list.multiple) {
    throw new AgentError('invalid_params', `${what} takes one option only, ${values.length} were given.`, 'Give one value.');
  }
  const options = [...list.options];
  const chosen = values.map((value) => find(options, value) ?? unknown(what, options, value));
  for (const option of chosen) {
    if (option.disabled || (option.parentElement instanceof HTMLOptGroupElement && option.parentElement.disabled)) {
      throw new AgentError('not_actionable', `The option ${quoted(squash(option.label))} of ${what} is disabled.`, 'Choose another option.');
    }
  }
  const before = options.map((option) => option.selected);
  list.focus({ preventScroll: true });
  // That took the focus from another field, whose change may have replaced or disabled this one.
  present();
  if (!isHere(list) || isDisabled(list)) throw new AgentError('not_actionable', `The page replaced or disabled ${what} when it got the focus; nothing was chosen.`, 'Take browser_snapshot and try again.');
  if (!list.multiple && chosen[0]) chosen[0].selected = true;
  else for (const option of options) option.selected = chosen.includes(option);
  if (options.some((option, i) => option.selected !== before[i])) {
    list.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
    list.dispatchEvent(new Event('change', { bubbles: true }));
  }
  return chosen.map((option) => squash(option.label));
}

/** By value or label as written, then without blanks around, then whatever the case. */
function find(options: readonly HTMLOptionElement[], wanted: string): HTMLOptionElement | undefined {
  const squashed = squash(wanted);
  const folded = squashed.toLowerCase();
  return (
    options.find((option) => option.label === wanted || option.value === wanted) ??
    options.find((option) => squash(option.label) === squashed || option.value.trim() === squashed) ??
    options.find((option) => squash(option.label).toLowerCase() === folded || option.value.trim().toLowerCase() === folded)
  );
}

function unknown(what: string, options: readonly HTMLOptionElement[], wanted: string): never {
  const labels = options.slice(0, MAX_LISTED).map((option) => quoted(squash(option.label)));
  const more = options.length > MAX_LISTED ? ` and ${options.length - MAX_LISTED} more` : '';
  throw new AgentError('invalid_params', `${what} has no option ${JSON.stringify(wanted)}. Its options: ${labels.join(', ')}${more}.`, 'Give the label or the value of one of these.');
}
