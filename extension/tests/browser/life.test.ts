// The promise: clients never meet, calls run once, and the worker's death, a lost link or a closed tab never leave a caller
// without an answer.

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { list, record } from '../../src/json.ts';
import { StandInHub } from '../support/hub.ts';
import { TestBrowser } from '../support/browser.ts';
import { code, eventually, pause, rig, yaml } from '../support/rig.ts';

const { site, hub, browser, call, open } = rig();
const COUNT = '() => window.runs = (window.runs || 0) + 1';
const SLOW_COUNT = '() => { fetch("/began"); return new Promise((done) => setTimeout(() => done(window.runs = (window.runs || 0) + 1), 500)); }';
const POPUP = 'chrome-extension://bjpogejgifbgelpbgkecdflkgogkbkjg/popup.html';

async function killWorker(): Promise<void> {
  await browser.killWorker();
  await hub.until('the link to break', () => !hub.connected);
  await browser.wakeWorker();
  await hub.until('the worker to come back', () => hub.connected, 40_000);
}

/** A call of SLOW_COUNT that the page has begun to work on. */
async function startSlowly(id: string): Promise<void> {
  const before = site.hits.get('/began') ?? 0;
  void call('evaluate', { function: SLOW_COUNT }, { id });
  await hub.until('the script to begin', () => (site.hits.get('/began') ?? 0) > before);
}

function progress(id: string): Promise<void> {
  return hub.until('news of the call', () => hub.events.some((event) => event.name === 'progress' && event.callId === id));
}

describe('clients', () => {
  it('work at the same time, each in a group of its own', async () => {
    const clients = ['ada', 'bob', 'cy'];
    await Promise.all(clients.map((client) => open('/rows', { client })));
    const answers = await Promise.all(
      clients.map(async (client) => {
        for (let i = 0; i < 5; i++) expect(yaml(await call('click', { ref: `#r${i}` }, { client }))).toContain(`done ${i} ${i + 1}`);
        return true;
      }),
    );
    expect(answers).toEqual([true, true, true]);
    const titles = await browser.evaluate('chrome.tabGroups.query({}).then((groups) => groups.map((group) => group.title).sort())');
    expect(titles).toEqual(clients);
  });

  it('cannot touch each other’s tabs, nor the person’s', async () => {
    const bobs = hub.tabs().find((tab) => tab.owner === 'bob')?.tabId;
    const persons = hub.tabs().find((tab) => tab.owner === undefined)?.tabId;
    expect(code(await call('click', { tabId: bobs, ref: '#r0' }, { client: 'ada' }))).toBe('tab_taken');
    expect(code(await call('click', { tabId: persons, ref: '#r0' }, { client: 'ada' }))).toBe('not_allowed');
    expect(code(await call('click', { tabId: 1, ref: '#r0' }, { client: 'ada' }))).toBe('tab_gone');
  });

  it('list, open, choose and close their own tabs', async () => {
    const client = { client: 'ada' };
    const opened = await call('tabs', { action: 'new', url: `${site.origin}/second` }, client);
    expect(yaml(opened)).toContain('Second page');
    expect(list(record((await call('tabs', { action: 'list' }, client)).result.value).tabs)).toMatchObject([{ index: 0, current: false }, { index: 1, current: true }]);
    await call('tabs', { action: 'select', index: 0 }, client);
    expect(yaml(await call('snapshot', {}, client))).toContain('Do 7');
    await call('tabs', { action: 'close', index: 1 }, client);
    expect(list(record((await call('tabs', { action: 'list' }, client)).result.value).tabs)).toHaveLength(1);
  });

  it('are told once that the person closed their tab', async () => {
    const tabId = hub.tabs().find((tab) => tab.owner === 'cy')?.tabId;
    await browser.evaluate(`chrome.tabs.remove(${String(tabId)})`);
    await hub.until('the closed tab', () => !hub.tabs().some((tab) => tab.tabId === tabId));
    expect(code(await call('snapshot', {}, { client: 'cy' }))).toBe('tab_gone');
    expect(code(await call('snapshot', {}, { client: 'cy' }))).toBe('ok');
  });

  it('that are gone leave their tabs open and ungrouped', async () => {
    const tabId = hub.tabs().find((tab) => tab.owner === 'bob')?.tabId;
    hub.send({ type: 'event', payload: { name: 'client_gone', clientId: 'bob' } });
    await hub.until('the freed tab', () => hub.tabs().some((tab) => tab.tabId === tabId && tab.owner === undefined));
    await eventually('the tab outside the group', async () => (await browser.evaluate(`chrome.tabs.get(${String(tabId)}).then((tab) => tab.groupId)`)) === -1);
  });
});

