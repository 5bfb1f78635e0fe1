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

it('knows what a client was told of once and is there no more, until it is there again', () => {
  const looks = new Looks();
  const entry = (key: string, parent = -1): Entry => ({ key, parent }) as Entry;
  const told = (keys: string[], trial: string): string[] => {
    looks.keepOnTrial('a', keys.map(entry), trial);
    looks.of('a', trial);
    return [...looks.goneFor('a').keys()];
  };
  expect(told(['e1', 'e2', 'e3'], 'F')).toEqual([]);
  looks.keepOnTrial('a', [entry('e9')], 'never told');
  expect(told(['e1', 'e4'], 'S')).toEqual(['e2', 'e3']);
  expect(told(['e2'], 'T')).toEqual(['e3', 'e1', 'e4']);
  expect([...looks.goneFor('b').keys()]).toEqual([]);
  const many = Array.from({ length: 30_000 }, (_, i) => `m${i}`);
  told(many, 'U');
  expect(told(['e5'], 'V')).toHaveLength(20_000);
});

it('knows what went together with what it stood in, and not what was told as removed', () => {
  const looks = new Looks();
  const told = (entries: [key: string, parent: number][], trial: string): string[] => {
    looks.keepOnTrial('a', entries.map(([key, parent]) => ({ key, parent }) as Entry), trial);
    looks.of('a', trial);
    return [...looks.goneFor('a').values()].map(({ entry, home }) => `${entry.key} in ${home}`);
  };
  told([['list', -1], ['one', 0], ['two', 0], ['three', 0]], 'F');
  expect(told([['list', -1], ['two', 0], ['three', 0]], 'S')).toEqual(['one in ']);
  expect(told([['dialog', -1]], 'T')).toEqual(['one in ', 'list in ', 'two in list', 'three in list']);
  expect(told([['list', -1], ['three', 0]], 'U')).toEqual(['one in ', 'two in ', 'dialog in ']);
});
