// @vitest-environment happy-dom
// The promise: what CSS paints around a text counts as text, the addresses of its pictures do not.

import { expect, it } from 'vitest';
import { stringsOf } from '../../src/page/generated.ts';

it.each([
  ['"$"', '$'], ['"a" "b"', 'ab'], ['counter(x) ". "', '. '], ['url("https://site.test/icon.png")', ''], ['url("/a.png") " new"', ' new'],
  ['url("data:image/svg+xml;utf8,<svg xmlns=\'http://www.w3.org/2000/svg\'><path d=\\"M0(\\"/></svg>") "x"', 'x'],
  ['"★" / "Star"', 'Star'], ['url("/a.png") / "Star"', 'Star'], ['"★" / ""', ''], ['"1 / 2"', '1 / 2'], ['"(" "a" ")"', '(a)'], ['"say \\"hi\\""', 'say "hi"'],
  ['image-set(url("/a.png") 1dppx type("image/png"))', ''], ['counters(x, ".") "a"', 'a'],
])('of %s this is text: %s', (content, text) => {
  expect(stringsOf(content)).toBe(text);
});
