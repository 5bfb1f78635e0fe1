// The boundary between the core (calls, tabs, input) and the part that looks into pages. It exists so that tools can be
// written against what a page offers, not against how the page's frames are reached.
//
// src/pages/index.ts exports `createPages(closed): PageAccess`. The worker calls it once, synchronously, while it starts
// (so it may register listeners); a listener on chrome.runtime.onMessage ignores messages that are not its own.

import type { Box } from './boxes.ts';
import type { Extraction, Format, WantedField } from '../reader/protocol.ts';
import type { FindRequest, Found, Operations, Purpose } from '../page/protocol.ts';

/** A point to act on, in CSS pixels of the TOP frame's viewport (input goes to the root CDP session). */
export interface Target {
  frameId: number;
  ref?: string;
  x: number;
  y: number;
  rect: { x: number; y: number; width: number; height: number };
  /** For people: `button "Save"`. */
  what: string;
  kind: 'editable' | 'select' | 'file' | 'other';
  hasOptions?: boolean;
  /** The same point in the viewport of its own frame. */
  own: { x: number; y: number };
  /** The mouse has been over that frame before. */
  heardMouse: boolean;
}

export interface SnapshotOptions {
  ref?: string;
  depth?: number;
  interactiveOnly?: boolean;
  /** Only what lies in the visible part of the page. */
  viewportOnly?: boolean;
  maxChars?: number;
  cursor?: string;
  /** What this client saw last stays what changes are compared with: its model is not told of this look. */
  aside?: boolean;
}

export interface SnapshotText {
  yaml: string;
  mode: 'full' | 'diff';
  cursor?: string;
  remainingChars?: number;
  notes: string[];
}

/** A look at a page. Unless told, it is as if the client had not looked. */
export interface Look extends SnapshotText {
  /** The client is being told of it: from then on, changes are those since this look. */
  tell(): Promise<void>;
}

/** Operations on one element that a tool asks for by its target. */
export type ElementOperation = 'field' | 'prepareTyping' | 'focus' | 'arrived' | 'leave' | 'openOptions' | 'scrollOptions' | 'submitButton' | 'scroll' | 'landed' | 'isPointedAt' | 'drops';
/** Operations on the top frame's page. */
export type PageOperation = 'scroll' | 'describeAt';

export interface PageAccess {
  /** Finds in all frames what a snapshot would print; the top frame's come first. */
  find(tabId: number, request: Omit<FindRequest, 'floor'>): Promise<{ found: Found[]; total: number }>;
  /** The text of the page, or of one element, with its frames' in place. */
  read(tabId: number, format: Format, target: Target | undefined): Promise<string>;
  /** Rows of data out of the page, or one element. */
  extract(tabId: number, wanted: readonly WantedField[] | undefined, target: Target | undefined): Promise<Extraction>;
  /** The controls that can be seen now, or on the full page, in CSS pixels of the top frame's viewport. */
  boxes(tabId: number, fullPage: boolean): Promise<Box[]>;
  /** Asks the top frame. */
  askPage<K extends PageOperation>(tabId: number, operation: K, request: Operations[K]['takes']): Promise<Operations[K]['gives']>;
  /** Asks about one element; refs in the answer are ones that other calls take. */
  ask<K extends ElementOperation>(
    tabId: number, target: Pick<Target, 'frameId' | 'ref'>, operation: K, request: Omit<Operations[K]['takes'], 'ref'>,
  ): Promise<Operations[K]['gives']>;
  /** Puts the agent into the top frame ahead of the first look: a document that has come will be looked at as soon as it is loaded. */
  prepare(tabId: number): Promise<void>;
  snapshot(tabId: number, clientId: string, options: SnapshotOptions): Promise<Look>;
  /** What changed since this client last looked at this tab; a full (budgeted) snapshot if it is another document or never seen. */
  changes(tabId: number, clientId: string): Promise<Look>;
  /**
   * Resolves a ref or CSS selector, scrolls into view, waits until attached, visible, stable, enabled and (for the mouse)
   * not covered; throws ToolError stale_ref | not_actionable | invalid_params. `deadline` is on the clock of performance.now().
   */
  locate(
    tabId: number,
    refOrSelector: string,
    purpose: Purpose,
    signal: AbortSignal,
    deadline: number,
  ): Promise<Target>;
  /** Keeps text and keys from all frames but one, until it is switched off, and says whether it did; a tab without frames needs nothing. */
  holdBack(tabId: number, target: Pick<Target, 'frameId'>, on: boolean): Promise<boolean>;
  selectOptions(tabId: number, target: Target, values: string[]): Promise<string[]>;
  /** Resolves when one animation frame passed without a DOM mutation (bounded by maxMs); true = something changed since `mark()`. */
  quiet(tabId: number, maxMs: number): Promise<boolean>;
  /** `quiet`, and what changed up to then, in one go; null where that takes `changes`. */
  settled(tabId: number, clientId: string, maxMs: number): Promise<Look | null>;
  mark(tabId: number): Promise<void>;
  /** Has the page's frames, or one of them, tell the worker when they show something else; or no more. */
  watch(tabId: number, frameId: number | undefined, on: boolean): Promise<void>;
  /** text present? for wait_for; searches visible text of all frames. */
  hasText(tabId: number, text: string): Promise<boolean>;
  /**
   * For evaluate with a ref: leads to the element from CDP: a JS expression valid in the extension's isolated world of that
   * frame which yields the element, and the frame's token (page agent's random id, readable there as `globalThis.__tabhub.token`).
   */
  elementExpression(
    tabId: number,
    refOrSelector: string,
  ): Promise<{ frameId: number; frameToken: string; expression: string }>;
}
