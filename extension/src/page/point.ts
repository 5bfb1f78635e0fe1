// What is at a point, and whether a drop was taken. It exists for actions that name no element: their answers say what they hit.

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

const seen = { over: false, taken: false };
let watching = false;

/** From the first call on, this frame notes what becomes of drags; each call says what did since the one before. */
export function drops(): DropFacts {
  if (!watching) {
    watching = true;
    // Looked at when the event is over: until then any listener of the page may still take it.
    const note = (event: DragEvent): void => {
      setTimeout(() => {
        if (event.type === 'drop') seen.taken = true;
        else if (event.defaultPrevented) seen.over = true;
      }, 0);
    };
    for (const type of ['dragenter', 'dragover', 'drop'] as const) window.addEventListener(type, note, { capture: true, passive: true });
    // Fields take text and files without a drop that the page hears of.
    for (const type of ['input', 'change'] as const) window.addEventListener(type, ({ isTrusted }) => { seen.taken ||= isTrusted; }, { capture: true, passive: true });
  }
  const facts = { ...seen };
  seen.over = false;
  seen.taken = false;
  return facts;
}
