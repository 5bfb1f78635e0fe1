// The promise: native messaging is used where it is there, and costs nobody anything where it is not; whichever way breaks, the
// other is taken.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connection } from '../../src/hub/connection.ts';
import type { CallFrame } from '../../src/hub/frames.ts';
import { messagesOf } from '../../src/hub/native.ts';
import { FakePort, ports } from '../support/fake-native.ts';
import { FakeSocket, opened, SECRET } from '../support/fake-socket.ts';

const PORT = 9_123;
const realTimeout = setTimeout;

let connection: Connection;
let calls: CallFrame[];
/** What becomes of a host that Chrome is asked to start: there is none unless a test says so. */
let start: (port: FakePort) => void;
let stored: Record<string, unknown>;
/** What stands beside the manifest. */
let file: { port: number; secret: string } | undefined;
/** Whether a hub answers a probe. */
let answers: boolean;
let probes: number;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  vi.spyOn(console, 'info').mockImplementation(() => undefined);
  [opened.length, ports.length] = [0, 0];
  calls = [];
  stored = {};
  file = { port: PORT, secret: SECRET };
  answers = true;
  probes = 0;
  start = (port) => void setTimeout(() => port.die(), 2);
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('chrome', {
    runtime: {
      lastError: { message: 'Specified native messaging host not found.' },
      connectNative: () => {
        const port = new FakePort();
        start(port);
        return port;
      },
      getURL: (path: string) => path,
      getManifest: () => ({ version: '0.1.0' }),
      getPlatformInfo: async () => ({}),
    },
    storage: {
      local: {
        get: async (key: string) => (key in stored ? { [key]: stored[key] } : {}),
        set: async (items: Record<string, unknown>) => void Object.assign(stored, items),
      },
    },
  });
  vi.stubGlobal('fetch', async (url: string) => {
    if (url === 'hub.json') return file === undefined ? { ok: false } : { ok: true, json: async () => file };
    probes += 1;
    if (!answers) throw new TypeError('Failed to fetch');
    return { ok: true, json: async () => ({ pid: 1 }) };
  });
  connection = new Connection({
    identity: async () => ({ id: 'b', name: 'Chromium', version: '1', epoch: 'e' }),
    onWelcome: () => undefined,
    onCall: (call) => calls.push(call),
    onCancel: () => undefined,
    onEvent: () => undefined,
    onHubStopping: () => undefined,
    onStatus: () => undefined,
  });
});

