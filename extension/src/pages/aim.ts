// From a ref or selector to a point in the top frame. It exists because each frame knows only its own coordinates: the point
// climbs from frame to frame, and each parent checks that the frame's box is not covered there.

import { ToolError } from '../errors.ts';
import { offer } from '../page/offer.ts';
import type { Purpose, Rect } from '../page/protocol.ts';
import { callFrames, learn, prefixOf, valueOf } from './calls.ts';
import type { Delivered } from './delivered.ts';
import type { Records } from './record.ts';
import { type Place, resolve } from './resolve.ts';
import { numbering } from './snapshots.ts';
import type { Target } from './types.ts';

const MAX_WAIT_MS = 5000;

export async function locate(
  records: Records, delivered: Delivered, tabId: number, refOrSelector: string, purpose: Purpose, signal: AbortSignal, deadline: number,
): Promise<Target> {
  const ticket = crypto.randomUUID();
  const work = aim(records, delivered, tabId, refOrSelector, purpose, ticket, Math.min(deadline, performance.now() + MAX_WAIT_MS));
  return abortable(work, signal, () => {
    // The agents stop waiting and scrolling; that they may be gone already is no matter.
    callFrames(tabId, null, 'cancel', { ticket }).catch(() => undefined);
  });
}

async function aim(
  records: Records, delivered: Delivered, tabId: number, refOrSelector: string, purpose: Purpose, ticket: string, end: number,
): Promise<Target> {
  const place = await resolve(records, tabId, refOrSelector);
  const before = await records.get(tabId);
  const replies = await callFrames(tabId, [place.frameId], 'locate', {
    ...(place.ref === undefined ? { selector: place.selector ?? '' } : { ref: place.ref }), purpose, waitMs: left(end), ticket, ...numbering(before),
  });
  const record = await learn(records, tabId, replies);
  const own = replies.find((one) => one.frameId === place.frameId);
  if (!own) throw new ToolError('stale_ref', 'The frame that held the element went away.', 'Take browser_snapshot and use a ref from it.');
  const prefix = prefixOf(record.frames.get(place.frameId)?.ordinal ?? 0);
  if (!own.reply.ok && own.reply.failure.code === 'stale_ref') throw await staleWithOffer(records, delivered, tabId, place, valueFailure(own.reply.failure, prefix));
  const located = valueOf(own.reply, prefix);
  let point: { x: number; y: number; rect: Rect } = located;
  let child = { frameId: place.frameId, facts: own.reply.facts };
  while (child.frameId !== 0 && purpose !== 'handle') {
    const frame = await chrome.webNavigation.getFrame({ tabId, frameId: child.frameId });
    const parentId = frame?.parentFrameId ?? -1;
    if (parentId < 0) break;
    const up = await callFrames(tabId, [parentId], 'project', {
      child: { index: child.facts.path[child.facts.path.length - 1] ?? -1, token: child.facts.token, url: child.facts.url },
      x: point.x, y: point.y, rect: point.rect, purpose, waitMs: left(end), ticket, ...numbering(record),
    });
    await learn(records, tabId, up);
    const answer = up[0];
    if (!answer) throw new ToolError('stale_ref', 'A frame around the element went away.', 'Take browser_snapshot and use a ref from it.');
    point = valueOf(answer.reply, prefixOf(record.frames.get(parentId)?.ordinal ?? 0));
    child = { frameId: parentId, facts: answer.reply.facts };
  }
  const { x, y, rect } = point;
  const { what, kind, hasOptions, heardMouse } = located;
  return { frameId: place.frameId, ref: prefix + located.ref, x, y, rect, what, kind, hasOptions, own: { x: located.x, y: located.y }, heardMouse };
}

function left(end: number): number {
  return Math.max(0, end - performance.now());
}

function valueFailure(failure: { code: ToolError['code']; message: string; next: string }, prefix: string): ToolError {
  return new ToolError(failure.code, failure.message.replaceAll('\u0002', prefix), failure.next.replaceAll('\u0002', prefix));
}

/** A ref of an earlier document: what it was stands in the texts told before, so what is like it now can be offered. */
async function staleWithOffer(records: Records, delivered: Delivered, tabId: number, place: Place, error: ToolError): Promise<ToolError> {
  const ref = place.prefix + (place.ref ?? '');
  const label = delivered.labelOf(tabId, ref);
  if (label === null || !error.message.startsWith('No element')) return error;
  const replies = await callFrames(tabId, [place.frameId], 'similar', { label, ...numbering(await records.get(tabId)) });
  const reply = replies[0]?.reply;
  if (replies.length > 0) await learn(records, tabId, replies);
  const now = reply?.ok === true ? reply.value : [];
  const next = offer(now.map((one) => one.replaceAll('\u0002', place.prefix)), error.next);
  return new ToolError('stale_ref', `${label} [ref=${ref}] belonged to an earlier page of this tab.`, next);
}

function abortable<T>(work: Promise<T>, signal: AbortSignal, onAbort: () => void): Promise<T> {
  const cancelled = (): ToolError => new ToolError('cancelled', 'The call was cancelled while looking for the element.', 'Nothing was done to the page.');
  if (signal.aborted) return Promise.reject(cancelled());
  return new Promise((resolvePromise, reject) => {
    const stop = (): void => {
      onAbort();
      reject(cancelled());
    };
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolvePromise, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