describe('a call', () => {
  it('runs once, however often it is sent', async () => {
    await open('/rows');
    const id = randomUUID();
    expect((await call('evaluate', { function: COUNT }, { id })).result.value).toBe(1);
    expect((await call('evaluate', { function: COUNT }, { id, attempt: 2 })).result.value).toBe(1);
    expect(code(await call('evaluate', { function: 'other' }, { id, attempt: 2 }))).toBe('invalid_params');
    expect(code(await call('evaluate', { function: COUNT }, { epoch: 'another', attempt: 2 }))).toBe('outcome_unknown');
  });

  it('is joined, not repeated, over a lost link', async () => {
    await open('/rows');
    const id = randomUUID();
    await startSlowly(id);
    hub.drop();
    await hub.until('the link', () => hub.connected);
    expect((await call('evaluate', { function: SLOW_COUNT }, { id, attempt: 2 })).result.value).toBe(1);
    expect((await call('evaluate', { function: 'window.runs' })).result.value).toBe(1);
  });

  it('is told to the next hub, and to one that asks, for as long as it is at work', async () => {
    const { tabId } = record((await open('/rows')).result.page);
    const id = randomUUID();
    const untilFinished = '() => new Promise((done) => (window.finish = () => done("finished")))';
    const answer = call('evaluate', { function: untilFinished }, { id });
    await eventually('the script to begin', async () => (await call('evaluate', { function: 'typeof window.finish' })).result.value === 'function');
    hub.drop();
    await hub.until('the link', () => hub.connected);
    await hub.until('the call to be told', () => hub.atWork().some((one) => one.id === id));
    expect(hub.atWork()).toEqual([expect.objectContaining({ id, clientId: 'client-a', tool: 'browser_evaluate', tabId })]);
    const told = hub.events.length;
    hub.send({ type: 'event', payload: { name: 'sync' } });
    await hub.until('the answer', () => hub.events.slice(told).some(({ atWork }) => atWork !== undefined));
    expect(hub.atWork()).toHaveLength(1);
    await call('evaluate', { function: 'window.finish()' });
    expect((await answer).result.value).toBe('finished');
    hub.send({ type: 'event', payload: { name: 'sync' } });
    await hub.until('nothing to be at work', () => hub.atWork().length === 0);
  });

  it('is not run again after the worker died under it, while finished ones keep their answers', async () => {
    await open('/rows');
    const [finished, cut] = [randomUUID(), randomUUID()];
    await call('evaluate', { function: COUNT }, { id: finished });
    await startSlowly(cut);
    await killWorker();
    expect(code(await call('evaluate', { function: SLOW_COUNT }, { id: cut, attempt: 2 }))).toBe('outcome_unknown');
    expect((await call('evaluate', { function: COUNT }, { id: finished, attempt: 2 })).result.value).toBe(1);
    expect(yaml(await call('click', { ref: '#r3' }))).toContain('done 3');
    expect((await call('evaluate', { function: 'e => e.id', ref: '#r3' })).result.value).toBe('r3');
  });

  it('ends when it is cancelled, when its time is up, or before it began', async () => {
    await open('/late');
    const id = randomUUID();
    const waiting = call('wait_for', { text: 'never' }, { id });
    await progress(id);
    hub.cancel(id);
    expect(code(await waiting)).toBe('cancelled');
    expect(hub.events).toContainEqual(expect.objectContaining({ name: 'progress', callId: id, message: expect.stringContaining('never') }));
    expect(code(await call('wait_for', { text: 'never' }, { timeout: 600 }))).toBe('deadline_exceeded');
    expect(code(await call('click', { ref: '#t' }, { timeout: -1 }))).toBe('deadline_exceeded');
  });
});

