// Which frame a ref or selector is in. It exists because refs carry their frame (`f3e12`) and selectors do not.

import { ToolError } from '../errors.ts';
import { callFrames, learn, prefixOf, valueOf } from './calls.ts';
import type { Records } from './record.ts';

export interface Place {
  readonly frameId: number;
  /** The ref without its frame's prefix. */
  readonly ref?: string;
  readonly selector?: string;
  readonly prefix: string;
}

const REF = /^(?:\[?ref=|@)?(?:f(\d+))?(e\d+)\]?$/;

export async function resolve(records: Records, tabId: number, refOrSelector: string): Promise<Place> {
  const text = refOrSelector.trim();
  const match = REF.exec(text);
  if (!match) return resolveSelector(records, tabId, text);
  const ordinal = Number(match[1] ?? '0');
  const ref = match[2] ?? '';
  if (ordinal === 0) return { frameId: 0, ref, prefix: '' };
  const record = await records.get(tabId);
  for (const [frameId, frame] of record.frames) {
    if (frame.ordinal === ordinal && frameId !== 0) return { frameId, ref, prefix: prefixOf(ordinal) };
  }
  throw new ToolError('stale_ref', `No frame of this tab has refs that begin with f${ordinal}.`, 'Take browser_snapshot and use a ref from it.');
}

async function resolveSelector(records: Records, tabId: number, selector: string): Promise<Place> {
  if (selector === '') throw new ToolError('invalid_params', 'The ref is empty.', 'Give a ref from browser_snapshot, or a CSS selector.');
  const replies = await callFrames(tabId, null, 'count', { selector });
  const record = await learn(records, tabId, replies);
  const counts = replies.map(({ frameId, reply }) => ({ frameId, count: valueOf(reply, '') }));
  const top = counts.find((one) => one.frameId === 0 && one.count > 0);
  const hits = top ? [top] : counts.filter((one) => one.count > 0);
  const total = hits.reduce((sum, one) => sum + one.count, 0);
  const only = hits[0];
  if (only === undefined) {
    throw new ToolError('not_actionable', `The selector ${JSON.stringify(selector)} matches nothing in the page or its frames.`, 'Take browser_snapshot and use a ref from it.');
  }
  if (total > 1) {
    throw new ToolError('invalid_params', `The selector ${JSON.stringify(selector)} matches ${total} elements; it must match exactly one.`, 'Make the selector narrower, or use a ref from browser_snapshot.');
  }
  return { frameId: only.frameId, selector, prefix: prefixOf(record.frames.get(only.frameId)?.ordinal ?? 0) };
}
