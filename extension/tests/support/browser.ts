// Starts a real headless Chromium with the built extension, in a process group of its own, and ends it.

import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { list, record, text, type JsonRecord } from '../../src/json.ts';
import { DevTools } from './devtools.ts';
import { SECRET } from './hub.ts';

export const EXTENSION = 'chrome-extension://bjpogejgifbgelpbgkecdflkgogkbkjg';
const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const CHROMIUM = process.env.TABHUB_TEST_BROWSER ?? '/usr/bin/chromium';

export class TestBrowser {
  #child: ChildProcess | undefined;
  folder = '';

  async start(hubPort: number): Promise<void> {
    this.folder = await mkdtemp(path.join(tmpdir(), 'tabhub-ext-'));
    const extension = path.join(this.folder, 'extension');
    await cp(DIST, extension, { recursive: true });
    await writeFile(path.join(extension, 'hub.json'), JSON.stringify({ port: hubPort, secret: SECRET }));
    const profile = path.join(this.folder, 'profile');
    this.#child = spawn(
      CHROMIUM,
      [
        '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync', '--window-size=1280,800', '--host-resolver-rules=MAP plain.test 127.0.0.1', '--remote-debugging-port=0',
        `--load-extension=${extension}`, `--user-data-dir=${profile}`, 'about:blank',
      ],
      { detached: true, stdio: 'ignore' },
    );
  }

  /** One DevTools command to the browser itself. */
  async command(method: string, params: JsonRecord = {}): Promise<JsonRecord> {
    const [, where] = await this.#devTools();
    return command(where, method, params);
  }

  /** A DevTools session with the first target whose address holds `part`. */
  async session(part: string): Promise<DevTools> {
    return DevTools.connect(await this.#target(part));
  }

  async #target(part: string): Promise<string> {
    const [port] = await this.#devTools();
    const targets: unknown = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
    const found = list(targets).map(record).find((target) => text(target.url)?.includes(part));
    const where = text(found?.webSocketDebuggerUrl);
    if (where === undefined) throw new Error(`no target ${part}`);
    return where;
  }

  /** Evaluates in the extension's worker (or another target whose address holds `part`), as a person with its console could. */
  async evaluate(expression: string, part = '/worker.js'): Promise<unknown> {
    const where = await this.#target(part);
    const answer = await command(where, 'Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true, userGesture: true });
    if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails));
    return record(answer.result).value;
  }

  async #devTools(): Promise<[port: string, browser: string]> {
    const [port = '', path_ = ''] = (await readFile(path.join(this.folder, 'profile', 'DevToolsActivePort'), 'utf8')).split('\n');
    return [port, `ws://127.0.0.1:${port}${path_}`];
  }

  /** Chrome draws nothing for a while, as on a machine that is very busy. */
  async drawNothingFor(ms: number): Promise<void> {
    const { processInfo } = await this.command('SystemInfo.getProcessInfo');
    const gpu = Number(list(processInfo).map(record).find(({ type }) => type === 'GPU')?.id);
    process.kill(gpu, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    process.kill(gpu, 'SIGCONT');
  }

  /** Ends the service worker, as Chrome does when it is idle, or as a crash does. */
  async killWorker(): Promise<void> {
    const { targetInfos } = await this.command('Target.getTargets', { filter: [{ type: 'service_worker' }] });
    for (const target of list(targetInfos).map(record)) {
      const { url, targetId } = target;
      if (text(url)?.startsWith(`${EXTENSION}/`)) await this.command('Target.closeTarget', { targetId });
    }
  }

  /** Any news of tabs wakes the worker again. */
  async wakeWorker(): Promise<void> {
    await this.command('Target.createTarget', { url: 'about:blank' });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child?.pid !== undefined && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      process.kill(-child.pid, 'SIGKILL');
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function command(where: string, method: string, params: JsonRecord): Promise<JsonRecord> {
  const socket = new WebSocket(where);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const answer = new Promise<JsonRecord>((resolve) => {
    socket.on('message', (data) => {
      const frame = record(JSON.parse(String(data)));
      if (frame.id === 1) resolve(record(frame.result));
    });
    socket.on('close', () => resolve({}));
  });
  socket.send(JSON.stringify({ id: 1, method, params }));
  const result = await answer;
  socket.close();
  return result;
}