describe('a dialog and the console', () => {
  it('outlive the worker', async () => {
    const isLogged = async (): Promise<boolean> => JSON.stringify((await call('get_console_logs')).result.value).includes('beware');
    await open('/console');
    await eventually('the line', isLogged);
    await killWorker();
    await eventually('the line again', isLogged);
    await open('/dialogs');
    await call('click', { ref: '#alert' });
    await killWorker();
    expect(code(await call('snapshot'))).toBe('dialog_open');
    expect(yaml(await call('handle_dialog', { accept: true }))).toContain('after the alert');
  });
});

describe('a worker that dies', () => {
  /** Ends the worker where nothing but a page's port is left to wake it: no alarm, and no debugger with news of a tab. */
  async function killInSilence(): Promise<void> {
    await browser.evaluate('chrome.alarms.clearAll()');
    await browser.evaluate('chrome.debugger.getTargets().then((all) => Promise.allSettled(all.map(({ tabId }) => chrome.debugger.detach({ tabId })))).then(() => 0)');
    await browser.killWorker();
    await hub.until('the link to break', () => !hub.connected);
  }

  it('is woken by any page that a client has looked into, however idle', async () => {
    await open('/second');
    await open('/rows');
    await killInSilence();
    await hub.until('the worker to come back by itself', () => hub.connected);
    expect(yaml(await call('click', { ref: '#r1' }))).toContain('done 1 1');
  });

  it('is woken by a page that came back from the history', async () => {
    await open('/second');
    await open('/rows');
    expect(yaml(await call('go_back'))).toContain('Second page');
    await killInSilence();
    await hub.until('the worker to come back by itself', () => hub.connected);
  });
});

describe('the person', () => {
  it('sees the clients in the popup, pauses and resumes', async () => {
    await open('/second');
    await browser.command('Target.createTarget', { url: POPUP });
    const shows = (...words: string[]): Promise<void> =>
      eventually(`the popup with ${words.join(', ')}`, async () => {
        const shown = String(await browser.evaluate('document.body?.innerText', '/popup.html').catch(() => ''));
        return words.every((word) => shown.includes(word));
      });
    const press = (): Promise<unknown> => browser.evaluate('document.getElementById("pause").click()', '/popup.html');
    const lastPaused = (): unknown => hub.events.findLast((event) => event.name === 'paused')?.paused;
    await shows('Connected to the hub', 'client-a', 'Pause');
    const id = randomUUID();
    const waiting = call('wait_for', { text: 'never' }, { id });
    await progress(id);
    await press();
    expect(code(await waiting)).toBe('paused');
    expect(code(await call('snapshot'))).toBe('paused');
    expect(lastPaused()).toBe(true);
    await killWorker();
    expect(code(await call('click', { ref: '#x' }))).toBe('paused');
    await shows('Connected to the hub', 'Resume');
    await press();
    await hub.until('the resume', () => lastPaused() === false);
    expect(yaml(await call('snapshot'))).toContain('Second page');
  });
});

describe('the link', () => {
  it('comes back by itself to a hub that was away', async () => {
    const { port } = hub;
    await hub.stop();
    await pause(2_500); // Longer than the extension looks for it at its quickest.
    await hub.start(port);
    await hub.until('the link', () => hub.connected, 20_000);
    expect(yaml(await call('snapshot'))).toContain('Second page');
  });

  it('is not obeyed where the hub cannot prove the secret', async () => {
    const stranger = new StandInHub();
    stranger.wrongProof = true;
    await stranger.start();
    const other = new TestBrowser();
    await other.start(stranger.port);
    try {
      await stranger.until('the extension to turn away', () => stranger.hellos.length > 0 && stranger.closed > 0, 20_000);
      expect(stranger.events).toEqual([]);
    } finally {
      await other.stop();
      await stranger.stop();
    }
  });
});
