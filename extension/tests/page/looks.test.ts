// The promise: a look that the client was not told of is as if it had not been taken.

import { expect, it } from 'vitest';
import type { Entry } from '../../src/page/entries.ts';
import { Looks } from '../../src/page/looks.ts';

const seen = (): Entry[] => [];

it('counts from when the client was told of it', () => {
  const looks = new Looks();
  const [first, second, third] = [seen(), seen(), seen()];
  looks.keepOnTrial('a', first, 'F');
  expect(looks.of('a', '')).toBeUndefined();
  expect(looks.of('a', 'F') === first).toBe(true);
  looks.keepOnTrial('a', second, 'S');
  looks.keepOnTrial('a', third, 'T');
  expect(looks.of('a', 'F') === first).toBe(true);
  expect(looks.of('a', 'S') === second).toBe(true);
  expect(looks.of('a', 'T') === third).toBe(true);
});

it('does not count if a call that was given up took it, before or after the last one that was told', () => {
  const looks = new Looks();
  const [early, second, late] = [seen(), seen(), seen()];
  looks.keepOnTrial('a', early, 'E');
  looks.keepOnTrial('a', second, 'S');
  looks.keepOnTrial('a', late, 'L');
  expect(looks.of('a', 'S') === second).toBe(true);
  looks.keepOnTrial('a', late, 'M');
  expect(looks.of('a', 'S') === second).toBe(true);
  expect(looks.of('a', 'E') === second).toBe(true);
});

it('keeps clients apart', () => {
  const looks = new Looks();
  looks.keepOnTrial('a', seen(), 'S');
  expect(looks.of('b', 'S')).toBeUndefined();
});
