// The promise: a hub that is gone without a word is noticed within half a minute, one that only seemed so is not given up; nothing
// waits for a socket that does not close; what cannot be sent never breaks the link.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connection } from '../../src/hub/connection.ts';
import type { CallFrame } from '../../src/hub/frames.ts';
import type { BrowserIdentity } from '../../src/hub/identity.ts';
import { FakeSocket, opened, SECRET } from '../support/fake-socket.ts';

const PORT = 9_123;
const realTimeout = setTimeout;

const WHO: BrowserIdentity = { id: 'b', name: 'Chromium', version: '1', epoch: 'e' };

let connection: Connection;
let identity: Promise<BrowserIdentity>;
let calls: CallFrame[];
let stops: number;
let statuses: string[];
/** What answers on the hub's port, if anything does. */
let hub: { pid: number } | undefined;
let probes: number;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  vi.spyOn(console, 'info').mockImplementation(() => undefined);
  opened.length = 0;
  calls = [];
  statuses = [];
  stops = 0;
  probes = 0;
  hub = { pid: 1 };
  identity = Promise.resolve(WHO);
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('chrome', {
    runtime: { getURL: (path: string) => path, getManifest: () => ({ version: '0.1.0' }), getPlatformInfo: async () => ({}) },
  });
  vi.stubGlobal('fetch', async (url: string) => {
    if (url === 'hub.json') return { ok: true, json: async () => ({ port: PORT, secret: SECRET }) };
    probes += 1;
    if (hub === undefined) throw new TypeError('Failed to fetch');
    return { ok: true, json: async () => hub };
  });
  connection = new Connection({
    identity: () => identity,
    onWelcome: () => undefined,
    onCall: (call) => calls.push(call),
    onCancel: () => undefined,
    onEvent: () => undefined,
    onHubStopping: () => (stops += 1),
    onStatus: ({ state, reason }) => statuses.push(reason === '' ? state : reason),
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function newest(): FakeSocket {
  const socket = opened.at(-1);
  if (socket === undefined) throw new Error('no socket was opened');
  return socket;
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** Waits for what real cryptography takes, without any time passing. */
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 5_000 && !holds(); i++) await new Promise((resolve) => realTimeout(resolve, 1));
  expect(holds()).toBe(true);
}

/** A link to a hub that has proven itself. */
async function connect(): Promise<FakeSocket> {
  const before = opened.length;
  connection.start();
  for (let i = 0; i < 100 && opened.length === before; i++) await pass(10);
  const socket = newest();
  socket.challenge();
  await until(() => socket.last('hello') !== undefined);
  socket.welcome();
  expect(connection.status.state).toBe('connected');
  return socket;
}

const CALL = {
  type: 'call',
  id: 'c',
  clientId: 'a',
  payload: { tool: 'browser_click', params: {}, clientName: 'ada', attempt: 1, expiresAt: 1, readOnly: false },
};

describe('a hub that says nothing', () => {
  it('is asked after 25 s, and given up 5 s later, without waiting for the socket to close', async () => {
    const silent = await connect();
    await pass(24_900);
    expect(silent.last('ping')).toBeUndefined();
    await pass(200);
    expect(silent.last('ping')).toBeDefined();
    await pass(4_800);
    expect(connection.status.state).toBe('connected');
    await pass(200);
    expect(statuses.at(-1)).toContain('no sign of life');
    const next = await connect();
    expect(next).not.toBe(silent);
  });

  it('is kept as long as it says anything at all', async () => {
    const socket = await connect();
    for (let i = 0; i < 10; i++) {
      await pass(27_000);
      socket.say({ type: 'pong' });
    }
    expect(connection.status.state).toBe('connected');
  });

  it('is not given up by a worker that was held up itself, before what waits in the socket was read', async () => {
    const socket = await connect();
    await pass(25_100);
    // The whole browser stood still for a minute: its timers are late, and the hub's pings wait to be read.
    const late = performance.now() + 60_000;
    vi.spyOn(performance, 'now').mockImplementation(() => late);
    await pass(5_000);
    expect(connection.status.state).toBe('connected');
    socket.say({ type: 'ping', id: '1' });
    vi.mocked(performance.now).mockRestore();
    await pass(24_000);
    expect(connection.status.state).toBe('connected');
    await pass(6_500);
    expect(connection.status.state).toBe('searching');
  });

  it('before its greeting is given up as well', async () => {
    connection.start();
    await pass(10);
    const first = newest();
    await pass(6_500);
    expect(newest()).not.toBe(first);
  });
});

describe('a socket that was given up', () => {
  it('is not obeyed any more: the newest welcome wins', async () => {
    const old = await connect();
    await pass(31_000);
    const next = await connect();
    old.say(CALL);
    old.vanish();
    expect([calls.length, connection.status.state]).toEqual([0, 'connected']);
    next.say(CALL);
    expect(calls).toHaveLength(1);
    connection.sendEvent({ name: 'focus', at: 1 });
    expect([old.last('event'), next.last('event')?.type]).toEqual([undefined, 'event']);
  });

  it('says nothing about the one that came after it', async () => {
    let fail = (): void => undefined;
    identity = new Promise((_, reject) => (fail = () => reject(new Error('no storage'))));
    connection.start();
    await pass(10);
    const old = newest();
    old.challenge(); // Its answer is still being made when it breaks.
    old.vanish();
    identity = Promise.resolve(WHO);
    await connect();
    fail();
    await pass(10);
    expect(connection.status).toMatchObject({ state: 'connected', reason: '' });
  });
});

describe('a hub that does not read', () => {
  it('is given up when too much waits for it, and the next link begins empty', async () => {
    const full = await connect();
    full.bufferedAmount = 128 * 1024 * 1024 - 10;
    expect(connection.sendAnswer('c', 'a', '{"ok":true,"result":{}}')).toBe(false);
    expect(statuses.at(-1)).toContain('does not read');
    const next = await connect();
    expect(connection.sendAnswer('c', 'a', '{"ok":true,"result":{}}')).toBe(true);
    expect(next.last('answer')).toEqual({ type: 'answer', id: 'c', clientId: 'a', payload: { ok: true, result: {} } });
  });

  it('is not sent a frame that it would end the link for', async () => {
    const socket = await connect();
    expect(connection.sendAnswer('c', 'a', JSON.stringify('x'.repeat(64 * 1024 * 1024)))).toBe(false);
    expect([socket.last('answer'), connection.status.state]).toEqual([undefined, 'connected']);
  });
});

describe('a hub that says goodbye', () => {
  it('because it stops is told as such, and looked for again at once, but not as the same process', async () => {
    const socket = await connect();
    await pass(200);
    socket.say({ type: 'bye', payload: { code: 'hub_stopping', message: 'told to' } });
    expect(stops).toBe(1);
    await pass(200); // It still answers, as it does for a moment.
    expect([opened.length, probes > 5]).toEqual([1, true]);
    hub = undefined;
    await pass(50);
    hub = { pid: 2 };
    await pass(50);
    expect(opened).toHaveLength(2);
  });

  it('is believed only once it has proven itself', async () => {
    connection.start();
    await pass(10);
    const stranger = newest();
    stranger.challenge();
    stranger.say({ type: 'bye', payload: { code: 'hub_stopping', message: '' } });
    expect(stops).toBe(0);
  });

  it('is not the same as one that just vanishes', async () => {
    const socket = await connect();
    socket.vanish();
    expect(stops).toBe(0);
  });
});

describe('a hub that was killed', () => {
  it('is looked for at once and then every few milliseconds, again and again', async () => {
    for (let round = 0; round < 5; round++) {
      const socket = await connect();
      await pass(150);
      hub = undefined;
      probes = 0;
      socket.vanish();
      await pass(1);
      expect(probes).toBeGreaterThanOrEqual(1);
      await pass(99);
      expect(probes).toBeGreaterThanOrEqual(7);
      hub = { pid: round + 2 };
    }
  });
});

it('the person’s new address is taken though the old hub does not let go', async () => {
  await connect();
  connection.restart();
  expect(connection.status.state).toBe('searching');
  await connect();
});
