// What the worker asks the agent in a frame, and what it answers. It exists so that both sides are checked against one list.

import type { Extraction, Format, FrameReading, WantedField } from '../reader/protocol.ts';
import type { ErrorCode } from '../errors.ts';
import type { FramePlace } from './tree.ts';

/** Raised with each change of the agent: an older agent that is still in a page is then replaced, not talked to. */
export const AGENT_VERSION = 12;

/**
 * 'press': the mouse is about to be pressed there, and the agent sees to it that nothing else is hit; 'click': the same without
 * that; 'glance': to look at, where it is in view already; 'handle': just the element, be it hidden; where it is does not matter.
 */
export type Purpose = 'press' | 'click' | 'hover' | 'type' | 'select' | 'view' | 'glance' | 'handle';

/** Numbers of refs go on from what all documents of the tab have used: a page that comes back to life may not go on from its own. */
export interface Numbering {
  readonly floor: number;
}

export interface FrameFacts {
  readonly token: string;
  /** Places in window.frames from the top down; -1 where a frame has none (inside shadow trees). */
  readonly path: readonly number[];
  readonly url: string;
  readonly nextRef: number;
}

export interface ChildFrame {
  readonly index: number;
  readonly src: string;
  readonly token: string;
  /** The iframe's own line in the parent, as context for a change inside. */
  readonly line: string;
}

export interface FrameText {
  readonly text: string;
  readonly frames: readonly ChildFrame[];
  /** False: what changed since this client looked; true: all of it. */
  readonly full: boolean;
  readonly hiddenChars: number;
  readonly hiddenPieces: number;
  readonly tooDeep: boolean;
}

/** Who looks. */
export interface Looker {
  readonly clientId: string;
  /** The last look that the client was told of, or ''. */
  readonly told: string;
  /** A name for this look: it counts as told from when a later one names it so. */
  readonly trial: string;
  /** The tokens of the frames that the look which was told last did not show: of what they looked like then nothing was told. */
  readonly unseen: readonly string[];
}

export interface SnapshotRequest extends Numbering, Looker {
  readonly depth?: number;
  readonly interactiveOnly?: boolean;
  readonly viewportOnly?: boolean;
  /** Only this element, in the frame of this token; other frames answer in full, since they may lie inside. */
  readonly root?: { readonly token: string; readonly ref: string };
  /** Goes on from a cursor: what the client saw last stays what changes are compared with. */
  readonly continued: boolean;
}

export interface ChangesRequest extends Numbering, Looker {}

export interface SettledRequest extends ChangesRequest {
  readonly maxMs: number;
}

export interface LocateRequest extends Numbering {
  /** A ref of this frame without its `f3`, or a selector; absent, not null: executeScript drops nulls from its arguments. */
  readonly ref?: string;
  readonly selector?: string;
  readonly purpose: Purpose;
  readonly waitMs: number;
  readonly ticket: string;
}

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Located {
  readonly ref: string;
  readonly x: number;
  readonly y: number;
  readonly rect: Rect;
  readonly what: string;
  readonly kind: 'editable' | 'select' | 'file' | 'other';
  readonly hasOptions: boolean;
  /** The mouse has been over this frame's document before. */
  readonly heardMouse: boolean;
}

export interface Landed {
  readonly landed: boolean;
  /** The frame heard of a press at all, or would not have, since a frame in it did. */
  readonly came: boolean;
  /** What would have been hit instead, or ''. */
  readonly instead: string;
  /** What a press elsewhere in the frame hit while none came to the point that was meant, or ''. */
  readonly strayed: string;
}

/** What became of an attempt to give an element the focus for text or keys. */
export interface Prepared {
  /** 'set': its value is set, nothing is to be typed; 'disabled', 'moved': the page is in the way, for a moment perhaps. */
  readonly how: 'set' | 'typing' | 'disabled' | 'moved';
  readonly what: string;
  /** What has the focus instead, or ''. */
  readonly instead: string;
  /** Only its own key for it selects what it holds, which is one key more to come. */
  readonly selectsByKey?: boolean;
}

