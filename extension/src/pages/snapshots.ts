// Snapshots and changes of a whole tab. It exists to turn the frames' answers into the one text a client gets.

import { roomBeside } from '../bounded.ts';
import { ToolError } from '../errors.ts';
import type { FrameText, Looker, Numbering } from '../page/protocol.ts';
import { callFrames, learn, type FrameReply, prefixOf } from './calls.ts';
import { type Asked, changedSince, type Cursor, otherDocument, readCursor, writeCursor } from './cursor.ts';
import { cutLines, shortened } from './cut.ts';
import type { Records, TabRecord } from './record.ts';
import { resolve } from './resolve.ts';
import { type Part, Stitcher } from './stitch.ts';
import type { SnapshotOptions, SnapshotText } from './types.ts';

/** With the tokens of the frames that it does not show. */
export type Stitched = SnapshotText & { unseen: string[] };

/** Changes so long, of what the page itself is, are told as the page. */
const MOST_OF_IT = 0.5;
/** Less would cut a snapshot into its single nodes. */
const LEAST_CHARS = 200;

export async function snapshot(records: Records, tabId: number, looker: Looker, options: SnapshotOptions): Promise<Stitched> {
  const cursor = options.cursor === undefined ? null : readCursor(options.cursor);
  const asked = cursor ? cursor.asked : askedOf(options);

  const place = asked.ref === undefined ? null : await resolve(records, tabId, asked.ref);
  const record = await records.get(tabId);
  let token = place ? record.frames.get(place.frameId)?.token : undefined;
  if (place && token === undefined) {
    await learn(records, tabId, await callFrames(tabId, [place.frameId], 'mark', {}));
    token = record.frames.get(place.frameId)?.token ?? '';
  }
  const { ref: _, ...filters } = asked;
  const replies = await callFrames(tabId, null, 'snapshot', {
    ...looker,
    continued: cursor !== null || options.aside === true,
    ...numbering(record),
    ...filters,
    ...(place ? { root: { token: token ?? '', ref: place.ref ?? place.selector ?? '' } } : {}),
  });
  await learn(records, tabId, replies);
  if (cursor && !replies.some((one) => one.frameId === 0 && one.reply.facts.token.startsWith(cursor.document))) throw otherDocument();

  const failed = replies.find((one) => !one.reply.ok && (place ? one.frameId === place.frameId : one.frameId === 0));
  if (failed && !failed.reply.ok) throw failure(failed.reply.failure, prefixIn(record, failed.frameId));
  const parts = partsOf(record, replies);
  const top = parts.find((part) => part.frameId === (place ? place.frameId : 0));
  if (!top || (place && top.token !== token)) {
    throw new ToolError('stale_ref', 'The page that this ref was given in is no longer in the tab.', 'Take browser_snapshot without a ref.');
  }
  const facts = replies.find((one) => one.frameId === 0)?.reply.facts;
  const document = facts?.token ?? '';
  const maxChars = Math.max(options.maxChars ?? roomBeside(facts?.url ?? ''), LEAST_CHARS);
  return asMuchAsFits(parts, top, document, asked, maxChars, cursor);
}

function askedOf({ ref, depth, interactiveOnly, viewportOnly }: SnapshotOptions): Asked {
  return {
    ...(ref === undefined ? {} : { ref }),
    ...(depth === undefined ? {} : { depth }),
    ...(interactiveOnly === true ? { interactiveOnly } : {}),
    ...(viewportOnly === true ? { viewportOnly } : {}),
  };
}

/** The frames' texts as one, as far as it fits. */
function asMuchAsFits(parts: readonly Part[], top: Part, document: string, asked: Asked, maxChars: number, cursor: Cursor | null): Stitched {
  const stitcher = new Stitcher(parts);
  const whole = stitcher.full(top);
  const { unseen } = stitcher;
  const notes = notesOf(parts);
  if (cursor === null && whole.length < maxChars) return { yaml: whole, mode: 'full', notes, unseen };
  const cut = cutLines(whole === '' ? [] : whole.split('\n'), maxChars, cursor);
  if (cut === null) throw changedSince();
  const { text, remainingChars, remainingNodes, changed, ...resume } = cut;
  if (changed) notes.unshift('The page changed since the part before this one: what came in above it is not told here (browser_snapshot with mode "diff" tells it).');
  if (remainingChars === 0) return { yaml: text, mode: 'full', notes, unseen };
  notes.push(`${remainingNodes} more nodes follow with the cursor.`);
  return { yaml: text, mode: 'full', remainingChars, cursor: writeCursor({ ...resume, document, asked }), notes, unseen };
}

