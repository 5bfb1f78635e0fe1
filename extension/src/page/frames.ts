// Where this frame and its child frames stand among the window's frames. It exists because each frame is walked alone, in its
// own process perhaps, and the worker puts the texts together: both sides of a frame's border name the same place.

import { queryAll, shadowRootOf } from './dom.ts';
import type { FramePlace } from './tree.ts';

/** Places from the top window down to this one; -1 for a frame that its parent's list leaves out (those in shadow trees). */
export function pathOfThisFrame(): number[] {
  const path: number[] = [];
  for (let at: Window = window; at !== at.parent; at = at.parent) {
    path.unshift(placeOf(at.parent, at));
    if (path.length > 50) break;
  }
  return path;
}

function placeOf(parent: Window, child: Window): number {
  for (let i = 0; i < parent.length; i += 1) if (parent[i] === child) return i;
  return -1;
}

export function contentWindowOf(el: Element): Window | null {
  return el instanceof HTMLIFrameElement || el instanceof HTMLFrameElement || el instanceof HTMLObjectElement ? el.contentWindow : null;
}

export function framePlaceOf(el: Element): FramePlace {
  const content = contentWindowOf(el);
  const index = content === null ? -2 : placeOf(window, content);
  const src = el instanceof HTMLIFrameElement || el instanceof HTMLFrameElement ? el.src : el instanceof HTMLObjectElement ? el.data : '';
  return { index, src, token: index === -1 && content !== null ? tokenOf(content) : '' };
}

function tokenOf(content: Window): string {
  try {
    const agent: unknown = Reflect.get(content, '__tabhub');
    if (typeof agent !== 'object' || agent === null) return '';
    const token: unknown = Reflect.get(agent, 'token');
    return typeof token === 'string' ? token : '';
  } catch {
    return ''; // another origin
  }
}

/** The element that shows a child frame: by its place, or in shadow trees by its token, its address, or as the only one. */
export function frameElement(child: { index: number; token: string; url: string }): Element | null {
  const all = framesIn(document);
  if (child.index >= 0) return all.find((el) => contentWindowOf(el) === window[child.index]) ?? null;
  const places = all.map((el) => ({ el, place: framePlaceOf(el) })).filter((one) => one.place.index === -1);
  if (places.length === 1) return places[0]?.el ?? null;
  const same = places.find((one) => one.place.token !== '' && one.place.token === child.token) ?? places.find((one) => one.place.src === child.url);
  return same?.el ?? null;
}

/** Objects that show a page: they are no frames in a snapshot, but what is in them can be found. */
export function objectPlaces(): FramePlace[] {
  const shown = queryAll(document, 'object').filter((el) => contentWindowOf(el) !== null && el.clientWidth > 1 && el.clientHeight > 1);
  return shown.filter((el) => Element.prototype.checkVisibility.call(el, { visibilityProperty: true, opacityProperty: true })).map(framePlaceOf);
}

function framesIn(root: Document | ShadowRoot): Element[] {
  const found = queryAll(root, 'iframe,frame,object');
  for (const el of queryAll(root, '*')) {
    const shadow = shadowRootOf(el);
    if (shadow) found.push(...framesIn(shadow));
  }
  return found;
}
