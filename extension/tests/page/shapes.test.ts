// The promise: a shape that leaves nothing is known for it however it is written, and no other is taken for one.

import { describe, expect, it } from 'vitest';
import { clipsAll, collapses, scalesToNothing } from '../../src/page/shapes.ts';

describe('a clip-path', () => {
  it.each([
    'inset(50%)', 'inset(100%)', 'inset(0px 0px 100%)', 'inset(0px 100% 0px 0px)', 'inset(60% 0px 40%)', 'inset(0px calc(100% - 0px) calc(100% - 0px) 0px)', 'inset(calc(100% - 1px) 0px 0px)', 'inset(50% round 4px)',
    'circle(0px at 50% 50%)', 'circle(0%)', 'ellipse(0px 0px at 50% 50%)', 'ellipse(50% 0px)', 'polygon(0px 0px, 0px 0px, 0px 0px)', 'polygon(0% 0%, 100% 100%, 0% 0%)', 'polygon(evenodd, 0px 0px, 10px 0px, 5px 0px)',
  ])('that leaves nothing: %s', (shape) => expect(clipsAll(shape)).toBe(true));

  it.each([
    'none', 'inset(0px)', 'inset(0px round 8px)', 'inset(40%)', 'inset(0px 0px 90%)', 'inset(-10px)', 'inset(calc(100% - 20px) 0px 0px)', 'circle(50%)', 'circle(0.5px)', 'ellipse(25% 40%)', 'polygon(0px 0px, 100% 0px, 100% 100%)',
    'polygon(50% 0%, 100% 100%, 0% 100%)', 'polygon(0px 0px, calc(100% - 4px) 0px, 0px 9px)', 'url("#shape")', 'path("M 0 0 L 10 10")', 'border-box',
  ])('that leaves something: %s', (shape) => expect(clipsAll(shape)).toBe(false));
});

it('a transform to a line or a point is one, a turn or a half is none', () => {
  for (const nothing of ['matrix(0, 0, 0, 0, 0, 0)', 'matrix(0, 0, 0, 1, 0, 0)', 'matrix(1, 0, 0, 0, 5, 5)', 'matrix(0.001, 0, 0, 0.001, 0, 0)', 'matrix3d(6.1e-17, 0, -1, 0, 0, 1, 0, 0, 1, 0, 6.1e-17, 0, 0, 0, 0, 1)']) expect(collapses(nothing)).toBe(true);
  for (const something of ['none', 'matrix(0.5, 0, 0, 0.5, 0, 0)', 'matrix(0, 1, -1, 0, 0, 0)', 'matrix(-1, 0, 0, 1, 0, 0)', 'matrix3d(-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1)']) expect(collapses(something)).toBe(false);
  expect(['0', '0.001 1', '1 0', 'none', '1', '0.5 2', '1 1 0'].map(scalesToNothing)).toEqual([true, true, true, false, false, false, false]);
});