/** What became of the text and the keys for an element. */
export interface Arrived {
  /** How many of them it got, or what the page then led them on to. */
  readonly came: number;
  /** One was aimed elsewhere: it and all after it were held back. */
  readonly missed: boolean;
  /** The element has the focus still: what was not heard of, the page has kept to itself. */
  readonly holds: boolean;
  /** It holds something else than before. */
  readonly isChanged: boolean;
  /** What the one that was held back was aimed at, or what has the focus; or ''. */
  readonly instead: string;
  /** The field to which the page took the focus on after the first, or ''. */
  readonly carriedTo: string;
}

export interface ProjectRequest extends Numbering {
  readonly child: { readonly index: number; readonly token: string; readonly url: string };
  readonly x: number;
  readonly y: number;
  readonly rect: Rect;
  readonly purpose: Purpose;
  readonly waitMs: number;
  readonly ticket: string;
}

export interface Projected {
  readonly x: number;
  readonly y: number;
  readonly rect: Rect;
  /** The frame had to be scrolled: what was measured inside still holds, the point was moved along. */
  readonly scrolled: boolean;
}

export interface FieldFacts {
  /** 'filter': a text field with a list of its own; 'suggest': one with a list that Chrome draws; 'popup': a list that the page made itself; 'group': radios together. */
  readonly control: 'text' | 'filter' | 'suggest' | 'popup' | 'list' | 'check' | 'radio' | 'group' | 'file' | 'other';
  readonly checked?: boolean;
  /** A field of text that holds none. */
  readonly isEmpty?: boolean;
  /** A field of text that holds the wanted one. */
  readonly holds?: boolean;
  /** What its list suggests is searched for or opened when it is picked. */
  readonly isSearch?: boolean;
  /** A file field that takes several. */
  readonly multiple?: boolean;
  /** The radio that the wanted value names; of suggestions, the text that choosing the wanted one gives. */
  readonly pick?: string;
  /** The labels there are, where the wanted one is not among them. */
  readonly options?: readonly string[];
}

export interface OptionRequest {
  readonly ref: string;
  readonly wanted: string;
  /** Only an option of just this name, and none that is a link. */
  readonly exact?: boolean;
  /** The field was not pressed yet: what can be seen now is not of its list, unless it says so. */
  readonly begin?: boolean;
}

export interface OptionFacts {
  /** Options of this element's list can be seen, and it does not say that it is closed. */
  readonly isOpen: boolean;
  /** The field says that its list is open. */
  readonly expanded: boolean;
  readonly labels: readonly string[];
  readonly pick?: string;
  readonly label?: string;
  /** It is chosen already, and a click would take it out of several. */
  readonly isOn?: boolean;
  readonly disabled?: boolean;
}

export interface ScrollRequest {
  /** Absent: what a person would scroll in this frame. */
  readonly ref?: string;
  readonly direction?: 'up' | 'down' | 'left' | 'right';
  readonly amount?: number;
  readonly to?: 'top' | 'bottom';
  /** The part that was scrolled last, whatever is in its place now. */
  readonly again?: boolean;
}

export interface ScrollFacts {
  readonly what: string;
  readonly x: number;
  readonly y: number;
  readonly maxX: number;
  readonly maxY: number;
  readonly moved: boolean;
  /** In this frame: where the mouse wheel would be turned for it. */
  readonly middle: { readonly x: number; readonly y: number };
}

export interface FindRequest extends Numbering {
  readonly text?: string;
  readonly regex?: string;
  readonly role?: string;
  readonly name?: string;
  readonly limit: number;
}

export interface Found {
  readonly ref: string;
  readonly lines: string;
}

export interface ReadRequest {
  readonly format: Format;
  /** Only this element, in the frame of this token; other frames answer in full, since they may lie inside. */
  readonly root?: { readonly token: string; readonly ref: string };
}

export interface ExtractRequest {
  readonly wanted?: readonly WantedField[];
  readonly root?: { readonly token: string; readonly ref: string };
}

export interface PointFacts {
  readonly what: string;
  /** It asks for a file when it is clicked. */
  readonly isFile: boolean;
}

export interface DropFacts {
  /** The page, or a field by itself, takes what is dragged over it. */
  readonly over: boolean;
  /** The page was told of a drop, or a field took it as Chrome's own fields do. */
  readonly taken: boolean;
}

export interface BoxRequest extends Numbering {
  /** Those of the whole page; of frames in it, those that they show. */
  readonly fullPage: boolean;
}

export interface BoxFacts {
  readonly boxes: readonly { readonly ref: string; readonly rect: Rect }[];
  /** Where the content of child frames is in this frame. */
  readonly frames: readonly { readonly index: number; readonly rect: Rect; readonly scale: number }[];
}

