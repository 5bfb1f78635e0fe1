// The promise: what is read off a page is whole and under its own names: tables with captions, lists of links.

import { expect, it } from 'vitest';
import { record, text } from '../../src/json.ts';
import { rig } from '../support/rig.ts';

const { site, call, open } = rig();

it('a table with a caption is a table in Markdown, below its caption', async () => {
  site.pages.set('/stock', '<table><caption>Our <b>stock</b></caption><thead><tr><th>Item<th>Count</thead><tbody><tr><td>Apple<td>3<tr><td>Pear<td>4</table><table><caption>No head</caption><tr><td>1<td>2</table>');
  await open('/stock');
  const { result } = await call('get_text', { format: 'markdown' });
  const lines = (text(record(result.value).content) ?? text(result.content) ?? JSON.stringify(result)).split('\n').map((line) => line.replace(/ +/g, ' '));
  expect(lines.slice(0, 6)).toEqual(['Our **stock**', '', '| Item | Count |', '| --- | --- |', '| Apple | 3 |', '| Pear | 4 |']);
  expect(lines).toContain('No head');
  expect(JSON.stringify((await call('get_text')).result)).toContain('Our stock\\nItem\\tCount\\nApple');
});

it('entries of a list of links have their address as url and their words as title', async () => {
  site.pages.set('/entries', '<ul><li><a href="/one">First entry</a> <time>2024-01-01</time><li><a href="/two">Second entry</a></ul>');
  await open('/entries');
  const { result } = await call('extract', { fields: ['title', 'url', 'date'] });
  expect(result.value).toEqual([
    { title: 'First entry', url: `${site.origin}/one`, date: '2024-01-01' },
    { title: 'Second entry', url: `${site.origin}/two`, date: null },
  ]);
});
