// Whether a press of the mouse lands on the element that it was meant for. It exists because a page may move things between the
// moment when a point is found and the moment when the mouse is pressed there: a press that would land on another element of the
// frame is kept from it. Only listeners that the page itself put on its window, for the capture phase, hear of such a press.

import { asMarkup } from './describe.ts';
import { documentElement, isElementTarget, matches, shadowRootOf, tagOf } from './dom.ts';
import { elementAt, type Point, reaches, slotAt } from './hit.ts';
import type { Landed } from './protocol.ts';

/** What a press consists of. */
const EVENTS = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'auxclick', 'contextmenu', 'dblclick'] as const;
/** With which of them it begins; a page that keeps the first ones to itself leaves the click. */
const BEGINS: ReadonlySet<string> = new Set(['pointerdown', 'mousedown', 'click']);
/** A press that did not come by then does not come; the person's own must not be taken for it. */
const EXPIRES_MS = 3_000;
/** What is pressed in these, another document hears. */
const INNER = /^(?:i?frame|fencedframe|embed|object)$/;
/** Points are rounded on their way through frames. */
const TOLERANCE = 2;

interface Aim {
  readonly el: Element;
  /** What stands for the element on the page: the label of a box that is not drawn. */
  readonly box: Element;
  readonly point: Point;
  readonly until: number;
  outcome: 'waiting' | 'landed' | 'missed';
  instead: string;
  /** How many presses the document had heard before. */
  readonly pressesBefore: number;
  /** It heard of one since. */
  heard: boolean;
  /** It stands in a frame of the element, so that this document hears nothing of the press. */
  readonly isInner: boolean;
  /** What a press elsewhere hit; the person's own, where ours comes as well. */
  strayed: string;
}

export class Landing {
  readonly #onReleased: () => void;
  #aim: Aim | undefined;
  #isListening = false;

  /** `onReleased`: the button of an expected press is up again. */
  constructor(onReleased: () => void) {
    this.#onReleased = onReleased;
  }

  /** The next press at this point is meant for this element. */
  expect(el: Element, box: Element, point: Point): void {
    this.#aim = { el, box, point, until: performance.now() + EXPIRES_MS, outcome: 'waiting', instead: '', pressesBefore: presses(), heard: false, isInner: isInner(point), strayed: '' };
    if (this.#isListening) return;
    this.#isListening = true;
    for (const type of EVENTS) addEventListener(type, (event) => this.#on(event), { capture: true });
  }

  /** What came of it. A press that never came to this frame counts as landed: it may have opened a frame, or a list of Chrome's own. */
  outcome(): Landed {
    const aim = this.#aim;
    this.#aim = undefined;
    const came = aim === undefined || aim.heard || presses() > aim.pressesBefore || aim.isInner || isInner(aim.point);
    return { landed: aim?.outcome !== 'missed', came, instead: aim?.instead ?? '', strayed: aim?.outcome === 'waiting' ? aim.strayed : '' };
  }

  #on(event: Event): void {
    const aim = this.#aim;
    if (aim === undefined || !event.isTrusted || !(event instanceof MouseEvent)) return;
    if (performance.now() > aim.until) {
      this.#aim = undefined;
      return;
    }
    aim.heard = true;
    if (aim.outcome === 'waiting') this.#judge(aim, event);
    if (event.type === 'pointerup') this.#onReleased();
    if (aim.outcome !== 'missed') return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  #judge(aim: Aim, event: MouseEvent): void {
    const { type, clientX, clientY } = event;
    if (!BEGINS.has(type)) return;
    const isIt = Math.abs(clientX - aim.point.x) <= TOLERANCE && Math.abs(clientY - aim.point.y) <= TOLERANCE;
    const hit = elementAt({ x: clientX, y: clientY });
    // Over the text of a slot only the event knows the way into the shadow tree, and of a closed one not even that.
    const [target] = event.composedPath();
    const slot = hit !== null && shadowRootOf(hit)?.mode === 'closed' ? slotAt(hit, { x: clientX, y: clientY }) : null;
    const isOn = [hit, isElementTarget(target) ? target : null, slot].some((at) => at !== null && (reaches(at, aim.el) || reaches(at, aim.box)));
    const what = isOn ? '' : hit === null ? 'nothing' : asMarkup(hit);
    if (isIt) {
      aim.outcome = isOn ? 'landed' : 'missed';
      aim.instead = what;
    } else if (aim.strayed === '') aim.strayed = what;
  }
}

/**
 * How many presses this document has heard, be it elsewhere or by a listener that kept it from all others (Event Timing, section
 * "Performance.eventCounts"; Chrome before 129 stops counting after many slow events).
 */
function presses(): number {
  return performance.eventCounts.get('pointerdown') ?? 0;
}

/** Whether the mouse has ever been over this document. */
export function hasHeardMouse(): boolean {
  return (performance.eventCounts.get('pointerover') ?? 0) > 0;
}

/** Whether this document knows the mouse over itself; over what stands in an element of it, another document knows. */
export function isPointedAt(point: Point): boolean {
  const root = documentElement();
  // Not `:hover` alone, which is for links only in documents of quirks mode (Quirks Mode Standard, section "The :active and :hover quirk").
  return root === null || isInner(point) || matches(root, ':root:hover');
}

function isInner(point: Point): boolean {
  const hit = elementAt(point);
  return hit !== null && INNER.test(tagOf(hit));
}