/** Every operation with what it takes and what it gives. */
export interface Operations {
  snapshot: { takes: SnapshotRequest; gives: FrameText };
  changes: { takes: ChangesRequest; gives: FrameText };
  locate: { takes: LocateRequest; gives: Located };
  count: { takes: { selector: string }; gives: number };
  project: { takes: ProjectRequest; gives: Projected };
  cancel: { takes: { ticket: string }; gives: boolean };
  /** Whether the press that was aimed last hit its element; if not, nothing else was hit. */
  landed: { takes: { ref: string }; gives: Landed };
  /** Whether the mouse is over this frame's document, as far as that has heard; true at a point where a frame in it hears instead. */
  isPointedAt: { takes: { ref: string; x: number; y: number }; gives: boolean };
  /**
   * Focuses the element and, with replace, selects its content so that typing replaces it; dates, colours and ranges are set.
   * `count`: how many texts or keys are to arrive at this element and nowhere else.
   */
  prepareTyping: { takes: { ref: string; text: string; replace: boolean; count: number }; gives: Prepared };
  /** For keys. */
  focus: { takes: { ref: string; count: number }; gives: Prepared };
  /** Answers once so many have arrived or one went astray, but within that time; with none, the watch ends. */
  arrived: { takes: { ref: string; least: number; waitMs: number }; gives: Arrived };
  /** Keeps text and keys from this frame's page, unless it is the one of that token; whether some were kept. */
  holdBack: { takes: { except: string; on: boolean }; gives: boolean };
  selectOptions: { takes: { ref: string; values: readonly string[] }; gives: string[] };
  field: { takes: { ref: string; wanted?: string }; gives: FieldFacts };
  /** Takes the focus away from it, as a person does who goes on to the next. */
  leave: { takes: { ref: string }; gives: boolean };
  openOptions: { takes: OptionRequest; gives: OptionFacts };
  /** Scrolls the open list to its begin or by nearly its height; whether it moved. */
  scrollOptions: { takes: { ref: string; to: 'start' | 'next' }; gives: boolean };
  submitButton: { takes: { ref: string }; gives: string };
  scroll: { takes: ScrollRequest; gives: ScrollFacts };
  /** `frames`: those that can be seen. */
  find: { takes: FindRequest; gives: { found: Found[]; total: number; frames: FramePlace[] } };
  /** Null where the reader has not been brought yet. */
  read: { takes: ReadRequest; gives: FrameReading | null };
  extract: { takes: ExtractRequest; gives: Extraction | null };
  boxes: { takes: BoxRequest; gives: BoxFacts };
  /** What the mouse would hit at a point of this frame's viewport; an empty text for nothing that a person would name. */
  describeAt: { takes: { x: number; y: number }; gives: PointFacts };
  /** What became of the last drag since this was last asked; `ref` says only in which frame. */
  drops: { takes: { ref: string }; gives: DropFacts };
  mark: { takes: Record<never, never>; gives: boolean };
  quiet: { takes: { maxMs: number }; gives: boolean };
  /**
   * `quiet`, and what changed up to then: for the usual action, which is over with that. Null where one look in one
   * frame does not tell it all: there are child frames, or the client has not seen this document.
   */
  settled: { takes: SettledRequest; gives: FrameText | null };
  /** Refs of what a snapshot would print with this role and name. */
  similar: { takes: Numbering & { label: string }; gives: string[] };
  hasText: { takes: { text: string }; gives: boolean };
  /** From now on the worker is told when the frame shows something else; or no more. */
  watch: { takes: { on: boolean }; gives: boolean };
}

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly next: string;
}

export type Reply<T> = { readonly ok: true; readonly facts: FrameFacts; readonly value: T } | { readonly ok: false; readonly facts: FrameFacts; readonly failure: Failure };

export type Handlers = {
  readonly [K in keyof Operations]: (request: Operations[K]['takes']) => Promise<Reply<Operations[K]['gives']>>;
};

/** What page.js leaves behind in the isolated world. */
export interface Agent {
  readonly version: number;
  readonly token: string;
  readonly handlers: Handlers;
  /** For evaluate: the element of a ref without its frame's prefix. */
  element(ref: string): Element | null;
}

declare global {
  var __tabhub: Agent | undefined;
}
