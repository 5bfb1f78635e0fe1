// The promise: how long anything takes is measured on a clock that nobody sets. The wall clock is read only where a time of day is
// meant.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const SRC = new URL('../../src/', import.meta.url);

/** Where a time of day is meant, and which. */
const TIMES_OF_DAY = new Map([
  ['calls.ts', 'until when the call may take, as the hub tells it'],
  ['clients/tabs.ts', 'when the person last turned to this browser, to be held against other browsers'],
  ['debugger/console-record.ts', 'when the page said it'],
  ['debugger/network-record.ts', 'when the page asked for it'],
  ['downloads.ts', 'when it began, to be found in Chrome’s list'],
]);

it('no wait is measured by the machine’s clock', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const reading = files.filter((file) => /Date\.now\(/.test(readFileSync(new URL(file, SRC), 'utf8')));
  expect(reading.sort()).toEqual([...TIMES_OF_DAY.keys()].sort());
});
