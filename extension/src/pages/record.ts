// What is remembered of each tab's frames: which ordinal (`f3`) a frame has, and how far its refs have been numbered. It exists
// so that an old ref never means another document's element: kept in chrome.storage.session, since the worker may die any time.

import type { ToolError } from '../errors.ts';

interface FrameRecord {
  /** 0 for the top frame. */
  readonly ordinal: number;
  readonly token: string;
}

interface TabRecord {
  /** The first ref number that no document of this tab has used. */
  high: number;
  nextOrdinal: number;
  readonly frames: Map<number, FrameRecord>;
}

const key = (tabId: number): string => `pages.${tabId}`;

export class Records {
  /** Why a frame at this address may not be told of, if so. */
  readonly closed: (url: string) => ToolError | undefined;
  readonly #tabs = new Map<number, Promise<TabRecord>>();

  constructor(closed: (url: string) => ToolError | undefined) {
    this.closed = closed;
  }

  /** Reads a tab's record once; parallel callers share it. */
  get(tabId: number): Promise<TabRecord> {
    let record = this.#tabs.get(tabId);
    if (!record) {
      record = chrome.storage.session.get(key(tabId)).then((stored) => parse(stored[key(tabId)]));
      this.#tabs.set(tabId, record);
    }
    return record;
  }

  async save(tabId: number): Promise<void> {
    const record = await this.get(tabId);
    const frames = [...record.frames].map(([frameId, frame]) => [frameId, frame.ordinal, frame.token]);
    await chrome.storage.session.set({ [key(tabId)]: { high: record.high, nextOrdinal: record.nextOrdinal, frames } });
  }

  async forget(tabId: number): Promise<void> {
    this.#tabs.delete(tabId);
    await chrome.storage.session.remove(key(tabId));
  }
}

function parse(stored: unknown): TabRecord {
  const record: TabRecord = { high: 1, nextOrdinal: 1, frames: new Map() };
  if (typeof stored !== 'object' || stored === null) return record;
  if ('high' in stored && typeof stored.high === 'number') record.high = stored.high;
  if ('nextOrdinal' in stored && typeof stored.nextOrdinal === 'number') record.nextOrdinal = stored.nextOrdinal;
  const frames: unknown = 'frames' in stored ? stored.frames : [];
  for (const frame of Array.isArray(frames) ? frames : []) {
    if (!Array.isArray(frame)) continue;
    const [frameId, ordinal, token]: unknown[] = frame;
    if (typeof frameId === 'number' && typeof ordinal === 'number' && typeof token === 'string') record.frames.set(frameId, { ordinal, token });
  }
  return record;
}

export type { TabRecord };
