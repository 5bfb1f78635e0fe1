// The promise: what a page writes to its console reads as the console itself would print it.

import { beforeAll, expect, it } from 'vitest';
import { list, record, text } from '../../src/json.ts';
import type { Answer } from '../support/hub.ts';
import { eventually, rig } from '../support/rig.ts';

const { site, call, open } = rig();

beforeAll(async () => {
  site.pages.set('/writes', '<title>Writes</title><link rel="icon" href="data:,">');
  await open('/writes');
});

async function written(script: string): Promise<string> {
  await call('get_console_logs', { clear: true });
  await call('evaluate', { function: `() => { ${script} }` });
  let lines = '';
  await eventually('the message', async () => {
    lines = told(await call('get_console_logs')).map((entry) => entry.text).join('\n');
    return lines !== '';
  });
  return lines;
}

function told({ result }: Answer): { text: string; source: string }[] {
  return list(record(result.value).entries).map(record).map((entry) => ({ text: text(entry.text) ?? '', source: text(entry.source) ?? '' }));
}

it('is told as far as a default answer has room for, the newest last, and whole where a limit is named', async () => {
  await call('get_console_logs', { clear: true });
  await call('evaluate', { function: '() => { for (let n = 1; n <= 60; n += 1) console.log(`${n} ${"long ".repeat(200)}`) }' });
  const all = await call('get_console_logs', { limit: 100 });
  expect(told(all)).toHaveLength(60);
  const some = await call('get_console_logs');
  const entries = told(some);
  expect(entries.at(-1)?.text).toMatch(/^60 long/);
  expect(entries.reduce((sum, entry) => sum + entry.text.length + entry.source.length, 0)).toBeLessThan(11_000);
  expect(entries.length).toBeGreaterThan(5);
  expect(record(some.result.value).more).toBe(60 - entries.length);
});

it.each([
  ['console.log({ d: new Date(0) }, new Date(0))', /^\{d: Thu Jan 01 1970 .*\} Thu Jan 01 1970/],
  ['console.log("%s is %d %i %f%c big%c %o %% %s", "x", 3.7, 4, 1.5, "color: red", "", { a: 1 })', /^x is 3 4 1.5 big {a: 1} % %s$/],
  ['console.log("100%", "%s", 1)', /^100% %s 1$/],
  ['console.table([{ a: 1, b: "x" }, { a: 3 }])', /^\[{a: 1, b: "x"}, {a: 3}\]$/],
  ['console.log(new Map([["a", 1], ["b", { c: 2 }]]), new Set([1]), /a.b/g, document.body)', /^Map\(2\) {"a" => 1, "b" => {c: 2}} Set\(1\) \{1\} \/a\.b\/g body$/],
  ['setTimeout(() => { throw { code: 7 } })', /^Uncaught {code: 7}$/],
  ['Promise.reject({ code: 8 })', /^Uncaught \(in promise\) {code: 8}$/],
  ['setTimeout(() => { throw new TypeError("no") })', /^Uncaught TypeError: no\n/],
])('%s', async (script, expected) => expect(await written(script)).toMatch(expected));
