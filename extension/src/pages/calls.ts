// Calls from the worker to the agents in a tab's frames. It exists so that the usual call is one executeScript: the agent is
// injected only where it turns out to be missing.

import { messageOf, ToolError } from '../errors.ts';
import { AGENT_VERSION, type FrameFacts, type Operations, type Reply } from '../page/protocol.ts';
import type { Records, TabRecord } from './record.ts';

export interface FrameReply<T> {
  readonly frameId: number;
  readonly reply: Reply<T>;
}

export interface FrameValue<T> {
  readonly frameId: number;
  readonly facts: FrameFacts;
  readonly value: T;
}

/** An empty tab: Chrome lets no extension into it, and there is nothing in it to see. */
export class BlankPage extends ToolError {
  constructor() {
    super('not_actionable', 'The tab is empty (about:blank).', 'Open a page with browser_navigate.');
  }
}

/** The answer of an empty tab instead of its refusal. */
export async function orIfBlank<T>(work: Promise<T>, blank: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BlankPage) return blank;
    throw error;
  }
}

const RETRIES = 6;
const RETRY_MS = 40;

type Result<K extends keyof Operations> = { frameId: number; reply: Reply<Operations[K]['gives']> | null };

async function run<K extends keyof Operations>(tabId: number, frameIds: number[] | null, name: K, request: Operations[K]['takes']): Promise<Result<K>[]> {
  const target = frameIds === null ? { tabId, allFrames: true } : { tabId, frameIds };
  const results = await chrome.scripting.executeScript({
    target,
    injectImmediately: true,
    args: [AGENT_VERSION, name, request],
    func: (version: number, operation: K, asked: Operations[K]['takes']) => {
      const agent = globalThis.__tabhub;
      return agent && agent.version === version ? agent.handlers[operation](asked) : null;
    },
  });
  return results.map((result) => ({ frameId: result.frameId, reply: result.result ?? null }));
}

/** Where the agent is already, this does nothing. */
export async function inject(tabId: number, frameIds: number[]): Promise<void> {
  await chrome.scripting.executeScript({ target: { tabId, frameIds }, files: ['page.js'], injectImmediately: true });
}

/** The script that turns pages into text, for frames in which the agent is already. */
export async function injectReader(tabId: number, frameIds: number[]): Promise<void> {
  try {
    await chrome.scripting.executeScript({ target: { tabId, frameIds }, files: ['reader.js'], injectImmediately: true });
  } catch (error) {
    // A frame that went away meanwhile; the others have it, and what is missing shows when they are asked.
    const known = explain(error);
    if (known !== null && known.code !== 'stale_ref') throw known;
  }
}

