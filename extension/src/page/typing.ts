// An element made ready for the keyboard. It exists because typing goes to what has the focus, and because date, colour and
// range fields take no typed text that would be the same in every language: they are set.

import { holdsFocus, type Receiver } from './arrival.ts';
import { activeElement, attr, body, closest, flatParent, hasAttr, isHere, isHtml, isInput, isInside, isTextArea } from './dom.ts';
import { describe, inWords } from './describe.ts';
import { AgentError } from './failure.ts';
import { fieldOf } from './labels.ts';
import { inputType } from './roles.ts';
import { isAllEditable, isDisabled, isDrawnByPage, isEditable } from './states.ts';

const SET_FORMS: Record<string, { form: string; pattern: RegExp }> = {
  date: { form: 'YYYY-MM-DD, such as 2026-03-31', pattern: /^\d{4,}-\d\d-\d\d$/ },
  time: { form: 'HH:MM or HH:MM:SS in 24 hours, such as 09:30', pattern: /^\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?$/ },
  month: { form: 'YYYY-MM, such as 2026-03', pattern: /^\d{4,}-\d\d$/ },
  week: { form: 'YYYY-Www, such as 2026-W13', pattern: /^\d{4,}-W\d\d$/ },
  'datetime-local': { form: 'YYYY-MM-DDTHH:MM, such as 2026-03-31T09:30', pattern: /^\d{4,}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?$/ },
  color: { form: '#rrggbb, such as #ff8800', pattern: /^#[\da-fA-F]{6}$/ },
  range: { form: 'a number', pattern: /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/ },
};

/** What became of an attempt to give an element the focus. */
export type Readied = 'set' | Receiver | Blocked;

/** The page is in the way, for a moment perhaps. */
export interface Blocked {
  /** 'disabled': it may be enabled again; 'moved': the focus is on another element, or on none. */
  readonly blocked: 'disabled' | 'moved';
  readonly what: string;
  readonly instead: Element | null;
}

/** Fails with stale_ref once the element is gone: asked again after whatever runs a listener of the page. */
export type Present = () => Element;

export function prepareTyping(present: Present, text: string, replace: boolean): Readied {
  const target = fieldOf(present());
  const what = inWords(describe(target));
  if (isInput(target) && inputType(target) === 'file') {
    throw new AgentError('unsupported', `${what} takes files, not text.`, 'Use browser_file_upload for it.');
  }
  if (!isHtml(target) || !isEditable(target)) {
    const next = target instanceof HTMLSelectElement ? 'Use browser_select_option.' : 'Use the ref of a text field, or browser_press_key to press keys wherever the focus is.';
    throw new AgentError('not_actionable', `${what} is not a field that text can be typed into.`, next);
  }
  if (isDisabled(target)) return { blocked: 'disabled', what, instead: null };
  if (hasAttr(target, 'readonly') || attr(target, 'aria-readonly') === 'true') {
    throw new AgentError('not_actionable', `${what} is read-only.`, 'Look for another way to change it: a button beside it, or a picker that opens on click.');
  }
  if (isInput(target)) {
    const forms = SET_FORMS[inputType(target)];
    if (forms) return setValue(target, present, text, forms, what);
    // Chrome would leave out what is no part of a number: 15 for "1,5".
    if (inputType(target) === 'number' && !isNumber((replace ? '' : target.value) + text.trim())) {
      throw new AgentError('invalid_params', `${what} is a number field and does not take ${JSON.stringify(text)}.`, 'Give its text as digits with a point for decimals, such as 1.5 or -20.');
    }
  }
  const holder = focus(target);
  if (fieldOf(present()) === target && !isDisabled(target)) {
    if (replace) selectAll(target);
    else caretToEnd(target);
  }
  return readied(present, target, holder, what);
}

/** Gives the focus to an element for keys: to itself, or to what around it takes the focus, as a click on it would. */
export function focusOn(present: Present): Readied {
  const target = fieldOf(present());
  const what = inWords(describe(target));
  if (isDisabled(target)) return { blocked: 'disabled', what, instead: null };
  if (isHtml(target) && isEditable(target)) {
    const holder = focus(target);
    if (fieldOf(present()) === target && !isDisabled(target)) caretToEnd(target);
    return readied(present, target, holder, what);
  }
  const before = activeElement();
  if (before !== null && before !== body() && isInside(before, target)) return { el: target, holder: target };
  for (let at: Element | null = target; at !== null && at !== body(); at = flatParent(at)) {
    if (isHtml(at)) HTMLElement.prototype.focus.call(at, { preventScroll: true });
    else if (at instanceof SVGElement) SVGElement.prototype.focus.call(at, { preventScroll: true });
    present();
    const now = activeElement();
    if (now === at || (now !== null && now !== before && isInside(now, at))) return readied(present, target, at, what);
    // Not that it takes no focus: the page took it away again.
    if (now !== before && now !== null && now !== body()) return { blocked: 'moved', what, instead: now };
  }
  throw new AgentError('not_actionable', `${what} cannot have the focus, and nothing around it can.`, 'Press the key without ref: it goes to what has the focus. browser_click may give it to something in the element.');
}

export function leave(el: Element): boolean {
  const at = activeElement();
  if (!isHtml(at) || !isInside(at, fieldOf(el))) return false;
  HTMLElement.prototype.blur.call(at);
  return true;
}

function isNumber(text: string): boolean {
  return text === '' || /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text);
}

