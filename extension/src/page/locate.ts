// From a ref or selector to a point that is safe to act on. It exists so that input goes to the element that was meant, when
// it is ready, or fails naming what stood in the way.

import type { Activity } from './activity.ts';
import { motionOf, nextFrame, painted } from './activity.ts';
import { closest, hasAttr, isHere, rectOf } from './dom.ts';
import { asMarkup, describe, inWords, labelOf } from './describe.ts';
import { AgentError } from './failure.ts';
import { frameElement } from './frames.ts';
import { picturesOf, pointsOn } from './image-map.ts';
import { elementAt, type Point, pointsIn, reaches, slotAt } from './hit.ts';
import { hasHeardMouse, type Landing } from './landing.ts';
import { boxAround, mapOf } from './geometry.ts';
import { offer } from './offer.ts';
import { ownPart } from './own-cover.ts';
import type { Located, LocateRequest, Projected, ProjectRequest, Purpose, Rect } from './protocol.ts';
import type { Refs } from './refs.ts';
import { inputType } from './roles.ts';
import { onlyMatch } from './select.ts';
import { isDisabled, isEditable } from './states.ts';
import { isClippedAway } from './visibility.ts';

const ALIGNMENTS: readonly ScrollLogicalPosition[] = ['center', 'end', 'start'];

/** What keeps an element from being acted on. */
interface Obstacle {
  readonly message: string;
  readonly next: string;
}

/** Where an element can be acted on. */
interface Aimed {
  readonly point: Point;
  readonly box: Element;
}

export class Locator {
  readonly #refs: Refs;
  readonly #activity: Activity;
  readonly #landing: Landing;
  readonly #prefix: string;
  readonly #similar: (label: string) => string[];
  readonly #cancelled = new Set<string>();

  constructor(refs: Refs, activity: Activity, landing: Landing, prefix: string, similar: (label: string) => string[]) {
    this.#refs = refs;
    this.#activity = activity;
    this.#landing = landing;
    this.#prefix = prefix;
    this.#similar = similar;
  }

  cancel(ticket: string): boolean {
    this.#cancelled.add(ticket);
    return true;
  }

  /** The element of a ref of this frame; stale_ref if it is gone. */
  present(ref: string): Element {
    const el = this.#refs.find(ref);
    if (el) return el;
    throw this.#stale(ref);
  }

  rootOf(refOrSelector: string): Element {
    return /^e\d+$/.test(refOrSelector) ? this.present(refOrSelector) : onlyMatch(refOrSelector);
  }

  #stale(ref: string): AgentError {
    const shown = `[ref=${this.#prefix}${ref}]`;
    const was = this.#refs.what(ref);
    if (was === null) {
      return new AgentError('stale_ref', `No element of this page has ${shown}: a ref ends with the page that it was given in.`, 'Take browser_snapshot and use a ref from it.');
    }
    const next = offer(this.#similar(labelOf(was)), 'Take browser_snapshot and use a ref from it.');
    return new AgentError('stale_ref', `${inWords(was)} ${shown} is no longer in the page: the page removed or replaced it.`, next);
  }

