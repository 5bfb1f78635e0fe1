// The promise: a look that the client was not told of is as if it had not been taken.

import { expect, it } from 'vitest';
import type { Entry } from '../../src/page/entries.ts';
import { Looks } from '../../src/page/looks.ts';

const seen = (): Entry[] => [];

it('counts from when the client was told of it', () => {
  const looks = new Looks();
  const [first, second, third] = [seen(), seen(), seen()];
  looks.keep('a', first);
  looks.keepOnTrial('a', second, 'S');
  looks.keepOnTrial('a', third, 'T');
  expect(looks.of('a') === first).toBe(true);
  expect(looks.of('a', 'S') === second).toBe(true);
});

it('does not count if an action that was given up took it after the last one that was told', () => {
  const looks = new Looks();
  const [first, second, late] = [seen(), seen(), seen()];
  looks.keep('a', first);
  looks.keepOnTrial('a', second, 'S');
  looks.keepOnTrial('a', late, 'L');
  expect(looks.of('a', 'S') === second).toBe(true);
  looks.keepOnTrial('a', late, 'M');
  expect(looks.of('a', 'S') === second).toBe(true);
});

it('keeps clients apart', () => {
  const looks = new Looks();
  looks.keep('a', seen());
  expect(looks.of('b')).toBeUndefined();
});
