// The text of a whole tab, or of one element, with what its frames hold in place. It exists beside snapshots because a page that
// is to be read, not acted on, says more in fewer characters as text or Markdown.

import { type Extraction, type Format, type FrameReading, SLOT, type WantedField } from '../reader/protocol.ts';
import type { Operations } from '../page/protocol.ts';
import { ToolError } from '../errors.ts';
import { callFrames, type FrameReply, injectReader, learn, valueOf } from './calls.ts';
import type { Records } from './record.ts';
import type { Target } from './types.ts';

const SLOTS = new RegExp(`[ \\t]*${SLOT[0]}(\\d+)${SLOT[1]}`, 'g');

export async function readPage(records: Records, tabId: number, format: Format, target: Target | undefined): Promise<string> {
  const { replies, top } = await askReader(records, tabId, 'read', { format }, target);
  const prefix = /^f\d+/.exec(target?.ref ?? '')?.[0] ?? '';
  return stitched(top, replies, new Set([top]), valueOf(top.reply, prefix)).trim();
}

/** The rows of the frame in which most of what is wanted stands. */
export async function extractRows(records: Records, tabId: number, wanted: readonly WantedField[] | undefined, target: Target | undefined): Promise<Extraction> {
  const { replies, top } = await askReader(records, tabId, 'extract', wanted === undefined ? {} : { wanted }, target);
  const own = valueOf(top.reply, '');
  const others = target === undefined ? replies.flatMap(({ reply }) => (reply.ok && reply.value !== null ? [reply.value] : [])) : [];
  const [best] = [...(own === null ? [] : [own]), ...others].sort((a, b) => b.score - a.score);
  return best ?? { kind: 'nothing', what: '', rows: [], total: 0, score: -1 };
}

/** Asks the reader in all frames, and brings it to those that have it not. */
async function askReader<K extends 'read' | 'extract'>(
  records: Records, tabId: number, operation: K, asked: Omit<Operations[K]['takes'], 'root'>, target: Target | undefined,
): Promise<{ replies: FrameReply<Operations[K]['gives']>[]; top: FrameReply<Operations[K]['gives']> }> {
  const record = await records.get(tabId);
  const frameId = target?.frameId ?? 0;
  const ref = /e\d+$/.exec(target?.ref ?? '')?.[0];
  const token = record.frames.get(frameId)?.token ?? '';
  const request = { ...asked, ...(ref === undefined ? {} : { root: { token, ref } }) } as Operations[K]['takes'];
  let replies = await callFrames(tabId, null, operation, request);
  const without = replies.filter(({ reply }) => reply.ok && reply.value === null).map((one) => one.frameId);
  if (without.length > 0) {
    await injectReader(tabId, without);
    const again = await callFrames(tabId, without, operation, request);
    replies = replies.map((one) => again.find((other) => other.frameId === one.frameId) ?? one);
  }
  await learn(records, tabId, replies);
  const top = replies.find((one) => one.frameId === frameId);
  if (top === undefined || (ref !== undefined && top.reply.facts.token !== token)) {
    throw new ToolError('stale_ref', 'The page that this ref was given in is no longer in the tab.', 'Take browser_snapshot and use a ref from it.');
  }
  return { replies, top };
}

type One = FrameReply<FrameReading | null>;

function stitched(one: One, all: readonly One[], used: Set<One>, reading: FrameReading | null): string {
  const { path } = one.reply.facts;
  return (reading?.content ?? '').replace(SLOTS, (_slot, place: string) => {
    const frame = reading?.frames[Number(place)];
    const below = all.filter((other) => !used.has(other) && other.reply.facts.path.length === path.length + 1 && path.every((step, i) => other.reply.facts.path[i] === step));
    const child = below.find(({ reply: { facts } }) => (frame?.index ?? -1) >= 0 ? facts.path.at(-1) === frame?.index : facts.token === frame?.token || facts.url === frame?.src);
    if (child === undefined || !child.reply.ok) return '';
    used.add(child);
    return `\n\n${stitched(child, all, used, child.reply.value)}\n\n`;
  }).replace(/\n{3,}/g, '\n\n');
}
