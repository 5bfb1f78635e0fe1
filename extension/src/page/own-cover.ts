// Whether what lies over a field is a part of the field's own widget. It exists because libraries draw placeholders and values over
// a field that is transparent or takes no clicks, and a person presses those; what else lies there is in the way.

import { attr, closest, flatParent, isInside, matches, queryAll, rectOf, shadowRootOf, tagOf } from './dom.ts';
import { paintsOver } from './hit.ts';
import { CONTROLS, isFocusable, roleOf } from './roles.ts';
import { isEditable } from './states.ts';

const CHOOSES = new Set(['combobox', 'listbox', 'textbox', 'searchbox', 'spinbutton']);
/** Parts of a page: what lies in one together with a field need not belong to it. */
const PARTS = 'html,body,main,form,dialog,fieldset,section,article,[role="dialog"],[role="alertdialog"],[aria-busy="true"]';
/** Such wait, or say something of their own. */
const OVERLAYS = '[role="progressbar"],[role="status"],[role="alert"],[role="dialog"],[role="alertdialog"],[aria-busy="true"],dialog,progress,iframe,img,canvas,video';
const CONTROL_LIKE = 'input,select,textarea,button,a[href],iframe,summary,[contenteditable],[tabindex],[role]';
const MAX_LEVELS = 6;
/** Fields with many values are so high at most. */
const MAX_HEIGHT_PX = 240;

/** What a person presses in place of the field that it is drawn for; null: what was hit is something else. */
export function ownPart(hit: Element, field: Element): Element | null {
  if (!isEditable(field) && !CHOOSES.has(roleOf(field))) return null;
  let wrapper = flatParent(field);
  for (let level = 1; wrapper !== null && !isInside(hit, wrapper); level += 1) {
    if (level >= MAX_LEVELS) return null;
    wrapper = flatParent(wrapper);
  }
  if (wrapper === null || closest(wrapper, PARTS) === wrapper || rectOf(wrapper).height > MAX_HEIGHT_PX || holdsMore(wrapper, field)) return null;
  if (wrapper === hit) return paintsOver(hit) ? null : hit;
  let part = hit;
  for (let at: Element | null = hit; at !== null && at !== wrapper; at = flatParent(at)) {
    if (isVeil(at)) return null;
    part = at;
  }
  const isOverlay = closest(part, OVERLAYS) === part || queryAll(part, OVERLAYS).length > 0 || turns(part);
  return isOverlay ? null : part;
}

/** A placeholder or a value lets the field's own background through; what is to keep people out mostly does not. */
function isVeil(el: Element): boolean {
  const { position, backgroundColor, backgroundImage, backdropFilter } = getComputedStyle(el);
  return position === 'fixed' || backgroundImage !== 'none' || backdropFilter !== 'none' || !/^rgba\(.*, 0\)$/.test(backgroundColor);
}

/** Spinners go on for ever. */
function turns(el: Element): boolean {
  return Element.prototype.getAnimations.call(el, { subtree: true }).some((animation) => animation.effect?.getComputedTiming().endTime === Infinity);
}

function holdsMore(root: Element | ShadowRoot, field: Element): boolean {
  return queryAll(root, '*').some((one) => {
    const shadow = shadowRootOf(one);
    if (shadow !== null && holdsMore(shadow, field)) return true;
    if (!matches(one, CONTROL_LIKE) || isInside(field, one) || isInside(one, field) || closest(one, '[aria-hidden="true"],[inert]') !== null) return false;
    const isControl = CONTROLS.has(roleOf(one)) || (isFocusable(one, tagOf(one)) && attr(one, 'tabindex') !== '-1');
    const { width, height } = rectOf(one);
    return isControl && width > 1 && height > 1 && Element.prototype.checkVisibility.call(one, { visibilityProperty: true });
  });
}