/** Whether the page left the focus where it was put. */
function readied(present: Present, el: Element, holder: Element, what: string): Receiver | Blocked {
  if (fieldOf(present()) !== el || !isHere(el)) return { blocked: 'moved', what, instead: activeElement() };
  if (isDisabled(el)) return { blocked: 'disabled', what, instead: null };
  const receiver = { el, holder };
  return holdsFocus(receiver) ? receiver : { blocked: 'moved', what, instead: activeElement() };
}

/** What is to have the focus then. */
function focus(target: HTMLElement): Element {
  if (isAllEditable() && !('select' in target)) {
    window.focus();
    return target;
  }
  if (!target.isContentEditable) {
    target.focus({ preventScroll: true });
    return target;
  }
  // Of editing hosts in one another only the outermost takes the focus, unless the inner one is made to by itself.
  const host = isDrawnByPage(target) ? target : closest(target, '[contenteditable]:not([contenteditable="false"])');
  if (isHtml(host)) host.focus({ preventScroll: true });
  const at = activeElement();
  return at !== null && isHtml(at) && at.isContentEditable && isInside(target, at) ? at : (host ?? target);
}

function selectAll(target: HTMLElement): void {
  if (isInput(target) || isTextArea(target)) target.select();
  else placeRange(target, false);
}

function caretToEnd(target: HTMLElement): void {
  if (isInput(target) || isTextArea(target)) {
    const end = target.value.length;
    try {
      target.setSelectionRange(end, end);
    } catch {
      // Number and e-mail fields let no script ask for their caret; it moves all the same.
      getSelection()?.modify('move', 'forward', 'documentboundary');
    }
  } else placeRange(target, true);
}

function placeRange(target: HTMLElement, atEnd: boolean): void {
  const range = document.createRange();
  range.selectNodeContents(target);
  if (atEnd) range.collapse(false);
  const selection = getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}

function setValue(target: HTMLInputElement, present: Present, text: string, forms: { form: string; pattern: RegExp }, what: string): 'set' | Blocked {
  const wanted = text.trim();
  const wrong = (): AgentError =>
    new AgentError('invalid_params', `${what} is a ${inputType(target)} field and does not take ${JSON.stringify(text)}.`, `Give its text as ${forms.form}.`);
  const mayBeEmpty = inputType(target) !== 'color' && inputType(target) !== 'range';
  if (!forms.pattern.test(wanted) && !(wanted === '' && mayBeEmpty)) throw wrong();
  target.focus({ preventScroll: true });
  if (fieldOf(present()) !== target || !isHere(target)) return { blocked: 'moved', what, instead: activeElement() };
  if (isDisabled(target)) return { blocked: 'disabled', what, instead: null };
  const before = target.value;
  // In this world the property is the browser's own: frameworks that watch theirs see the event and a value they did not set.
  target.value = wanted;
  if (wanted !== '' && target.value === '') {
    target.value = before;
    throw wrong();
  }
  if (target.value === before) return 'set';
  target.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true, inputType: 'insertReplacementText' }));
  target.dispatchEvent(new Event('change', { bubbles: true }));
  return 'set';
}