/** Runs an operation in all frames (null) or some of them; frames that vanish meanwhile are left out. */
export async function callFrames<K extends keyof Operations>(
  tabId: number, frameIds: number[] | null, name: K, request: Operations[K]['takes'],
): Promise<FrameReply<Operations[K]['gives']>[]> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const results = await run(tabId, frameIds, name, request);
      const missing = results.filter((result) => result.reply === null).map((result) => result.frameId);
      if (missing.length > 0) {
        await inject(tabId, missing);
        const again = await run(tabId, missing, name, request);
        for (const result of again) {
          const place = results.findIndex((one) => one.frameId === result.frameId);
          if (place >= 0) results[place] = result;
        }
      }
      const answered = results.flatMap(({ frameId, reply }) => (reply === null ? [] : [{ frameId, reply }]));
      const needed = frameIds === null ? 0 : frameIds[0];
      if (answered.some((one) => one.frameId === needed)) return answered;
      if (attempt >= RETRIES) throw new ToolError('tool_failed', 'The page did not answer: it may be between two documents.', 'Wait with browser_wait_for, then try again.');
    } catch (error) {
      const known = explain(error);
      if (known) throw known;
      if (attempt >= RETRIES) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Chrome's refusals in our words; null for a frame that went away, which is worth another try. */
function explain(error: unknown): ToolError | null {
  if (error instanceof ToolError) return error;
  const message = messageOf(error);
  if (/No tab with id|tab was closed/i.test(message)) {
    return new ToolError('tab_gone', 'The tab was closed.', 'Open a page with browser_navigate.');
  }
  if (/showing error page/i.test(message)) {
    return new ToolError('unsupported', 'The tab shows an error page of the browser, where extensions cannot look: the page did not load.', 'Go to a page that loads with browser_navigate.');
  }
  // A blank page that followed another one is named by the extension that sent it there.
  if (/about:blank|contents of url "chrome-extension:/i.test(message)) return new BlankPage();
  if (/cannot access contents of the page/i.test(message)) {
    return new ToolError('not_allowed', 'Chrome lets no extension into this page: it is one of the browser’s own, or it crashed.', 'Reload it with browser_reload, or go to another page with browser_navigate.');
  }
  if (/cannot access|cannot be scripted|gallery|must request permission|blocked by/i.test(message)) {
    return new ToolError('not_allowed', `Chrome lets no extension into this page (${message}).`, 'Go to another page with browser_navigate.');
  }
  if (/No frame with id/i.test(message)) {
    return new ToolError('stale_ref', 'The frame that held this element is no longer in the page.', 'Take browser_snapshot and use a ref from it.');
  }
  return /frame|document|removed|navigat/i.test(message) ? null : new ToolError('tool_failed', `Chrome could not run the extension in the page: ${message}`, 'Try once more.');
}

/** The ordinal of a frame, given on first use and never again. */
export function ordinalOf(record: TabRecord, frameId: number, token: string): number {
  const known = record.frames.get(frameId);
  const ordinal = known ? known.ordinal : frameId === 0 ? 0 : record.nextOrdinal;
  if (!known && frameId !== 0) record.nextOrdinal += 1;
  if (known?.token !== token) record.frames.set(frameId, { ordinal, token });
  return ordinal;
}

/** Takes over how far the refs went; awaited before they are told to anyone, so that no later document can give them again. What stands in a frame that is closed to clients is told to nobody. */
export async function learn(records: Records, tabId: number, replies: readonly FrameReply<unknown>[]): Promise<TabRecord> {
  const record = await records.get(tabId);
  for (const { reply } of replies) {
    const closed = records.closed(reply.facts.url);
    if (closed !== undefined) throw closed;
  }
  let changed = false;
  // In document order, so that the first frame on the page is f1.
  const ordered = replies.length < 3 ? replies : [...replies].sort((a, b) => byPath(a.reply.facts.path, b.reply.facts.path));
  for (const { frameId, reply } of ordered) {
    const before = record.frames.get(frameId)?.token;
    ordinalOf(record, frameId, reply.facts.token);
    if (before !== reply.facts.token) changed = true;
    if (reply.facts.nextRef > record.high) {
      record.high = reply.facts.nextRef;
      changed = true;
    }
  }
  if (changed) await records.save(tabId);
  return record;
}

function byPath(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    // Frames in shadow trees (-1) have no place in the list: they come last.
    const [one, other] = [a[i] ?? -2, b[i] ?? -2].map((place) => (place === -1 ? Number.MAX_SAFE_INTEGER : place));
    if (one !== other) return (one ?? 0) - (other ?? 0);
  }
  return 0;
}

export function prefixOf(ordinal: number): string {
  return ordinal === 0 ? '' : `f${ordinal}`;
}

/** The value, or the agent's failure as a ToolError with the frame's real prefix in its refs. */
export function valueOf<T>(reply: Reply<T>, prefix: string): T {
  if (reply.ok) return reply.value;
  const { code, message, next } = reply.failure;
  throw new ToolError(code, message.replaceAll('\u0002', prefix), next.replaceAll('\u0002', prefix));
}

/** An answer with the frame's real prefix in the refs that it names. */
export function withPrefix<T>(value: T, prefix: string): T {
  const text = JSON.stringify(value);
  return text === undefined || !text.includes('\\u0002') ? value : JSON.parse(text.replaceAll('\\u0002', prefix));
}