  #refFor(el: Element): string {
    const { role, name } = describe(el);
    return this.#prefix + this.#refs.of(el, role, name);
  }

  async locate(request: LocateRequest): Promise<Located> {
    const { ref, selector, purpose } = request;
    const named = ref !== undefined ? this.present(ref) : onlyMatch(selector ?? '');
    const el = aimed(named, purpose);
    const own = this.#refs.of(el, describe(el).role, describe(el).name);
    if (purpose === 'handle') return this.#located(el, own, { x: 0, y: 0 });
    const end = performance.now() + request.waitMs;
    for (;;) {
      this.#checkCancelled(request.ticket);
      if (!isHere(el)) throw this.#stale(ref ?? own);
      const found = await this.#ready(el, purpose, end);
      if ('point' in found) {
        if (purpose === 'press') this.#landing.expect(el, found.box, found.point);
        return this.#located(el, own, found.point);
      }
      if (performance.now() >= end) throw new AgentError('not_actionable', `${inWords(describe(el))} [ref=${this.#prefix}${own}] ${found.message}`, found.next);
      await nextFrame();
    }
  }

  #checkCancelled(ticket: string): void {
    if (!this.#cancelled.delete(ticket)) return;
    throw new AgentError('cancelled', 'The call was cancelled while waiting for the element.', 'Nothing was done to the page; call again if it is still wanted.');
  }

  #located(el: Element, ref: string, point: Point): Located {
    const kind = el instanceof HTMLSelectElement ? 'select'
      : el instanceof HTMLInputElement && inputType(el) === 'file' ? 'file'
      : isEditable(el) ? 'editable' : 'other';
    const hasOptions = kind === 'select' || hasAttr(el, 'list');
    return { ref, ...point, rect: plain(rectOf(el)), what: inWords(describe(el)), kind, hasOptions, heardMouse: hasHeardMouse() };
  }

  async #ready(el: Element, purpose: Purpose, end: number): Promise<Aimed | Obstacle> {
    const acts = purpose === 'press' || purpose === 'click' || purpose === 'type' || purpose === 'select';
    if (acts && isDisabled(el)) return { message: 'is disabled.', next: 'Do what enables it first (fill in the required fields, wait), then try again.' };
    if (acts && closest(el, '[inert]') !== null) return { message: 'is inert: the page has switched this part off, often for a dialog.', next: 'Finish or close the dialog first.' };
    const box = boxOf(el, purpose);
    if (box === null) return { message: 'is not visible: it has no size or is hidden.', next: 'Do what shows it first (open its menu or tab), or take browser_snapshot for what is visible.' };
    if (pointsIn(box).length === 0) {
      if (purpose === 'glance') return { message: 'is not in view, and only the client that holds the tab may scroll it.', next: 'Ask the holder to scroll there, or read it with browser_get_text.' };
      Element.prototype.scrollIntoView.call(box, { block: 'center', inline: 'nearest', behavior: 'instant' });
      await painted();
    }
    if (await this.#moves(box, end)) return { message: 'does not stop moving.', next: 'Wait for the animation with browser_wait_for, then try again.' };
    if (!isForMouse(purpose)) {
      const point = pointsIn(box)[0] ?? (isTyped(el, purpose) ? nearest(box) : undefined);
      return point ? { point, box } : { message: 'cannot be scrolled into view.', next: 'Take browser_screenshot to see where it is.' };
    }
    const aim = await this.#uncovered(el, box);
    // What is drawn in place of a transparent box may be its label alone, elsewhere.
    const label = 'point' in aim || box !== el || Element.prototype.checkVisibility.call(el, { opacityProperty: true }) ? null : labelBox(el);
    return label === null ? aim : this.#uncovered(el, label);
  }

  /** Whether the box will not stay where it is. Free of cost where nothing changed lately and nothing is animated. */
  async #moves(box: Element, end: number): Promise<boolean> {
    const motion = motionOf(box);
    if (motion === 'none' && this.#activity.isCalm()) return false;
    if (motion === 'carried') return true;
    const before = plain(rectOf(box));
    if (motion !== 'endless') {
      await nextFrame();
      return !sameRect(before, plain(rectOf(box)));
    }
    // A button that pulses for ever may be clicked, one that runs about may not: look at real frames, even if they take a second.
    for (let i = 0; i < 3; i += 1) {
      await nextFrame(Math.max(25, Math.min(1100, end - performance.now())));
      if (isAway(before, plain(rectOf(box)))) return true;
    }
    return false;
  }

  /** A point where the mouse hits `el`; scrolls it out from under sticky bars if need be. */
  async #uncovered(el: Element, box: Element): Promise<Aimed | Obstacle> {
    const covers = new Map<Element, Set<number>>();
    const actsOn = (at: Element): boolean => reaches(at, el) || (standsFor(box, el) && reaches(at, box));
    for (let attempt = 0; attempt <= ALIGNMENTS.length; attempt += 1) {
      const { top } = rectOf(box);
      const overText = new Map<Element, Point>();
      let own: Aimed | undefined;
      for (const point of el instanceof HTMLAreaElement ? pointsOn(el, box) : pointsIn(box)) {
        const hit = elementAt(point);
        if (hit === null) continue;
        if (actsOn(hit)) return { point, box };
        const slot = slotAt(hit, point);
        if (slot !== null && actsOn(slot)) overText.set(hit, overText.get(hit) ?? point);
        else {
          covers.set(hit, (covers.get(hit) ?? new Set()).add(top));
          const part = own === undefined ? ownPart(hit, el) : null;
          if (part !== null) own = { point, box: part };
        }
      }
      // A host that is hit beside its text as well lies over what is in it.
      for (const [host, point] of overText) if (!covers.has(host)) return { point, box };
      if (own !== undefined) return own;
      const block = ALIGNMENTS[attempt];
      if (block === undefined) break;
      const before = rectOf(box);
      Element.prototype.scrollIntoView.call(box, { block, inline: 'nearest', behavior: 'instant' });
      const after = rectOf(box);
      if (sameRect(plain(before), plain(after))) continue;
      await painted();
    }
    // A bar at the edge covers it only where it was scrolled to: what lies on it everywhere is in the way.
    const [cover] = [...covers].sort(([, one], [, other]) => other.size - one.size)[0] ?? [];
    return cover === undefined
      ? { message: 'cannot be scrolled into view.', next: 'Take browser_screenshot to see where it is.' }
      : this.#covered(cover, el);
  }

  #covered(cover: Element, el: Element): Obstacle {
    if (reaches(el, cover)) {
      return { message: `takes no clicks: they go to ${asMarkup(cover)} around it (pointer-events or a clipped box).`, next: `Click [ref=${this.#refFor(cover)}] instead if that is what you mean.` };
    }
    return {
      message: `is covered by ${asMarkup(cover)} [ref=${this.#refFor(cover)}].`,
      next: 'Close or accept what covers it first (browser_snapshot with that ref shows what is in it), then try again.',
    };
  }

  /** A point inside a child frame as a point of this frame; waits until the frame's box is uncovered there. */
  async project(request: ProjectRequest): Promise<Projected> {
    const frame = frameElement(request.child);
    if (!(frame instanceof HTMLElement)) throw new AgentError('stale_ref', 'The frame that holds the element is no longer in the page.', 'Take browser_snapshot and use a ref from it.');
    const end = performance.now() + request.waitMs;
    const alignments = request.purpose === 'glance' ? [] : [...ALIGNMENTS];
    let scrolled = false;
    for (;;) {
      this.#checkCancelled(request.ticket);
      const inner = mapOf(frame)(request);
      if (!isInView(inner)) {
        if (request.purpose === 'glance') throw new AgentError('not_actionable', 'The frame that holds the element is not in view, and only the client that holds the tab may scroll it.', 'Ask the holder to scroll there, or read it with browser_get_text.');
        scrolled = true;
        await bring(frame, request, 'nearest');
      } else if (await this.#moves(frame, end)) {
        await nextFrame();
      }
      const map = mapOf(frame);
      const now = map(request);
      const still = scrolled || (Math.abs(now.x - inner.x) < 1 && Math.abs(now.y - inner.y) < 1);
      const hit = elementAt(now);
      const free = !isForMouse(request.purpose) || (hit !== null && reaches(hit, frame));
      if (still && free) return { x: now.x, y: now.y, rect: boxAround(map, request.rect), scrolled };
      // Out from under bars that stay where they are while the page is scrolled.
      const block = still ? alignments.shift() : undefined;
      if (block !== undefined) {
        scrolled = true;
        await bring(frame, request, block);
        continue;
      }
      if (performance.now() >= end) {
        const obstacle = hit === null ? 'cannot be scrolled into view' : still ? `is covered by ${asMarkup(hit)} [ref=${this.#refFor(hit)}]` : 'does not stop moving';
        throw new AgentError('not_actionable', `The frame around the element ${obstacle}.`, 'Close what covers it or wait, then try again.');
      }
      await nextFrame();
    }
  }
}

