// Where a cut snapshot goes on. It exists as a plain text that holds all it needs: nothing is kept between two calls, and what
// belongs to another document says so.

import { ToolError } from '../errors.ts';
import type { Resume } from './stitch.ts';

export interface Cursor extends Resume {
  readonly document: string;
  readonly ref?: string;
  readonly depth?: number;
  readonly interactiveOnly?: boolean;
}

export function writeCursor(cursor: Cursor): string {
  const { document, nodes, lastRef, sinceRef, ref, depth, interactiveOnly } = cursor;
  const more = ref === undefined && depth === undefined && interactiveOnly !== true ? '' : `.${encode(JSON.stringify({ ref, depth, interactiveOnly }))}`;
  return `${document.slice(0, 8)}.${nodes}.${lastRef === '' ? '-' : lastRef}.${sinceRef}${more}`;
}

export function readCursor(text: string): Cursor {
  const match = /^([\da-f]{8})\.(\d+)\.(-|(?:f\d+)?e\d+)\.(\d+)(?:\.([\w-]+))?$/.exec(text.trim());
  if (!match) throw unreadable(text);
  const [, document = '', nodes = '', lastRef = '', sinceRef = '', more] = match;
  const base = { document, nodes: Number(nodes), lastRef: lastRef === '-' ? '' : lastRef, sinceRef: Number(sinceRef) };
  if (more === undefined) return base;
  let options: unknown;
  try {
    options = JSON.parse(decode(more));
  } catch {
    throw unreadable(text);
  }
  if (typeof options !== 'object' || options === null) throw unreadable(text);
  return {
    ...base,
    ...('ref' in options && typeof options.ref === 'string' ? { ref: options.ref } : {}),
    ...('depth' in options && typeof options.depth === 'number' ? { depth: options.depth } : {}),
    ...('interactiveOnly' in options && options.interactiveOnly === true ? { interactiveOnly: true } : {}),
  };
}

export function otherDocument(): ToolError {
  return new ToolError('invalid_params', 'This cursor belongs to a page that is no longer in the tab.', 'Take browser_snapshot without a cursor.');
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
