// The promise: the list of requests holds what a page says to its servers also where that is no ordinary request.

import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { list, record, text, type JsonRecord } from '../../src/json.ts';
import { addressOf } from '../support/hub.ts';
import { rig } from '../support/rig.ts';

const { site, call, open } = rig();
const server = createServer();
const sockets = new WebSocketServer({ server });

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  site.pages.set('/talks', '<title>Talks</title>');
  await open('/talks');
});
afterAll(() => {
  sockets.close();
  server.close();
});

async function requests(filter: string): Promise<JsonRecord[]> {
  return list(record((await call('network_requests', { filter })).result.value).requests).map(record);
}

it('a WebSocket is listed with its status, open, closed and refused', async () => {
  const address = `ws://127.0.0.1:${addressOf(server).port}/live`;
  await call('evaluate', { function: `() => new Promise((over) => { window.line = new WebSocket('${address}'); line.onopen = () => over(1) })` });
  expect(await requests('/live')).toMatchObject([{ type: 'websocket', status: 101, url: address }]);
  await call('evaluate', { function: '() => new Promise((over) => { line.onclose = () => over(1); line.close() })' });
  expect(await requests('/live')).toMatchObject([{ ms: expect.any(Number) }]);
  await call('evaluate', { function: `() => new Promise((over) => { new WebSocket('${site.origin.replace('http', 'ws')}/refused').onerror = () => over(1) })` });
  expect(await requests('/refused')).toMatchObject([{ type: 'websocket', error: expect.stringContaining('404') }]);
});

it('the list holds as many of the newest as a default answer has room for, all where a limit is named, and headers are cut alike', async () => {
  await call('evaluate', { function: "async () => { for (let n = 1; n <= 20; n += 1) await fetch(`/many?n=${n}&${'x'.repeat(1_500)}`) }" });
  const all = await call('network_requests', { filter: '/many', limit: 100 });
  expect(list(record(all.result.value).requests)).toHaveLength(20);
  const some = record((await call('network_requests', { filter: '/many' })).result.value);
  const urls = list(some.requests).map((one) => text(record(one).url) ?? '');
  expect(urls.at(-1)).toContain('n=20&');
  expect(urls.join('').length).toBeLessThan(11_000);
  expect(urls.length).toBeGreaterThan(4);
  expect(some.more).toBe(20 - urls.length);

  await call('evaluate', { function: "() => fetch('/headed', { headers: Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`x-${n}`, 'y'.repeat(900)])) }).then(() => 1)" });
  const [headed] = await requests('/headed');
  const one = record((await call('network_request', { id: headed?.id })).result.value);
  expect(JSON.stringify(one).length).toBeLessThan(12_000);
  expect(record(one.requestHeaders)).toMatchObject({ 'x-19': expect.stringMatching(/^y+… \(900 characters\)$/) });
  const whole = record((await call('network_request', { id: headed?.id, maxChars: 100_000 })).result.value);
  expect(record(whole.requestHeaders)['x-19']).toBe('y'.repeat(900));
  const little = record((await call('network_request', { id: headed?.id, part: 'request', maxChars: 10 })).result.value);
  expect(record(little.requestHeaders)).toEqual(record(one.requestHeaders));
});

it('a body of several parts is shown, its secrets masked', async () => {
  await call('evaluate', { function: `async () => { const form = new FormData(); form.append('note', 'hello'); form.append('password', 'hunter2'); form.append('f', new File(['x'], 'x.txt')); await fetch('/upload', { method: 'POST', body: form }) }` });
  const [sent] = await requests('/upload');
  const shown = await call('network_request', { id: sent?.id, part: 'request' });
  expect(text(record(shown.result.value).body)).toMatch(/name="note"\s+hello\s.*name="password"\s+••••\s.*filename="x.txt"/s);
});
