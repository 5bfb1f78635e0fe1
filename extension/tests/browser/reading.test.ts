// The promise: what is read off a page is whole and under its own names: tables with captions, lists of links.

import { describe, expect, it } from 'vitest';
import { list, record, text, type JsonRecord } from '../../src/json.ts';
import { notes, rig, yaml } from '../support/rig.ts';

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

it('a field of several lines is read whole, with its lines', async () => {
  site.pages.set('/notes', `<textarea id="short" aria-label="Short">one\ntwo\n\n  three</textarea><textarea id="long" aria-label="Long"></textarea><script>long.value = 'word '.repeat(3000) + 'end'</script>`);
  const seen = yaml(await open('/notes'));
  expect(seen).toMatch(/textbox "Long" \[ref=e\d+\]: "?word .*# 13\d\d\d more characters: browser_get_text with ref e\d+ reads them/);
  const read = async (params: JsonRecord): Promise<string> => text(record((await call('get_text', params)).result.value).content) ?? '';
  for (const format of ['text', 'markdown']) {
    expect(await read({ ref: '#short', format }), format).toContain('one\ntwo\n\n  three');
    expect(await read({ ref: '#long', format, maxChars: 20_000 }), format).toContain('word word end');
  }
  expect(yaml(await call('type', { ref: '#long', text: 'word '.repeat(3000) + 'other' }))).toContain('[changed]');
});

it('rows that do not fit into a default answer are counted, and come when asked for', async () => {
  const row = (i: number): string => `<tr><td>Article number ${i}<td>${i},99`;
  site.pages.set('/articles', `<table><tr><th>Title<th>Price${Array.from({ length: 900 }, (_, i) => row(i)).join('')}</table>`);
  await open('/articles');
  const cut = await call('extract', { fields: ['title', 'price'] });
  expect(JSON.stringify(cut.result).length).toBeLessThan(12_000);
  const shown = list(cut.result.value).length;
  expect([text(cut.result.text), notes(cut)]).toEqual([expect.stringContaining(`${shown} of 900 rows`), expect.stringContaining(`${900 - shown} more rows do not fit`)]);
  const all = await call('extract', { fields: ['title', 'price'], maxChars: Number(/maxChars (\d+)/.exec(notes(cut))?.[1]) });
  expect([list(all.result.value).length, notes(all)]).toEqual([900, '']);
  const { rows } = (await call('extract', { schema: { type: 'object', properties: { rows: { type: 'array', items: { type: 'object', properties: { title: {} } } } } } })).result.value as { rows: unknown[] };
  expect(rows.length).toBeLessThan(900);
});

describe('a table', () => {
  it('gives each cell to its column, whatever spans rows and columns', async () => {
    site.pages.set(
      '/spans',
      `<!doctype html><table id="a"><tr><th>Name<th>Price<th>Change</tr><tr><td rowspan=2>Apple<td>1<td>2</tr><tr><td>2,00<td>-3.5%</tr><tr><td>Pear<td colspan=2>none</tr></table>
       <table id="b"><thead><tr><th rowspan=2>Item<th colspan=2>Price</tr><tr><th>Net<th>Gross</tr></thead><tbody><tr><td rowspan=0>Tea<td>1<td>2</tr><tr><td>3<td>4</tr></tbody><tbody><tr><td>Milk<td>5<td>6</tr></tbody></table>
       <table id="c"><tr><th rowspan=2>Item<th colspan=2>Price</tr><tr><th>Net<th>Gross</tr><tr><th colspan=3>Drinks</tr><tr><td>Tea<td>1<td>2</tr><tr><td colspan=99999 rowspan=99999>Rest</tr></table>
       <div id="d" role="table"><div role="row"><span role="columnheader">One</span><span role="columnheader">Two</span></div><div role="row"><span role="cell" aria-colspan="2">both</span></div></div>`,
    );
    await open('/spans');
    const rows = async (ref: string, fields?: string[]): Promise<unknown> => (await call('extract', { ref, ...(fields === undefined ? {} : { fields }) })).result.value;
    expect(await rows('#a')).toEqual([{ Name: 'Apple', Price: '1', Change: '2' }, { Name: 'Apple', Price: '2,00', Change: '-3.5%' }, { Name: 'Pear', Price: 'none', Change: 'none' }]);
    expect(await rows('#b')).toEqual([{ Item: 'Tea', 'Price Net': '1', 'Price Gross': '2' }, { Item: 'Tea', 'Price Net': '3', 'Price Gross': '4' }, { Item: 'Milk', 'Price Net': '5', 'Price Gross': '6' }]);
    expect(await rows('#b', ['item', 'gross'])).toEqual([{ item: 'Tea', gross: '2' }, { item: 'Tea', gross: '4' }, { item: 'Milk', gross: '6' }]);
    expect(await rows('#c')).toEqual([{ Item: 'Tea', 'Price Net': '1', 'Price Gross': '2' }, { Item: 'Rest', 'Price Net': 'Rest', 'Price Gross': 'Rest' }]);
    expect(await rows('#d')).toEqual([{ One: 'both', Two: 'both' }]);
  });

  it('with two rows of headers is a table in Markdown with one', async () => {
    await open('/spans');
    const { result } = await call('get_text', { ref: '#b', format: 'markdown' });
    const lines = (text(record(result.value).content) ?? '').split('\n').map((line) => line.replace(/ +/g, ' '));
    expect(lines).toEqual(['| Item | Price Net | Price Gross |', '| --- | --- | --- |', '| Tea | 1 | 2 |', '| Tea | 3 | 4 |', '| Milk | 5 | 6 |']);
    const first = (text(record((await call('get_text', { ref: '#a', format: 'markdown' })).result.value).content) ?? '').split('\n').map((line) => line.replace(/ +/g, ' '));
    expect(first).toEqual(['| Name | Price | Change |', '| --- | --- | --- |', '| Apple | 1 | 2 |', '| Apple | 2,00 | \\-3.5% |', '| Pear | none | |']);
  });
});

it('a form is read whatever its fields are called', async () => {
  const hostile = 'children childNodes append remove attributes localName matches closest querySelectorAll getAttribute ownerDocument textContent nodeType'.split(' ');
  site.pages.set('/named', `<!doctype html><form><label>Adults <input name="adults" value="2"></label>${hostile.map((name) => `<label>${name} x <input name="${name}" value="${name} 1"></label>`).join('')}<p>After</p></form><ul><li><b>A</b> 1</li><li><b>B</b> 2</li></ul>`);
  await open('/named');
  const { result, error } = await call('extract', { fields: ['Adults', 'children x'] });
  expect([error, result.value]).toEqual([{}, [{ Adults: '2', 'children x': 'children 1' }]]);
  for (const format of ['text', 'markdown', 'html']) expect(JSON.stringify((await call('get_text', { format })).result)).toContain('After');
  expect(JSON.stringify((await call('get_text', { format: 'html' })).result)).toContain('name=\\"children\\"');
});

it('a term with several descriptions has them all, and terms in a row share theirs', async () => {
  site.pages.set('/terms', '<!doctype html><dl><dt>Authors<dd>Ada<dd>Bea<dt>Colour<dt>Color<dd>red<dt>Notes<dd>n<dl><dt>Inner<dd>i</dl></dl>');
  await open('/terms');
  expect((await call('extract', { fields: ['authors', 'colour', 'color'] })).result.value).toMatchObject([{ authors: 'Ada; Bea', colour: 'red', color: 'red' }]);
  expect((await call('extract', { schema: { type: 'object', properties: { authors: { type: 'array' } } } })).result.value).toMatchObject({ authors: ['Ada', 'Bea'] });
});
