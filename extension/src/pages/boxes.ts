// Where the controls of all frames are, from the corner of the top frame's viewport. It exists because each frame knows only its own coordinates.

import type { Rect } from '../page/protocol.ts';
import { callFrames, learn, prefixOf, withPrefix } from './calls.ts';
import type { Records } from './record.ts';
import { numbering } from './snapshots.ts';

export interface Box {
  ref: string;
  rect: Rect;
}

export async function controlBoxes(records: Records, tabId: number, fullPage: boolean): Promise<Box[]> {
  const before = await records.get(tabId);
  const replies = await callFrames(tabId, null, 'boxes', { fullPage, ...numbering(before) });
  const record = await learn(records, tabId, replies);
  const all = replies.flatMap(({ frameId, reply }) => (reply.ok ? [{ path: reply.facts.path, prefix: prefixOf(record.frames.get(frameId)?.ordinal ?? 0), ...reply.value }] : []));
  return all.flatMap(({ path, prefix, boxes }) => {
    let shown = boxes.map(({ ref, rect }) => ({ ref: withPrefix(ref, prefix), rect }));
    // From the frame up to the top: moved into each parent's coordinates, and cut off where the frame ends.
    for (let depth = path.length - 1; depth >= 0; depth -= 1) {
      const parent = all.find((other) => other.path.length === depth && path.slice(0, depth).every((step, i) => other.path[i] === step));
      const frame = parent?.frames.find((one) => one.index === path[depth]);
      if (frame === undefined) return [];
      shown = shown.flatMap(({ ref, rect }) => {
        const inside = within({ x: frame.rect.x + rect.x * frame.scale, y: frame.rect.y + rect.y * frame.scale, width: rect.width * frame.scale, height: rect.height * frame.scale }, frame.rect);
        return inside === undefined ? [] : [{ ref, rect: inside }];
      });
    }
    return shown;
  });
}

function within(a: Rect, b: Rect): Rect | undefined {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}
