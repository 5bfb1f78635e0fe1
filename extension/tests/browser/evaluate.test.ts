// The promise: what a script returns comes as JSON as JSON.stringify would write it, whatever the page has done to its own JSON; what
// JSON has no form for is told as something that can be read, and said to be; and the value of a script that asks is not lost.

import { beforeAll, describe, expect, it } from 'vitest';
import { code, notes, rig } from '../support/rig.ts';

const { site, call, open } = rig();

beforeAll(async () => {
  site.pages.set('/own', '<title>Own</title><p id="one">One</p>');
  await open('/own');
});

describe('a value', () => {
  it.each([
    ['() => [1, { a: new Date(0) }]', [1, { a: '1970-01-01T00:00:00.000Z' }]],
    ['() => new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['() => ({ a: new Date(NaN), b: undefined, c: [undefined, , 1], d: -0, e: null })', { a: null, c: [null, null, 1], d: 0, e: null }],
    ['() => { const same = { x: 1 }; return [same, same] }', [{ x: 1 }, { x: 1 }]],
    ['() => new Proxy({ a: [1] }, {})', { a: [1] }],
    ['() => { const rect = new DOMRect(1, 2, 3, 4); return { rect } }', { rect: { x: 1, y: 2, width: 3, height: 4, top: 2, right: 4, bottom: 6, left: 1 } }],
    ['() => [new URL("http://a.test/b")]', ['http://a.test/b']],
    ['() => new Uint8Array([7])', { 0: 7 }],
  ])('of %s is what JSON.stringify writes', async (source, value) => {
    const answer = await call('evaluate', { function: source });
    expect([answer.error, answer.result.value, notes(answer)]).toEqual([{}, value, '']);
  });

  it.each([
    ['() => Symbol("s")', 'Symbol(s)', 'symbol'],
    ['() => [Symbol()]', ['[symbol]'], 'symbol'],
    ['() => () => 1', '[function]', 'function'],
    ['() => ({ f() {}, n: NaN, b: 10n })', { f: '[function]', n: 'NaN', b: '10n' }, 'a function (as text), NaN (as text), a BigInt (as text)'],
    ['() => 10n', '10n', '10n (as text)'],
    ['() => [new Map([["a", 1], [{}, 2]]), new Set([3])]', [[['a', 1], [{}, 2]], [3]], 'a Map (as a list of its pairs), a Set (as a list)'],
    ['() => [/a/g, new Error("no")]', ['/a/g', 'Error: no'], 'regular expression'],
    ['() => document.querySelectorAll("p")', ['<p id="one">'], 'node of the page'],
    ['() => { const a = { b: {} }; a.b.a = a; return a }', { b: { a: '[seen above]' } }, 'goes in circles'],
  ])('of %s is told in another form, with a note', async (source, value, note) => {
    const answer = await call('evaluate', { function: source });
    expect([answer.error, answer.result.value, notes(answer)]).toEqual([{}, value, expect.stringContaining(note)]);
  });

  it('is read past what the page has done to its own JSON and lists', async () => {
    site.pages.set('/changed', `<title>Changed</title><script>
      JSON.stringify = () => 'not JSON'; Object.prototype.toJSON = () => 'forged'; Array.prototype.toJSON = () => 'forged';
      Array.prototype.map = Object.keys = Object.entries = () => { throw new Error('trapped') };</script>`);
    await open('/changed');
    const answer = await call('evaluate', { function: '() => [1, { a: new Date(0), b: [true] }]' });
    expect(answer.result.value).toEqual([1, { a: '1970-01-01T00:00:00.000Z', b: [true] }]);
    await open('/own');
  });

  it('that fails when it is read says so', async () => {
    const answer = await call('evaluate', { function: '() => ({ get a() { throw new Error("no") } })' });
    expect([code(answer), answer.error.message]).toEqual(['tool_failed', expect.stringContaining('fails when it is read')]);
  });
});

describe('a script that opens a dialog', () => {
  it('is said to wait for it, and its value comes with the answer', async () => {
    const asked = await call('evaluate', { function: '() => confirm("sure?")' });
    expect(asked.result).toMatchObject({ text: expect.stringMatching(/still runs.*confirm "sure\?"/) });
    expect(asked.result).not.toHaveProperty('value');
    expect((await call('handle_dialog', { accept: true })).result.text).toMatch(/Accepted.*returned true$/);
    expect((await call('evaluate', { function: '1' })).result.value).toBe(1);
  });

  it('and then another one, or throws, loses nothing either', async () => {
    await call('evaluate', { function: '() => [prompt("a"), prompt("b")]' });
    expect((await call('handle_dialog', { accept: true, promptText: 'x' })).result.text).toContain('prompt "b"');
    expect((await call('handle_dialog', { accept: true, promptText: 'y' })).result.text).toContain('returned ["x","y"]');
    await call('evaluate', { function: '() => { alert(1); throw new Error("after it") }' });
    expect((await call('handle_dialog', { accept: true })).result.text).toMatch(/failed: .*after it/);
  });

  it('of the page’s own is answered as before', async () => {
    await open('/dialogs');
    await call('click', { ref: '#confirm' });
    expect((await call('handle_dialog', { accept: true })).result.text).not.toContain('script');
  });
});