/** What changed, once a frame has passed without a change; null where that needs `changes`. */
export async function settled(records: Records, tabId: number, looker: Looker, maxMs: number): Promise<Stitched | null> {
  const record = await records.get(tabId);
  const replies = await callFrames(tabId, null, 'settled', { ...looker, maxMs, ...numbering(record) });
  await learn(records, tabId, replies);
  const [only, ...others] = replies;
  if (only === undefined || others.length > 0 || !only.reply.ok || only.reply.value === null) return null;
  const { facts, value } = only.reply;
  const [top] = partsOf(record, [{ frameId: only.frameId, reply: { ok: true, facts, value } }]);
  const diff = top === undefined ? null : diffOf([top], top);
  return diff?.whole === true ? diff.text : null;
}

export async function changes(records: Records, tabId: number, looker: Looker): Promise<Stitched> {
  const record = await records.get(tabId);
  const replies = await callFrames(tabId, null, 'changes', { ...looker, ...numbering(record) });
  await learn(records, tabId, replies);
  const failed = replies.find((one) => one.frameId === 0 && !one.reply.ok);
  if (failed && !failed.reply.ok) throw failure(failed.reply.failure, '');
  const parts = partsOf(record, replies);
  const top = parts.find((part) => part.frameId === 0);
  if (!top) throw new ToolError('tool_failed', 'The page did not answer.', 'Try browser_snapshot.');
  if (top.text.full && parts.some((part) => !part.text.full)) return snapshot(records, tabId, looker, {});
  if (top.text.full) return asMuchAsFits(parts, top, top.token, {}, roomBeside(top.url), null);
  const diff = diffOf(parts, top);
  if (diff.whole) return diff.text;
  // Where most of the page is another, the page anew says more than half of its changes.
  const anew = await snapshot(records, tabId, looker, {});
  const chars = anew.yaml.length + (anew.remainingChars ?? 0);
  if (anew.remainingChars !== undefined && diff.chars < chars * MOST_OF_IT) return diff.text;
  return { ...anew, notes: [...anew.notes, 'More changed than fits into an answer, so this is the page as it is now.'] };
}

/** What changed, as far as it fits; `chars`: how long all of it is. */
function diffOf(parts: readonly Part[], top: Part): { text: Stitched; whole: boolean; chars: number } {
  const stitcher = new Stitcher(parts);
  const lines = stitcher.changes(top).flatMap((line) => line.split('\n'));
  const { unseen } = stitcher;
  const all = lines.join('\n');
  const room = roomBeside(top.url);
  const short = all.length > room ? shortened(lines, room) : lines;
  let chars = 0;
  const end = short.findIndex((line) => (chars += line.length + 1) > room);
  if (end < 0) return { text: { yaml: short.join('\n'), mode: 'diff', notes: [], unseen }, whole: true, chars: all.length };
  const note = `More changed than fits into an answer: ${short.length - end} more lines of changes are not told. See them with browser_snapshot or browser_find.`;
  return { text: { yaml: short.slice(0, end).join('\n'), mode: 'diff', notes: [note], unseen }, whole: false, chars: all.length };
}

export function numbering({ high }: TabRecord): Numbering {
  return { floor: high };
}

function prefixIn(record: TabRecord, frameId: number): string {
  return prefixOf(record.frames.get(frameId)?.ordinal ?? 0);
}

function failure(told: { code: ToolError['code']; message: string; next: string }, prefix: string): ToolError {
  return new ToolError(told.code, told.message.replaceAll('\u0002', prefix), told.next.replaceAll('\u0002', prefix));
}

function partsOf(record: TabRecord, replies: readonly FrameReply<FrameText>[]): (Part & { frameId: number })[] {
  return replies.flatMap(({ frameId, reply }) => {
    if (!reply.ok) return [];
    const { path, token, url } = reply.facts;
    return [{ frameId, prefix: prefixIn(record, frameId), path, token, url, text: reply.value }];
  });
}

function notesOf(parts: readonly Part[]): string[] {
  const notes: string[] = [];
  const pieces = parts.reduce((sum, part) => sum + part.text.hiddenPieces, 0);
  const chars = parts.reduce((sum, part) => sum + part.text.hiddenChars, 0);
  if (pieces > 0) notes.push(`${pieces} ${pieces === 1 ? 'piece' : 'pieces'} of text (${chars} characters) that a person cannot see on the page ${pieces === 1 ? 'was' : 'were'} left out.`);
  if (parts.some((part) => part.text.tooDeep)) notes.push('Parts of the page that are nested deeper than 600 levels were left out.');
  return notes;
}
