// The promise: a long text comes in pieces that make the whole, and a cursor that no longer fits says so.

import { expect, it } from 'vitest';
import { pieceOf, startOf } from '../../src/tools/text.ts';

it('is cut where a paragraph, a line or a word ends', () => {
  expect(pieceOf('one two three', 0, 100)).toEqual({ content: 'one two three' });
  expect(pieceOf('aaaa bbbb\n\ncccc dddd', 0, 14).content).toBe('aaaa bbbb');
  expect(pieceOf('aaaa bbbb cccc', 0, 12).content).toBe('aaaa bbbb');
  expect(pieceOf('a'.repeat(30), 0, 10).content).toBe('a'.repeat(10));
});

it('goes on where it was cut, and tells of a change before that', () => {
  const whole = Array.from({ length: 50 }, (_, i) => `line ${i}`).join('\n');
  const pieces: string[] = [];
  const notes: string[] = [];
  for (let cursor: string | undefined = undefined, i = 0; i < 50; i++) {
    const piece = pieceOf(whole, cursor === undefined ? 0 : startOf(cursor, whole, notes), 60);
    pieces.push(piece.content);
    cursor = piece.cursor;
    if (cursor === undefined) break;
  }
  expect(pieces.join('\n')).toBe(whole);
  expect(notes).toEqual([]);
  startOf(pieceOf(whole, 0, 60).cursor ?? '', `x${whole}`, notes);
  expect(notes).toHaveLength(1);
  expect(() => startOf('e12', whole, notes)).toThrow(expect.objectContaining({ code: 'invalid_params' }));
});
