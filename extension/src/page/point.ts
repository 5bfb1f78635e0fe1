// What is at a point, and whether a drag is taken. It exists for actions that name no element: their answers say what they hit.

import { body, documentElement } from './dom.ts';
import { describe, inWords } from './describe.ts';
import { elementAt } from './hit.ts';
import type { DropFacts, PointFacts } from './protocol.ts';

export function describeAt(point: { readonly x: number; readonly y: number }): PointFacts {
  const hit = elementAt(point);
  if (hit === null || hit === body() || hit === documentElement()) return { what: '', isFile: false };
  const field = hit instanceof HTMLLabelElement ? hit.control : hit;
  return { what: inWords(describe(hit)), isFile: field instanceof HTMLInputElement && field.type === 'file' };
}

let over: DragEvent | undefined;
let isField = false;
let taken = false;
let watching = false;

/** Kinds of input in which one writes. */
const WRITTEN = new Set(['text', 'search', 'url', 'tel', 'email', 'password', 'number']);

/** From the first call on, this frame notes what becomes of drags; each call says whether the last of them is taken where it is. */
export function drops(): DropFacts {
  if (!watching) {
    watching = true;
    const options = { capture: true, passive: true };
    // Kept, not looked at: until the event is over any listener of the page may still take it.
    window.addEventListener('dragover', (event) => {
      over = event;
      isField = takesByItself(event);
    }, options);
    window.addEventListener('drop', (event) => {
      taken = true;
      if (!isField) keepFromChrome(event);
    }, options);
    // Fields take text and files without a drop that the page hears of.
    for (const type of ['input', 'change'] as const) window.addEventListener(type, ({ isTrusted }) => { taken ||= isTrusted; }, options);
  }
  const facts = { over: isField || over?.defaultPrevented === true, taken };
  over = undefined;
  taken = false;
  return facts;
}

/**
 * A page that takes the drag but not the drop leaves the file to Chrome, which opens it in a tab: nobody has asked for that. It
 * is prevented behind the page's own listeners, which may look at whether it is: at the last node that the event comes to.
 */
function keepFromChrome(event: DragEvent): void {
  for (const node of event.composedPath()) {
    const last = (): void => {
      if (node === window || event.cancelBubble) event.preventDefault();
    };
    node.addEventListener('drop', last, { once: true });
  }
}

/** What Chrome itself puts into a field: files into one for files, texts where one writes. */
function takesByItself(event: DragEvent): boolean {
  const el = elementAt({ x: event.clientX, y: event.clientY });
  const types = event.dataTransfer?.types ?? [];
  if (types.includes('Files')) return el instanceof HTMLInputElement && el.type === 'file' && !el.disabled;
  if (el instanceof HTMLInputElement || el instanceof HTMLTextAreaElement) return !el.disabled && !el.readOnly && (el instanceof HTMLTextAreaElement || WRITTEN.has(el.type));
  return el instanceof HTMLElement && el.isContentEditable;
}
