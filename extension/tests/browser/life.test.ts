// The promise: clients never meet, calls run once, and the worker's death, a lost link or a closed tab never leave a caller
// without an answer.

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { list, record } from '../../src/json.ts';
import { StandInHub } from '../support/hub.ts';
import { TestBrowser } from '../support/browser.ts';
import { code, pause, rig, yaml } from '../support/rig.ts';

const { site, hub, browser, call, open } = rig();
const COUNT = '() => window.runs = (window.runs || 0) + 1';
const SLOW_COUNT = '() => new Promise((done) => setTimeout(() => done(window.runs = (window.runs || 0) + 1), 500))';

async function killWorker(): Promise<void> {
  await browser.killWorker();
  await hub.until('the link to break', () => !hub.connected);
  await browser.wakeWorker();
  await hub.until('the worker to come back', () => hub.connected, 40_000);
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
    await pause(200);
    expect(await browser.evaluate(`chrome.tabs.get(${String(tabId)}).then((tab) => tab.groupId)`)).toBe(-1);
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
    void call('evaluate', { function: SLOW_COUNT }, { id });
    await pause(100);
    hub.drop();
    await hub.until('the link', () => hub.connected);
    expect((await call('evaluate', { function: SLOW_COUNT }, { id, attempt: 2 })).result.value).toBe(1);
    expect((await call('evaluate', { function: 'window.runs' })).result.value).toBe(1);
  });

  it('is not run again after the worker died under it, while finished ones keep their answers', async () => {
    await open('/rows');
    const [finished, cut] = [randomUUID(), randomUUID()];
    await call('evaluate', { function: COUNT }, { id: finished });
    void call('evaluate', { function: SLOW_COUNT }, { id: cut });
    await pause(100);
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
    await pause(1_300);
    hub.cancel(id);
    expect(code(await waiting)).toBe('cancelled');
    expect(hub.events).toContainEqual(expect.objectContaining({ name: 'progress', callId: id, message: expect.stringContaining('never') }));
    expect(code(await call('wait_for', { text: 'never' }, { timeout: 600 }))).toBe('deadline_exceeded');
    expect(code(await call('click', { ref: '#t' }, { timeout: -1 }))).toBe('deadline_exceeded');
  });
});

describe('a dialog and the console', () => {
  it('outlive the worker', async () => {
    await open('/console');
    await pause(200);
    await killWorker();
    await pause(300);
    expect(JSON.stringify((await call('get_console_logs')).result.value)).toContain('beware');
    await open('/dialogs');
    await call('click', { ref: '#alert' });
    await killWorker();
    expect(code(await call('snapshot'))).toBe('dialog_open');
    expect(yaml(await call('handle_dialog', { accept: true }))).toContain('after the alert');
  });
});

describe('the person', () => {
  const POPUP = 'chrome-extension://bjpogejgifbgelpbgkecdflkgogkbkjg/popup.html';

  it('sees the clients in the popup, pauses and resumes', async () => {
    await open('/second');
    await browser.command('Target.createTarget', { url: POPUP });
    await pause(500);
    const shown = (): Promise<unknown> => browser.evaluate('document.body.innerText', '/popup.html');
    expect(await shown()).toContain('Connected to the hub');
    expect(await shown()).toContain('client-a');
    const waiting = call('wait_for', { text: 'never' });
    await pause(100);
    await browser.evaluate('document.getElementById("pause").click()', '/popup.html');
    expect(code(await waiting)).toBe('paused');
    expect(code(await call('snapshot'))).toBe('paused');
    expect(hub.events).toContainEqual({ name: 'paused', paused: true });
    await killWorker();
    expect(code(await call('click', { ref: '#x' }))).toBe('paused');
    await pause(500);
    await browser.evaluate('document.getElementById("pause").click()', '/popup.html');
    await hub.until('the resume', () => hub.events.at(-1)?.paused === false || hub.events.some((event, i) => i > 0 && event.paused === false));
    expect(yaml(await call('snapshot'))).toContain('Second page');
  });
});

describe('the link', () => {
  it('comes back within a second of a hub that was away', async () => {
    const { port } = hub;
    await hub.stop();
    await pause(2_500);
    await hub.start(port);
    const began = Date.now();
    await hub.until('the link', () => hub.connected, 20_000);
    expect(Date.now() - began).toBeLessThan(2_500);
    expect(yaml(await call('snapshot'))).toContain('Second page');
  });

  it('is not obeyed where the hub cannot prove the secret', async () => {
    const stranger = new StandInHub();
    stranger.wrongProof = true;
    await stranger.start();
    const other = new TestBrowser();
    await other.start(stranger.port);
    try {
      await stranger.until('the extension', () => stranger.hellos.length > 0, 20_000);
      await pause(500);
      expect(stranger.events).toEqual([]);
    } finally {
      await other.stop();
      await stranger.stop();
    }
  });
});
