// Whether text and keys arrive at the element that they were meant for. It exists because they go to whatever has the focus, and a
// page may move that, replace or disable the element between the moment when it is focused and the moment when the text comes:
// what would arrive elsewhere in this frame is held back. Only listeners that the page itself put on its window, for the capture
// phase, hear of it.

import { activeElement, body, isElementTarget, isHere, isInput, isInside, isTextArea, textContent } from './dom.ts';
import type { Arrived } from './protocol.ts';
import { inputType } from './roles.ts';
import { editContext, isAllEditable, isDisabled, isEditable } from './states.ts';

const EVENTS = ['keydown', 'keypress', 'keyup', 'beforeinput'] as const;
const MODIFIERS: ReadonlySet<string> = new Set(['Alt', 'AltGraph', 'Control', 'Meta', 'Shift']);
/** What did not come by then does not come; the person's own keys must not be taken for it. */
const EXPIRES_MS = 3_000;

/** The element that was meant, and what took the focus for it: itself, an editing host around it, something in it. */
export interface Receiver {
  readonly el: Element;
  readonly holder: Element;
}

interface Aim {
  /** Undefined: what was meant is in another frame, and nothing may arrive in this one. */
  readonly receiver: Receiver | undefined;
  /** How many keys and texts are looked at; what comes later follows the focus wherever the first ones took it. */
  readonly count: number;
  readonly before: string;
  until: number;
  came: number;
  missed: boolean;
  /** A key is down: the text that it types is no arrival of its own. */
  inKey: boolean;
  /** Where the page led on what came after the first. */
  carriedTo: Element | null;
  instead: Element | null;
}

export class Arrival {
  readonly #describe: (el: Element) => string;
  readonly #waiting = new Set<() => void>();
  #aim: Aim | undefined;
  #isListening = false;

  /** `describe`: an element in words, with its ref. */
  constructor(describe: (el: Element) => string) {
    this.#describe = describe;
  }

  /** The next so many keys or texts are meant for this element. */
  expect(receiver: Receiver, count: number): void {
    this.#watch(receiver, count);
  }

  /** From now on another frame has what is meant, or no more; whether something was kept from this one meanwhile. */
  holdBack(isOn: boolean): boolean {
    const aim = this.#aim;
    if (isOn) this.#watch(undefined, 1);
    else if (aim?.receiver === undefined) this.#aim = undefined;
    return aim !== undefined && aim.receiver === undefined && aim.missed;
  }

  #watch(receiver: Receiver | undefined, count: number): void {
    const aim: Aim = { receiver, count, before: contentOf(receiver), until: performance.now() + EXPIRES_MS, came: 0, missed: false, inKey: false, carriedTo: null, instead: null };
    this.#aim = aim;
    // No other event tells of text that comes without keys where the page draws it itself.
    if (receiver !== undefined) editContext(receiver.el)?.addEventListener('textupdate', () => this.#onDrawn(aim), { once: true });
    if (this.#isListening) return;
    this.#isListening = true;
    for (const type of EVENTS) addEventListener(type, (event) => this.#on(event), { capture: true });
  }

  /** What came of it, once so much has come or that time is over. The last one asked ends the watch. */
  async outcome(least: number, waitMs: number): Promise<Arrived> {
    const aim = this.#aim;
    // A document that came in the meantime: what was meant for the one before has led to it.
    if (aim === undefined) return { came: least, missed: false, holds: true, isChanged: true, instead: '', carriedTo: '' };
    if (waitMs > 0 && aim.came < least && !aim.missed) await this.#heard(aim, least, waitMs);
    if (this.#aim === aim && (aim.missed || aim.came >= aim.count || waitMs === 0)) this.#aim = undefined;
    const instead = aim.instead ?? activeElement();
    return {
      came: aim.came, missed: aim.missed, holds: holdsFocus(aim.receiver) && (window.top === window || document.hasFocus()),
      isChanged: contentOf(aim.receiver) !== aim.before,
      instead: this.inWords(instead), carriedTo: this.inWords(aim.carriedTo),
    };
  }

  inWords(el: Element | null): string {
    return el === null || el === body() || !isHere(el) ? '' : this.#describe(el);
  }

  #heard(aim: Aim, least: number, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (aim.came < least && !aim.missed && performance.now() < until) return;
        this.#waiting.delete(look);
        clearTimeout(timer);
        resolve();
      };
      const until = performance.now() + waitMs;
      const timer = setTimeout(look, waitMs + 1);
      this.#waiting.add(look);
    });
  }

  #on(event: Event): void {
    const aim = this.#aim;
    if (aim === undefined || !event.isTrusted) return;
    if (performance.now() > aim.until) {
      this.#aim = undefined;
      return;
    }
    aim.until = performance.now() + EXPIRES_MS;
    if (!aim.missed && aim.came < aim.count) this.#judge(aim, event);
    if (event.type === 'keydown') aim.inKey = true;
    if (event.type === 'keyup') aim.inKey = false;
    for (const look of [...this.#waiting]) look();
    if (!aim.missed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  #onDrawn(aim: Aim): void {
    if (this.#aim !== aim || aim.inKey || aim.missed) return;
    aim.came += 1;
    for (const look of [...this.#waiting]) look();
  }

  #judge(aim: Aim, event: Event): void {
    const isKey = event.type === 'keydown';
    if (!isKey && event.type !== 'beforeinput') return;
    const at = activeElement();
    if (!(holdsFocus(aim.receiver) && isAimedAt(event, at)) && !this.#leadsOn(aim, at)) {
      aim.missed = true;
      aim.instead = at;
      return;
    }
    if (isKey ? !(event instanceof KeyboardEvent && MODIFIERS.has(event.key)) : !aim.inKey) aim.came += 1;
  }

  /** Fields for one digit each take the focus on as they fill; a person who types follows. What is masked stays masked. */
  #leadsOn(aim: Aim, at: Element | null): boolean {
    const { receiver, came } = aim;
    if (receiver === undefined || came === 0 || at === null || !isHere(receiver.el) || !isEditable(at) || isDisabled(at)) return false;
    if (isMasked(receiver.el) && !isMasked(at)) return false;
    if (!isInside(at, receiver.holder)) aim.carriedTo = at;
    return true;
  }
}

function contentOf(receiver: Receiver | undefined): string {
  if (receiver === undefined) return '';
  const { el, holder } = receiver;
  return isInput(el) || isTextArea(el) ? el.value : textContent(holder);
}

function isMasked(el: Element): boolean {
  return isInput(el) && inputType(el) === 'password';
}

/** Whether keys go to the element now. */
export function holdsFocus(receiver: Receiver | undefined): boolean {
  if (receiver === undefined) return false;
  const { el, holder } = receiver;
  if (!isHere(el) || !isHere(holder) || isDisabled(el)) return false;
  const at = activeElement();
  if (isAllEditable()) return at === null || !(at instanceof HTMLIFrameElement);
  return at !== null && isInside(at, holder);
}

/** A page's tree of its own tells only its outermost element to those outside. */
function isAimedAt(event: Event, at: Element | null): boolean {
  const [first] = event.composedPath();
  if (!isElementTarget(first) || at === null) return isAllEditable();
  return isInside(first, at) || isInside(at, first);
}
