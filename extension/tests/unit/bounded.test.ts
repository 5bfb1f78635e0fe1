// The promise: a page's own address and title fill no answer, what is left out is told, and what is cut is still text.

import { expect, it } from 'vitest';
import { bounded, shortTitle, shortUrl } from '../../src/bounded.ts';

it('tells a long address by its beginning and its length', () => {
  const url = `https://a.test/?${'u'.repeat(1_000_000)}`;
  expect(shortUrl(url)).toBe(`${url.slice(0, 2_000)}… (${url.length} characters)`);
  expect(shortUrl(url.slice(0, 2_000))).toBe(url.slice(0, 2_000));
  expect(shortTitle('t'.repeat(1_000_000)).length).toBeLessThan(600);
});

it('leaves no half of a character behind, which is no text to the hub', () => {
  expect(bounded('a😀b', 2).isWellFormed()).toBe(true);
});