function isInView({ x, y }: Point): boolean {
  return x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
}

/** Scrolls a point of a frame into view. The frame may be larger than the screen: then the point itself is brought to where it is wanted. */
async function bring(frame: HTMLElement, point: Point, block: ScrollLogicalPosition): Promise<void> {
  Element.prototype.scrollIntoView.call(frame, { block, inline: 'nearest', behavior: 'instant' });
  const at = mapOf(frame)(point);
  const share = block === 'start' ? 0.25 : block === 'end' ? 0.75 : 0.5;
  const isTall = block !== 'nearest' && rectOf(frame).height > innerHeight;
  const left = at.x < 0 || at.x >= innerWidth ? at.x - innerWidth / 2 : 0;
  const top = isTall || at.y < 0 || at.y >= innerHeight ? at.y - innerHeight * share : 0;
  if (left !== 0 || top !== 0) scrollBy({ left, top, behavior: 'instant' });
  await painted();
}

/** What an action on this element goes to: a label stands for its field, an option for its list. */
function aimed(el: Element, purpose: Purpose): Element {
  if (purpose === 'type' && el instanceof HTMLLabelElement && el.control) return el.control;
  if (el instanceof HTMLOptionElement) {
    const list = el.closest('select');
    if (list && purpose === 'select') return list;
    if (list && purpose !== 'view' && !list.multiple && list.size <= 1) {
      throw new AgentError('not_actionable', `${inWords(describe(el))} is an option of a native list, which the browser draws outside the page.`, 'Use browser_select_option with the ref of the list and this option as its value.');
    }
  }
  return el;
}

