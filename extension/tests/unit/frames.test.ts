// The promise: every frame of the golden files, which the hub's tests read too, is understood as it is meant.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseFrame, type ExtensionFrame } from '../../src/hub/frames.ts';
import { isErrorCode } from '../../src/errors.ts';
import { finite, flag, isRecord, list, record, text, type JsonRecord } from '../../src/json.ts';

const FOLDER = new URL('../../../tests/goldens/wire/', import.meta.url);
const CLIENT = '6f1f0f6e-6c1d-4a52-9f0e-0c6f3a1b2c3d';
const CALL = '0b9f8e7d-1a2b-4c3d-8e4f-5a6b7c8d9e0f';

/** What the hub says to the extension, as the extension takes it. */
const RECEIVED: Record<string, unknown> = {
  hello_hub: { type: 'hello', protocol: 1, minProtocol: 1, version: '0.1.0', nonce: 'a'.repeat(64) },
  welcome_browser: {
    type: 'welcome',
    protocol: 1,
    version: '0.1.0',
    proof: '1'.repeat(64),
    clients: [{ id: CLIENT, name: 'claude-code', state: 'connected' }],
  },
  call: {
    type: 'call',
    id: CALL,
    clientId: CLIENT,
    tool: 'browser_click',
    params: { ref: 'e12', element: 'the Save button' },
    clientName: 'claude-code',
    attempt: 1,
    browserEpoch: '99999999-8888-4777-8666-555555555555',
    expiresAt: 1_790_000_060_000,
    readOnly: false,
  },
  cancel: { type: 'cancel', id: CALL, clientId: CLIENT },
  event_clients: { type: 'event', event: { name: 'clients', clients: [{ id: CLIENT, name: 'claude-code', state: 'away' }] } },
  event_client_gone: { type: 'event', event: { name: 'client_gone', clientId: CLIENT } },
  event_watch: {
    type: 'event',
    event: { name: 'watch', pages: [{ tabId: 7, part: 'content' }, { tabId: 9, part: 'console' }], downloads: true },
  },
  event_watch_all: { type: 'event', event: { name: 'watch', pages: [{ tabId: 7, part: 'network' }], downloads: true } },
  event_sync: { type: 'event', event: { name: 'sync' } },
  ping: { type: 'ping', id: '17' },
  pong: { type: 'pong', id: '17' },
  bye: { type: 'bye', code: 'unauthorized', message: 'The proof of the pairing secret is wrong.' },
};

/** What the extension says to the hub: read back into the type that it sends. */
const SENT: Record<string, (payload: JsonRecord, frame: JsonRecord) => ExtensionFrame> = {
  hello_browser: (payload) => {
    const browser = record(payload.browser);
    return {
      type: 'hello',
      payload: {
        role: 'browser',
        protocol: number(payload.protocol),
        version: string(payload.version),
        capabilities: list(payload.capabilities).map(string),
        nonce: string(payload.nonce),
        port: number(payload.port),
        proof: string(payload.proof),
        browser: { id: string(browser.id), name: string(browser.name), version: string(browser.version), epoch: string(browser.epoch) },
      },
    };
  },
  answer_ok: (payload, frame) => ({
    type: 'answer',
    id: string(frame.id),
    clientId: string(frame.clientId),
    payload: { ok: true, result: payload.result },
  }),
  answer_error: (payload, frame) => {
    const { code, message, next, data } = record(payload.error);
    if (!isErrorCode(code) || !isRecord(data)) throw new Error('not an error of the table');
    return {
      type: 'answer',
      id: string(frame.id),
      clientId: string(frame.clientId),
      payload: { ok: false, error: { code, message: string(message), next: string(next), data } },
    };
  },
  event_focus: (payload) => ({ type: 'event', payload: { name: 'focus', at: number(payload.at) } }),
  event_renamed: (payload) => ({ type: 'event', payload: { name: 'renamed', givenName: string(payload.givenName) } }),
  event_changed: (payload) => ({
    type: 'event',
    payload: { name: 'changed', pages: list(payload.pages).map(record).map(({ tabId }) => ({ tabId: number(tabId), part: 'content' })), downloads: true, clients: list(payload.clients).map(string) },
  }),
  event_paused: (payload) => ({ type: 'event', payload: { name: 'paused', paused: flag(payload.paused) ?? false } }),
};

/** Between hub and instances, or with keys that the extension leaves out: read without harm. */
const HARMLESS = new Set(['event_browsers', 'event_home', 'event_home_chosen', 'event_identify', 'event_named', 'event_progress', 'event_tabs', 'event_tabs_at_work', 'event_tabs_shared', 'hello_control', 'hello_instance', 'welcome_instance']);

function string(value: unknown): string {
  const found = text(value);
  if (found === undefined) throw new Error('not a string');
  return found;
}

function number(value: unknown): number {
  const found = finite(value);
  if (found === undefined) throw new Error('not a number');
  return found;
}

describe('the golden frames', () => {
  const names = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));

  it('are there', () => expect(names.length).toBeGreaterThan(0));

  it.each(names)('%s', (name) => {
    const content = readFileSync(new URL(`${name}.json`, FOLDER), 'utf8');
    const parsed = parseFrame(content);
    const frame = record(JSON.parse(content));
    const sent = SENT[name];
    if (RECEIVED[name] !== undefined) expect(parsed).toEqual({ frame: RECEIVED[name] });
    else if (sent !== undefined) expect(sent(record(frame.payload), frame)).toEqual(frame);
    else expect(HARMLESS, `${name} is new: say here how the extension takes it`).toContain(name);
  });
});

describe('a frame from outside', () => {
  it('is ignored when its type is newer than this build, and known keys still count', () => {
    expect(parseFrame('{"type":"hologram"}')).toEqual({ ignored: 'frame type hologram' });
    expect(parseFrame('{"type":"event","payload":{"name":"weather"}}')).toEqual({ ignored: 'event weather' });
    expect(parseFrame('{"type":"ping","id":"1","colour":"red"}')).toEqual({ frame: { type: 'ping', id: '1' } });
  });

  it.each(['', 'x', '[]', '{}', '{"type":7}', '{"type":"call","id":"1"}', '{"type":"welcome","payload":{}}', '{"type":"hello","payload":{"role":"instance","nonce":"n","protocol":1}}'])(
    'is refused, not obeyed: %s',
    (content) => expect(parseFrame(content)).toHaveProperty('malformed'),
  );
});
