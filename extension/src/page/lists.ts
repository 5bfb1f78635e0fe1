// The options of a list that the page made itself: which list belongs to a field, what of it can be seen now, and how it is scrolled.
// It exists because a page may show several such lists at once, and an option of another field's must never be taken for one's own.

import { attr, body, byIds, closest, flatParent, isInside, queryAll, rectOf, shadowRootOf, tagOf, textContent } from './dom.ts';
import { describe } from './describe.ts';
import { fieldOf } from './labels.ts';
import type { OptionFacts, OptionRequest } from './protocol.ts';
import { best, isExact, type RefOf } from './match.ts';
import { roleOf } from './roles.ts';
import { isDisabled } from './states.ts';
import { squash } from './yaml.ts';

const OPTION_ROLES = '[role="option"],[role="menuitemradio"],[role="treeitem"]';
const LIST_ROLES = '[role="listbox"],[role="tree"],[role="menu"]';
const MAX_OPTIONS = 500;
/** A popup stands so near to its field, with a margin or an arrow between them. */
const NEAR_PX = 40;

/** What could be seen before the field was pressed: it belongs to something else. */
const before = new WeakMap<Element, WeakSet<Element>>();

interface Row {
  readonly el: Element;
  readonly label: string;
}

/** The options that are to be seen now, of the list that belongs to this element. */
export function openOptions(named: Element, { wanted, exact = false, begin = false }: Omit<OptionRequest, 'ref'>, refOf: RefOf): OptionFacts {
  const el = fieldOf(named);
  if (begin) before.set(el, new WeakSet([...everything(OPTION_ROLES), ...everything(LIST_ROLES)].filter(isSeen)));
  const rows = shownRows(el);
  const labels = rows.map(({ label }) => label);
  const namesOf = ({ el: row, label }: Row): string[] => [label, attr(row, 'data-value') ?? attr(row, 'value') ?? ''];
  const found = best(rows, wanted, namesOf);
  const isTaken = found !== undefined && (!exact || (isExact(namesOf(found), wanted) && !leadsAway(found.el)));
  // One that fades away can be seen for a while after it was closed.
  const expanded = attr(holderOf(el), 'aria-expanded');
  const facts = { isOpen: rows.length > 0 && expanded !== 'false', expanded: expanded === 'true', labels };
  if (found === undefined || !isTaken) return facts;
  const state = closest(found.el, '[aria-selected],[aria-checked]') ?? found.el;
  const list = closest(found.el, LIST_ROLES);
  return {
    ...facts, pick: refOf(found.el), label: found.label,
    isOn: attr(state, 'aria-checked') === 'true' || (attr(state, 'aria-selected') === 'true' && list !== null && attr(list, 'aria-multiselectable') === 'true'),
    disabled: isDisabled(found.el),
  };
}

/** Long lists hold only the options that are in view. */
export function scrollOptions(named: Element, to: 'start' | 'next'): boolean {
  const first = shownRows(fieldOf(named))[0]?.el ?? null;
  // Lists that draw their own scrollbar hide what is over, and follow a script that scrolls it.
  const box = roomAround(first, /^(?:auto|scroll|overlay)$/) ?? roomAround(first, /^hidden$/);
  if (box === null) return false;
  const from = box.scrollTop;
  box.scrollTop = to === 'start' ? 0 : from + Math.max(1, box.clientHeight * 0.9);
  return box.scrollTop !== from;
}

function roomAround(first: Element | null, overflow: RegExp): Element | null {
  let box = first;
  while (box !== null && box !== body() && !(box.scrollHeight > box.clientHeight + 1 && overflow.test(getComputedStyle(box).overflowY))) box = flatParent(box);
  return box === body() ? null : box;
}

function shownRows(el: Element): Row[] {
  const lists = ownLists(el);
  if (lists.length > 0) {
    const options = lists.flatMap((list) => (list.matches(OPTION_ROLES) ? [list] : optionsIn(list)));
    const seen = ofOneKind(options.filter(isSeen));
    return seen.length > 0 ? rowsOf(seen) : options.length > 0 ? drawnRows(el, lists) : [];
  }
  const known = before.get(el);
  const shown = everything(OPTION_ROLES).filter(isSeen);
  const fresh = known === undefined ? [] : shown.filter((option) => !known.has(option) && !isInOldTree(option, known));
  const near = (attr(holderOf(el), 'aria-expanded') === 'false' ? fresh : shown).filter((option) => isPopupNear(el, option));
  const freshAndNear = near.filter((option) => fresh.includes(option));
  return rowsOf(ofOneKind(freshAndNear.length > 0 ? freshAndNear : fresh.length > 0 ? fresh : near));
}

