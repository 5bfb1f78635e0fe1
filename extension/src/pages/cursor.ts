// Where a cut snapshot goes on. It exists as a plain text that holds all it needs: nothing is kept between two calls, and what
// belongs to another document says so.

import { ToolError } from '../errors.ts';
import type { Resume } from './cut.ts';
import type { SnapshotOptions } from './types.ts';

/** What the first part was asked for, and holds for the others. */
export type Asked = Pick<SnapshotOptions, 'ref' | 'depth' | 'interactiveOnly' | 'viewportOnly'>;

export interface Cursor extends Resume {
  readonly document: string;
  readonly asked: Asked;
}

const FORM = /^([\da-f]{8})\.(\d+)\.(-|(?:f\d+)?e\d+)\.(\d+)\.(\d+)(f?)(?:\.([\w-]+))?$/;

export function writeCursor({ document, nodes, lastRef, sinceRef, digest, folds, asked }: Cursor): string {
  const more = Object.keys(asked).length === 0 ? '' : `.${encode(JSON.stringify(asked))}`;
  return `${document.slice(0, 8)}.${nodes}.${lastRef === '' ? '-' : lastRef}.${sinceRef}.${digest}${folds ? 'f' : ''}${more}`;
}

export function readCursor(text: string): Cursor {
  const match = FORM.exec(text.trim());
  if (!match) throw unreadable(text);
  const [, document = '', nodes = '', lastRef = '', sinceRef = '', digest = '', folds = '', more] = match;
  return {
    document, nodes: Number(nodes), lastRef: lastRef === '-' ? '' : lastRef, sinceRef: Number(sinceRef), digest: Number(digest),
    folds: folds !== '', asked: more === undefined ? {} : readAsked(more, text),
  };
}

function readAsked(more: string, text: string): Asked {
  let told: unknown;
  try {
    told = JSON.parse(decode(more));
  } catch {
    throw unreadable(text);
  }
  if (typeof told !== 'object' || told === null) throw unreadable(text);
  const asked: Asked = {};
  if ('ref' in told && typeof told.ref === 'string') asked.ref = told.ref;
  if ('depth' in told && typeof told.depth === 'number') asked.depth = told.depth;
  if ('interactiveOnly' in told && told.interactiveOnly === true) asked.interactiveOnly = true;
  if ('viewportOnly' in told && told.viewportOnly === true) asked.viewportOnly = true;
  return asked;
}

export function otherDocument(): ToolError {
  return new ToolError('invalid_params', 'This cursor belongs to a page that is no longer in the tab.', 'Take browser_snapshot without a cursor.');
}

/** The node behind which it would go on is gone. */
export function changedSince(): ToolError {
  return new ToolError('invalid_params', 'The page has changed since this cursor was given: the place where it goes on is gone.', 'Take browser_snapshot without a cursor.');
}

function unreadable(text: string): ToolError {
  return new ToolError('invalid_params', `${JSON.stringify(text.slice(0, 60))} is no cursor of a snapshot.`, 'Give the cursor exactly as the cut snapshot ended with it, or leave it out.');
}

function encode(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function decode(text: string): string {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}
