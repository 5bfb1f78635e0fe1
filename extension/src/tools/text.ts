// browser_get_text: the page, or one element, to be read: as plain text, as Markdown, or as tidied HTML; long pages in pieces.

import { roomBeside } from '../bounded.ts';
import { ToolError } from '../errors.ts';
import { locate } from './aiming.ts';
import { header, pageTool } from './page-tool.ts';
import { optionalNumber, optionalText, optionalWord } from './params.ts';
import type { Tool } from './tool.ts';

const LEAST_CHARS = 200;
/** A piece ends at a paragraph, a line or a word, if one ends in its last part. */
const LOOK_BACK = 0.3;

export const getText: Tool = pageTool({ need: 'content', kind: 'reader' }, async (run) => {
  const { params, services, waitingFor } = run.call;
  const format = optionalWord(params, 'format', ['text', 'markdown', 'html']) ?? 'text';
  const ref = optionalText(params, 'ref');
  const cursor = optionalText(params, 'cursor');
  const target = ref === undefined ? undefined : await locate(run, ref, 'handle');
  waitingFor('the page to be read');
  const whole = await services.pages.read(run.tabId, format, target);
  const page = await header(run.tabId);
  const maxChars = Math.max(LEAST_CHARS, Math.floor(optionalNumber(params, 'maxChars') ?? roomBeside(page.url)));
  const from = cursor === undefined ? 0 : startOf(cursor, whole, run.notes);
  const piece = pieceOf(whole, from, maxChars);
  if (whole === '') run.notes.push(target === undefined ? 'The page shows no text; browser_screenshot shows what it draws.' : `${target.what} shows no text.`);
  return { page, value: { format, ...piece } };
});

export interface Piece {
  content: string;
  cursor?: string;
  remainingChars?: number;
}

export function pieceOf(whole: string, from: number, maxChars: number): Piece {
  if (whole.length - from <= maxChars) return { content: whole.slice(from) };
  const window = whole.slice(from, from + maxChars);
  const least = Math.floor(maxChars * (1 - LOOK_BACK));
  const end = ['\n\n', '\n', ' '].map((mark) => window.lastIndexOf(mark) + mark.length).find((at) => at > least) ?? maxChars;
  const content = window.slice(0, end);
  return { content: content.trimEnd(), cursor: `${from + end}.${checksum(whole.slice(0, from + end))}`, remainingChars: whole.length - from - end };
}

/** Where a cursor goes on; that the page has changed before that place is told. */
export function startOf(cursor: string, whole: string, notes: string[]): number {
  const match = /^(\d+)\.([\da-z]+)$/.exec(cursor.trim());
  if (match === null) throw new ToolError('invalid_params', `${JSON.stringify(cursor.slice(0, 60))} is no cursor of browser_get_text.`, 'Give the cursor exactly as the cut answer ended with it, with the same ref and format, or leave it out.');
  const at = Math.min(Number(match[1]), whole.length);
  if (checksum(whole.slice(0, at)) !== match[2]) notes.push('The page has changed since the piece before: something may be missing or come twice.');
  return at;
}

function checksum(text: string): string {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) >>> 0;
  return sum.toString(36);
}
