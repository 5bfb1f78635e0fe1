// What the agent asks the reader in its frame. The reader is a script of its own, brought to a page only when its text is asked
// for: with its libraries it is as large as all the rest.

import type { FramePlace } from '../page/tree.ts';

export const READER_VERSION = 1;

/** Around the number of a frame's slot; private use, so that no page's text means it. */
export const SLOT = ['\uE0F0', '\uE0F1'] as const;

export type Format = 'text' | 'markdown' | 'html';

export interface ReaderHelp {
  readonly root: Element | null;
  /** A field's content as it may be told. */
  readonly value: (el: Element) => string;
}

export interface FrameReading {
  readonly content: string;
  readonly frames: readonly FramePlace[];
}

export interface WantedField {
  readonly name: string;
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'array';
  readonly required: boolean;
  /** The schema's own words for it. */
  readonly hint?: string;
  readonly isUrl?: boolean;
  readonly choices?: readonly string[];
}

export interface Extraction {
  readonly kind: 'table' | 'definitions' | 'form' | 'items' | 'nothing';
  readonly what: string;
  readonly rows: readonly Record<string, string | number | boolean | readonly string[] | null>[];
  readonly total: number;
  /** How well it fits, to compare frames by. */
  readonly score: number;
}

export interface Reader {
  extract(wanted: readonly WantedField[] | undefined, help: ReaderHelp): Extraction;
  readonly version: number;
  read(format: Format, help: ReaderHelp): FrameReading;
}

declare global {
  var __tabhubReader: Reader | undefined;
}
