// What the agent asks the reader in its frame. The reader is a script of its own, brought to a page only when its text is asked
// for: with its libraries it is as large as all the rest.

import type { FramePlace } from '../page/tree.ts';
import type { Format } from './clean.ts';

export const READER_VERSION = 1;

export interface ReaderHelp {
  readonly root: Element | null;
  /** A field's content as it may be told. */
  readonly value: (el: Element) => string;
}

export interface FrameReading {
  readonly content: string;
  readonly frames: readonly FramePlace[];
}

export interface Reader {
  readonly version: number;
  read(format: Format, help: ReaderHelp): FrameReading;
}

declare global {
  var __tabhubReader: Reader | undefined;
}