function isForMouse(purpose: Purpose): boolean {
  return purpose === 'press' || purpose === 'click' || purpose === 'hover';
}

/** The element whose box is acted on: of a field without a box of its own (drawn by its label) it is the label, of an area the picture. */
function boxOf(el: Element, purpose: Purpose): Element | null {
  if (hasBox(el)) return (isForMouse(purpose) && takesNoPress(el) ? labelBox(el) : null) ?? el;
  if (el instanceof HTMLAreaElement) return picturesOf(el).find(hasBox) ?? null;
  if (isTyped(el, purpose) && Element.prototype.checkVisibility.call(el, { visibilityProperty: true })) return el;
  return purpose === 'type' ? null : labelBox(el);
}

/** Text goes to what has the focus, wherever that is: editors draw what is typed into a field without size, or off the page. */
function isTyped(el: Element, purpose: Purpose): boolean {
  return purpose === 'type' && isEditable(el);
}

function nearest(box: Element): Point {
  const { x, y } = rectOf(box);
  return { x: Math.min(Math.max(x, 0), innerWidth - 1), y: Math.min(Math.max(y, 0), innerHeight - 1) };
}

function labelBox(el: Element): Element | null {
  if (!(el instanceof HTMLInputElement)) return null;
  for (const label of el.labels ?? []) if (hasBox(label)) return label;
  return null;
}

/** Whether it is a radio or a box to tick that no mouse hits: its label is drawn and pressed in its place. */
function takesNoPress(el: Element): boolean {
  if (!/^(?:radio|checkbox)$/.test(inputType(el))) return false;
  const style = getComputedStyle(el);
  const { width, height } = rectOf(el);
  return style.pointerEvents === 'none' || width <= 1 || height <= 1 || isClippedAway(style);
}

/** Whether hitting the box acts on the element. A picture has other areas beside one. */
function standsFor(box: Element, el: Element): boolean {
  return box !== el && !(el instanceof HTMLAreaElement);
}

function hasBox(el: Element): boolean {
  if (!Element.prototype.checkVisibility.call(el, { visibilityProperty: true })) return false;
  for (const rect of Element.prototype.getClientRects.call(el)) if (rect.width > 0 && rect.height > 0) return true;
  return false;
}

function plain(rect: DOMRect): Rect {
  return { x: rect.x, y: rect.y, width: rect.width, height: rect.height };
}

function sameRect(a: Rect, b: Rect): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

/** The middle went further than a pulse takes it. */
function isAway(a: Rect, b: Rect): boolean {
  return Math.abs(a.x + a.width / 2 - b.x - b.width / 2) > 4 || Math.abs(a.y + a.height / 2 - b.y - b.height / 2) > 4;
}