/** Older comboboxes are a box around the text field, and tell there what they are. */
function holderOf(el: Element): Element {
  return closest(el, '[role="combobox"]') ?? el;
}

/** What the field itself says is its list. */
function ownLists(el: Element): Element[] {
  if (roleOf(el) === 'listbox') return [el];
  const holders = [...new Set([el, holderOf(el)])];
  const named = holders.flatMap((one) => [...byIds(one, attr(one, 'aria-controls') ?? ''), ...byIds(one, attr(one, 'aria-owns') ?? ''), ...controlled(one)]);
  if (named.length > 0) return [...new Set(named)];
  const active = holders.flatMap((one) => byIds(one, attr(one, 'aria-activedescendant') ?? ''));
  return active.flatMap((one) => closest(one, LIST_ROLES) ?? []);
}

/** A script may give elements instead of ids, which reach out of a shadow tree. */
function controlled(el: Element): Element[] {
  const given: unknown = Reflect.get(el, 'ariaControlsElements');
  return Array.isArray(given) ? given.filter((one): one is Element => one instanceof Element) : [];
}

/** A page's tree of files is no list of a field because one of its branches opened meanwhile. */
function isInOldTree(option: Element, known: WeakSet<Element>): boolean {
  if (roleOf(option) !== 'treeitem') return false;
  const tree = closest(option, '[role="tree"]');
  return tree === null || known.has(tree);
}

function ofOneKind(options: readonly Element[]): readonly Element[] {
  const plain = options.filter((option) => roleOf(option) !== 'treeitem');
  return plain.length > 0 ? plain : options;
}

/** Whether the option lies in something that floats over the page, at the field. */
function isPopupNear(el: Element, option: Element): boolean {
  const list = closest(option, LIST_ROLES) ?? option.parentElement ?? option;
  let box: Element | null = list;
  while (box !== null && !/^(?:absolute|fixed)$/.test(getComputedStyle(box).position)) box = flatParent(box);
  if (box === null || isInside(el, box)) return false;
  const [a, b] = [rectOf(list), rectOf(el)];
  return a.left < b.right && b.left < a.right && a.top < b.bottom + NEAR_PX && b.top < a.bottom + NEAR_PX;
}

/**
 * Where a list only tells readers of the screen what it has, without a size, its popup shows the same words in elements of no role:
 * those that hold the words are taken.
 */
function drawnRows(el: Element, lists: readonly Element[]): Row[] {
  const rows: Row[] = [];
  for (const list of lists) {
    let popup = flatParent(list);
    while (popup !== null && !hasSize(popup)) popup = flatParent(popup);
    if (popup === null || isInside(el, popup) || popup === body()) continue;
    for (const one of queryAll(popup, '*')) {
      const label = squash(textContent(one));
      const isLeaf = one.firstElementChild === null || [...one.childNodes].some((child) => child instanceof Text && squash(child.data) !== '');
      if (label !== '' && isLeaf && !isInside(one, list) && isSeen(one)) rows.push({ el: one, label });
    }
  }
  return rows.slice(0, MAX_OPTIONS);
}

function rowsOf(options: readonly Element[]): Row[] {
  return options.slice(0, MAX_OPTIONS).map((el) => ({ el, label: describe(el).name || squash(textContent(el)) }));
}

function isSeen(el: Element): boolean {
  return hasSize(el) && Element.prototype.checkVisibility.call(el, { visibilityProperty: true, opacityProperty: true });
}

function hasSize(el: Element): boolean {
  const { width, height } = rectOf(el);
  return width > 0 && height > 0;
}

/** Picking such a suggestion goes somewhere else instead of filling the field. */
function leadsAway(option: Element): boolean {
  return closest(option, 'a[href]') !== null || queryAll(option, 'a[href]').length > 0;
}

function everything(selector: string): Element[] {
  return body() === null ? [] : inTree(document, selector);
}

/** With what is slotted into it: a list in a shadow tree has its options outside. */
function optionsIn(list: Element): Element[] {
  const slots = [...(tagOf(list) === 'slot' ? [list] : []), ...inTree(list, 'slot')];
  const slotted = slots.flatMap((slot) => (slot instanceof HTMLSlotElement ? slot.assignedElements({ flatten: true }) : []));
  return [...new Set([list, ...slotted].flatMap((root) => [...(root !== list && root.matches(OPTION_ROLES) ? [root] : []), ...inTree(root, OPTION_ROLES)]))];
}

function inTree(root: Document | ShadowRoot | Element, selector: string): Element[] {
  const found = queryAll(root, selector);
  for (const el of root instanceof Element ? [root, ...queryAll(root, '*')] : queryAll(root, '*')) {
    const shadow = shadowRootOf(el);
    if (shadow) found.push(...inTree(shadow, selector));
  }
  return found;
}
