// What a page offers to the tools: looks, changes, points to act on, fields made ready. It exists so that tools know nothing
// of frames, agents and injection.

import { ignore } from '../async.ts';
import { ToolError } from '../errors.ts';
import type { Looker } from '../page/protocol.ts';
import { locate } from './aim.ts';
import { controlBoxes } from './boxes.ts';
import { callFrames, inject, learn, orIfBlank, prefixOf, valueOf, withPrefix } from './calls.ts';
import { Delivered } from './delivered.ts';
import { shownIn } from './nesting.ts';
import { extractRows, readPage } from './reading.ts';
import { Records } from './record.ts';
import { changes, numbering, settled, snapshot, type Stitched } from './snapshots.ts';
import { Trials } from './trials.ts';
import type { Look, PageAccess, Target } from './types.ts';

const EMPTY: Stitched = { yaml: '', mode: 'full', unseen: [], notes: ['The tab is empty (about:blank): open a page with browser_navigate.'] };

/** `closed`: why the page of an address may not be told of, if so. */
export function createPages(closed: (url: string) => ToolError | undefined): PageAccess {
  const records = new Records(closed);
  const delivered = new Delivered();
  const trials = new Trials();
  chrome.tabs.onRemoved.addListener((tabId) => {
    delivered.forget(tabId);
    unseen.delete(tabId);
    ignore(trials.forget(tabId));
    ignore(records.forget(tabId));
  });

  /** By tab and client. What a worker forgets by its end costs only that a frame that comes back is compared with a look at it hidden. */
  const unseen = new Map<number, Map<string, readonly string[]>>();

  const looker = async (tabId: number, clientId: string): Promise<Looker> => ({
    clientId, told: await trials.told(tabId, clientId), trial: crypto.randomUUID(), unseen: unseen.get(tabId)?.get(clientId) ?? [],
  });

  /** `isKept`: the page keeps the look, to compare the next one with. `isWhole`: nothing was left out on request. */
  const lookOf = (tabId: number, { clientId, trial }: Looker, { unseen: unplaced, ...text }: Stitched, isKept = true, isWhole = true): Look => ({
    ...text,
    async tell() {
      delivered.add(tabId, text.yaml);
      if (!isKept) return;
      if (isWhole) unseen.set(tabId, (unseen.get(tabId) ?? new Map<string, readonly string[]>()).set(clientId, unplaced));
      await trials.tell(tabId, clientId, trial);
    },
  });

  return {
    prepare: (tabId) => inject(tabId, [0]),

    async snapshot(tabId, clientId, options) {
      const who = await looker(tabId, clientId);
      const text = await orIfBlank(snapshot(records, tabId, who, options), EMPTY);
      const isWhole = options.ref === undefined && options.depth === undefined && options.viewportOnly !== true && options.interactiveOnly !== true;
      return lookOf(tabId, who, text, options.cursor === undefined && options.aside !== true, isWhole);
    },
    async changes(tabId, clientId) {
      const who = await looker(tabId, clientId);
      return lookOf(tabId, who, await orIfBlank(changes(records, tabId, who), EMPTY));
    },
    locate: (tabId, refOrSelector, purpose, signal, deadline) => locate(records, delivered, tabId, refOrSelector, purpose, signal, deadline),

    async holdBack(tabId, { frameId }, on) {
      const { frames } = await records.get(tabId);
      if (frames.size < 2) return false;
      const replies = await callFrames(tabId, null, 'holdBack', { except: frames.get(frameId)?.token ?? '', on });
      return replies.some(({ reply }) => reply.ok && reply.value);
    },

    async selectOptions(tabId, target, values) {
      const { ref, prefix } = localRef(target);
      const replies = await callFrames(tabId, [target.frameId], 'selectOptions', { ref, values });
      return valueOf(first(replies).reply, prefix);
    },

    async ask(tabId, target, operation, request) {
      const { ref, prefix } = localRef(target);
      const replies = await callFrames(tabId, [target.frameId], operation, { ...request, ref });
      await learn(records, tabId, replies);
      return withPrefix(valueOf(first(replies).reply, prefix), prefix);
    },

    async find(tabId, request) {
      const before = await records.get(tabId);
      const replies = await orIfBlank(callFrames(tabId, null, 'find', { ...request, ...numbering(before) }), []);
      const record = await learn(records, tabId, replies);
      // Any frame may be gone by now, or be none of ours; that the regular expression is none is told by the first.
      const values = replies.flatMap(({ frameId, reply }) => {
        const prefix = prefixOf(record.frames.get(frameId)?.ordinal ?? 0);
        return frameId === 0 || reply.ok ? [{ ...reply.facts, frameId, ...withPrefix(valueOf(reply, prefix), prefix) }] : [];
      });
      const top = values.find(({ frameId }) => frameId === 0);
      const shown = top === undefined ? values : shownIn(top, values, ({ frames }) => frames).sort((a, b) => values.indexOf(a) - values.indexOf(b));
      const found = shown.flatMap((value) => value.found).slice(0, request.limit);
      delivered.add(tabId, found.map(({ lines }) => lines).join('\n'));
      return { found, total: shown.reduce((sum, value) => sum + value.total, 0) };
    },

    read: (tabId, format, target) => orIfBlank(readPage(records, tabId, format, target), ''),

    extract: (tabId, wanted, target) => orIfBlank(extractRows(records, tabId, wanted, target), { kind: 'nothing', what: '', rows: [], total: 0, score: -1 }),

    boxes: (tabId, fullPage) => orIfBlank(controlBoxes(records, tabId, fullPage), []),

    async askPage(tabId, operation, request) {
      const replies = await callFrames(tabId, [0], operation, request);
      await learn(records, tabId, replies);
      return valueOf(first(replies).reply, '');
    },

    async mark(tabId) {
      await orIfBlank(callFrames(tabId, null, 'mark', {}), []);
    },

    async quiet(tabId, maxMs) {
      const replies = await orIfBlank(callFrames(tabId, null, 'quiet', { maxMs }), []);
      return replies.some(({ reply }) => reply.ok && reply.value);
    },

    async settled(tabId, clientId, maxMs) {
      const who = await looker(tabId, clientId);
      const text = await orIfBlank(settled(records, tabId, who, maxMs), null);
      return text === null ? null : lookOf(tabId, who, text);
    },

    async watch(tabId, frameId, on) {
      await orIfBlank(callFrames(tabId, frameId === undefined ? null : [frameId], 'watch', { on }), []);
    },

    async hasText(tabId, text) {
      const replies = await orIfBlank(callFrames(tabId, null, 'hasText', { text }), []);
      return replies.some(({ reply }) => reply.ok && reply.value);
    },

    async elementExpression(tabId, refOrSelector) {
      const target = await locate(records, delivered, tabId, refOrSelector, 'handle', new AbortController().signal, performance.now());
      const record = await records.get(tabId);
      const { ref } = localRef(target);
      return { frameId: target.frameId, frameToken: record.frames.get(target.frameId)?.token ?? '', expression: `globalThis.__tabhub.element(${JSON.stringify(ref)})` };
    },
  };
}

function localRef(target: Pick<Target, 'ref'>): { ref: string; prefix: string } {
  const match = /^(f\d+)?(e\d+)$/.exec(target.ref ?? '');
  if (!match) throw new ToolError('internal', 'The element was lost between finding it and acting on it.', 'Take browser_snapshot and try once more.');
  return { ref: match[2] ?? '', prefix: match[1] ?? '' };
}

function first<T>(replies: readonly T[]): T {
  const reply = replies[0];
  if (reply === undefined) throw new ToolError('tool_failed', 'The page did not answer.', 'Take browser_snapshot and try once more.');
  return reply;
}

