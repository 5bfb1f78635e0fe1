// The promise: the innermost that matches is found, shown with the row or item it is in, each once.

import { expect, it } from 'vitest';
import type { Entry } from '../../src/page/entries.ts';
import { find } from '../../src/page/find.ts';

/** [depth, label, value] */
function entries(rows: [number, string, string?][]): Entry[] {
  const list: Entry[] = rows.map(([depth, label, value = ''], i) => {
    let parent = i - 1;
    while (parent >= 0 && (rows[parent]?.[0] ?? 0) >= depth) parent -= 1;
    let end = i + 1;
    while (end < rows.length && (rows[end]?.[0] ?? 0) > depth) end += 1;
    const kind = label === 'text' ? 'text' : 'other';
    return { key: `${i}`, ref: kind === 'text' ? '' : `e${i}`, label, active: false, value, props: [], parent, end, kind, landmark: false, frame: undefined, inView: true };
  });
  return list;
}

const PAGE = entries([
  [0, 'main'], [1, 'list'],
  [2, 'listitem'], [3, 'text', 'Tea'], [3, 'button "Buy"'],
  [2, 'listitem'], [3, 'text', 'Coffee'], [3, 'button "Buy"'],
  [1, 'paragraph'], [2, 'text', 'Total'], [2, 'strong', '42'], [2, 'text', 'EUR'],
]);
const refs = (request: object): string[] => find(PAGE, { limit: 10, floor: 0, ...request }).found.map((one) => one.ref);

it('finds text, also across elements, and names what can be acted on in the same item', () => {
  expect(find(PAGE, { text: 'coffee', limit: 5, floor: 0 }).found).toEqual([
    { ref: 'e5', lines: '- listitem [ref=e5]:\n  - text: Coffee\n  - button "Buy" [ref=e7]' },
  ]);
  expect(refs({ text: 'total 42 eur' })).toEqual(['e8']);
  expect(refs({ regex: '^4\\d$' })).toEqual(['e10']);
  expect(refs({ text: 'water' })).toEqual([]);
});

it('finds by role and name, counts all and shows a few', () => {
  expect(refs({ role: 'button' })).toEqual(['e4', 'e7']);
  expect(refs({ role: 'listitem', text: 'tea' })).toEqual(['e2']);
  expect(refs({ role: 'butt' })).toEqual([]);
  expect(find(PAGE, { role: 'button', name: 'buy', limit: 1, floor: 0 })).toMatchObject({ total: 2, found: [{ ref: 'e4' }] });
  expect(() => refs({ regex: '(' })).toThrow(expect.objectContaining({ code: 'invalid_params' }));
});
