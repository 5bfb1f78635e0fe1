// The promise: what a page writes to its console reads as the console itself would print it.

import { beforeAll, expect, it } from 'vitest';
import { list, record, text } from '../../src/json.ts';
import { rig } from '../support/rig.ts';

const { site, call, open } = rig();

beforeAll(async () => {
  site.pages.set('/writes', '<title>Writes</title>');
  await open('/writes');
});

async function written(script: string): Promise<string> {
  await call('get_console_logs', { clear: true });
  await call('evaluate', { function: `async () => { ${script}; await new Promise((over) => setTimeout(over, 20)) }` });
  const { result } = await call('get_console_logs');
  return list(record(result.value).entries).map((entry) => text(record(entry).text)).join('\n');
}

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