afterEach(async () => {
  // What goes on for ever waits for a time that does not come, and reaches no other test.
  await pass(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** Waits for what real cryptography takes, without any time passing. */
async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !what(); i++) await new Promise((resolve) => realTimeout(resolve, 5));
  expect(what()).toBe(true);
}

function newest(): FakePort {
  const port = ports.at(-1);
  if (port === undefined) throw new Error('no host was started');
  return port;
}

/** Chrome starts a host that sees a hub. */
function hostSees(pid: number, secret = SECRET): void {
  start = (port) => void setTimeout(() => port.hub(pid, PORT, secret), 20);
}

/** The hub's part of the handshake, through the host. */
async function greetByNative(pid: number, port = PORT): Promise<void> {
  const host = newest();
  const hellos = host.sent.length;
  host.opened(pid, port);
  host.challenge();
  await until(() => host.sent.length > hellos);
  host.welcome(port);
  await until(() => connection.status.state === 'connected');
  expect(connection.status).toMatchObject({ from: 'native', port });
}

async function greetBySocket(): Promise<void> {
  const socket = opened.at(-1);
  if (socket === undefined) throw new Error('no socket was opened');
  socket.challenge();
  await until(() => socket.last('hello') !== undefined);
  socket.welcome();
  await until(() => connection.status.state === 'connected');
  expect(connection.status.from).not.toBe('native');
}

/** Connected through a host that was there the last time. */
async function connectByNative(): Promise<void> {
  stored.nativeHost = true;
  hostSees(1);
  connection.start();
  await pass(25);
  await greetByNative(1);
}

describe('a host that is there', () => {
  it('is preferred, needs no file and no code, and carries calls and answers', async () => {
    file = undefined;
    await connectByNative();
    expect([opened.length, probes]).toEqual([0, 0]);
    newest().say({ type: 'call', id: 'c', clientId: 'a', payload: { tool: 'browser_click', params: {}, attempt: 1, expiresAt: 9e15 } });
    expect(calls).toHaveLength(1);
    connection.sendAnswer('c', 'a', '{"ok":true,"result":{}}');
    expect(newest().sent.at(-1)).toEqual({ type: 'answer', id: 'c', clientId: 'a', payload: { ok: true, result: {} } });
  });

  it('must lead to a hub that proves the secret', async () => {
    stored.nativeHost = true;
    hostSees(1);
    connection.start();
    await pass(25);
    newest().opened(1, PORT);
    newest().challenge();
    await until(() => newest().sent.length > 0);
    newest().welcome(PORT + 1);
    expect(connection.status.state).toBe('searching');
    expect(connection.status.reason).toContain('not your tabhub');
  });

  it('of another hub does not take this copy from the hub that unpacked it', async () => {
    stored.nativeHost = true;
    hostSees(1, 'ZZZZZZZZZZZZZZZZZZZZ');
    connection.start();
    await pass(30);
    expect(newest().orders).toEqual([]);
    await greetBySocket();
  });

  it('takes and gives what is too large for one message in parts', async () => {
    await connectByNative();
    const text = '😀'.repeat(5 * 1024 * 1024);
    expect(connection.sendAnswer('c', 'a', JSON.stringify({ text }))).toBe(true);
    expect(newest().sent.at(-1)?.payload).toEqual({ text });
    const frame = JSON.stringify({ type: 'call', id: 'c', clientId: 'a', payload: { tool: 't', params: { text: 'ü' }, attempt: 1, expiresAt: 9e15 } });
    for (const [at, part] of [frame.slice(0, 30), frame.slice(30)].entries()) {
      newest().onMessage.emit({ kind: 'part', text: part, last: at === 1 });
    }
    expect(calls).toHaveLength(1);
  });
});

describe('a host that is missing', () => {
  it('costs the WebSocket no time, and is looked for again after a while only', async () => {
    connection.start();
    await pass(0);
    expect([ports.length, opened.length]).toEqual([1, 1]);
    await greetBySocket();
    await pass(150);
    // Each time the link breaks the next one is opened at once, whatever becomes of a host.
    for (let round = 2; round < 6; round++) {
      opened.at(-1)?.vanish();
      await pass(1);
      expect([opened.length, ports.length]).toEqual([round, 1]);
      await greetBySocket();
      await pass(150);
    }
    await pass(25_000);
    opened.at(-1)?.vanish();
    await pass(1);
    expect([opened.length, ports.length]).toEqual([6, 2]);
  });

  it('though it was there the last time, is given up as soon as Chrome says so', async () => {
    stored.nativeHost = true;
    connection.start();
    await pass(1);
    expect(opened).toHaveLength(0);
    await pass(2);
    expect(opened).toHaveLength(1);
    expect(stored.nativeHost).toBe(false);
  });

  it('though it was there the last time, and says nothing, is waited for half a second at most', async () => {
    stored.nativeHost = true;
    start = () => undefined;
    connection.start();
    await pass(450);
    expect(opened).toHaveLength(0);
    await pass(60);
    await greetBySocket();
  });

  it('because a policy forbids it, likewise', async () => {
    start = () => {
      throw new Error('Access to the specified native messaging host is forbidden.');
    };
    connection.start();
    await pass(0);
    await greetBySocket();
  });

  it('and is installed later takes over a link that goes by WebSocket', async () => {
    connection.start();
    await pass(5);
    await greetBySocket();
    await pass(25_100);
    hostSees(1);
    connection.start(); // The alarm.
    await pass(25);
    await greetByNative(1);
    expect(stored.nativeHost).toBe(true);
  });
});

describe('when something dies', () => {
  it('the next hub is the host’s to find, and is connected to as soon as it says so', async () => {
    await connectByNative();
    await pass(150);
    newest().closed('The hub closed the link.');
    newest().noHub();
    await pass(1_500);
    expect([probes, connection.status.state]).toEqual([0, 'searching']);
    newest().hub(2, PORT);
    await pass(1);
    // It may be a newer hub than the one that was told, on another port: the proofs name that.
    await greetByNative(2, PORT + 7);
    expect(ports).toHaveLength(1);
  });

  it('a host that sees no hub for long does not keep a WebSocket from finding one', async () => {
    await connectByNative();
    await pass(150);
    newest().closed('The hub closed the link.');
    newest().noHub();
    await pass(4_000);
    await greetBySocket();
  });

  it('a host that is killed is started anew at once', async () => {
    await connectByNative();
    await pass(2_000);
    hostSees(1);
    newest().die();
    await pass(25);
    expect([ports.length, opened.length]).toEqual([2, 0]);
    await greetByNative(1);
  });

  it('a host that is killed and removed leaves the browser to the WebSocket', async () => {
    await connectByNative();
    await pass(2_000);
    start = (port) => void setTimeout(() => port.die(), 2);
    newest().die();
    await pass(10);
    await greetBySocket();
  });

  it('a host that falls over as soon as it stands is not started again and again', async () => {
    stored.nativeHost = true;
    start = (port) => {
      setTimeout(() => port.hub(1, PORT), 20);
      setTimeout(() => port.die(), 30);
    };
    connection.start();
    await pass(60);
    await greetBySocket();
    await pass(20_000);
    expect(ports).toHaveLength(1);
  });

  it('a hub that dies before the link to it is open makes nobody doubt the host', async () => {
    await connectByNative();
    await pass(150);
    for (let pid = 2; pid < 6; pid++) {
      newest().closed('The hub closed the link.');
      newest().hub(pid, PORT);
      await pass(1);
      newest().closed('No hub runs.');
      newest().noHub();
      await pass(40);
    }
    newest().hub(7, PORT);
    await pass(1);
    expect(opened).toHaveLength(0);
    await greetByNative(7);
  });

  it('a link that the host cannot open is opened by WebSocket', async () => {
    stored.nativeHost = true;
    hostSees(1);
    connection.start();
    await pass(25);
    newest().closed('The link to the hub was not opened: it answers HTTP 403.');
    await pass(30);
    await greetBySocket();
  });
});

it('a browser that was superseded rests, whatever the host says again', async () => {
  await connectByNative();
  await pass(150);
  newest().say({ type: 'bye', payload: { code: 'superseded', message: 'another one is here' } });
  newest().hub(1, PORT);
  await pass(20_000);
  expect(newest().orders.filter(({ kind }) => kind === 'open')).toHaveLength(1);
});

it('a pair of surrogates is never cut', () => {
  const frame = 'a😀😀😀b';
  for (let most = 2; most < 10; most++) {
    const parts = messagesOf(frame, most).map((part) => (typeof part === 'string' ? part : String(part.text)));
    expect(parts.join('')).toBe(frame);
    expect(parts.every((part) => part.isWellFormed())).toBe(true);
  }
});
