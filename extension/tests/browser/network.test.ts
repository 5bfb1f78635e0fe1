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

it('a body of several parts is shown, its secrets masked', async () => {
  await call('evaluate', { function: `async () => { const form = new FormData(); form.append('note', 'hello'); form.append('password', 'hunter2'); form.append('f', new File(['x'], 'x.txt')); await fetch('/upload', { method: 'POST', body: form }) }` });
  const [sent] = await requests('/upload');
  const shown = await call('network_request', { id: sent?.id, part: 'request' });
  expect(text(record(shown.result.value).body)).toMatch(/name="note"\s+hello\s.*name="password"\s+••••\s.*filename="x.txt"/s);
});
