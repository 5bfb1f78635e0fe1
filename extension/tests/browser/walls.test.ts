// The promise: where only the person may go on (a sign-in, a certificate, a permission, Chrome's own pages), a call says so and
// what to do next, goes no further by itself, and leaves the tab usable.

import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { text, type JsonRecord } from '../../src/json.ts';
import { selfSigned } from '../support/certificate.ts';
import { addressOf, type Answer } from '../support/hub.ts';
import { code, eventually, notes, pageTab, pause, rig, yaml } from '../support/rig.ts';

const { site, hub, browser, call, open } = rig();
const secure: Server = createServer(selfSigned('localhost'), (_request, response) => response.end('<title>Behind</title><h1>Behind the wall</h1>'));
let behind = '';

beforeAll(async () => {
  await new Promise<void>((listening) => secure.listen(0, '127.0.0.1', listening));
  behind = `https://localhost:${addressOf(secure).port}/`;
  site.pages.set('/links', `<!doctype html><title>Links</title><a id="auth" href="/auth">Sign in</a> <a id="cert" href="${behind}">Behind</a>`);
});
afterAll(() => secure.close());

/** The two sentences of an error, or the notes of an answer. */
function told(answer: Answer): string {
  return answer.ok ? notes(answer) : `${text(answer.error.message)} ${text(answer.error.next)}`;
}

const ACTS: [string, JsonRecord][] = [
  ['click', { ref: '#details-button' }],
  ['press_key', { key: 't' }],
  ['mouse_click_xy', { x: 100, y: 100 }],
  ['evaluate', { function: '() => document.title' }],
  ['screenshot', {}],
  ['get_text', {}],
  ['pdf_save', {}],
];

describe('a server that asks who is there', () => {
  it('is named, by the call that meets it and by those that come after it', async () => {
    const met = await call('navigate', { url: `${site.origin}/auth` });
    expect([code(met), told(met)]).toEqual(['unsupported', expect.stringMatching(/name and password.*Ask the person to sign in there/)]);
    expect(told(await call('snapshot'))).toMatch(/name and password.*Ask the person to sign in there/);
    await open('/links');
    expect(told(await call('click', { ref: '#auth' }))).toMatch(/name and password.*Ask the person to sign in there/);
    expect(yaml(await open('/second'))).toContain('Second page');
  });
});

describe('a certificate that the browser does not trust', () => {
  it('is named, and only the person may accept it', async () => {
    await open('/links');
    const met = await call('navigate', { url: behind });
    expect([code(met), told(met)]).toEqual(['not_allowed', expect.stringMatching(/ERR_CERT_AUTHORITY_INVALID.*Only the person/)]);
    expect(told(await call('snapshot'))).toMatch(/ERR_CERT_AUTHORITY_INVALID.*Only the person/);
    for (const [tool, params] of ACTS) expect([tool, code(await call(tool, params))]).toEqual([tool, 'unsupported']);
    // The word by which a person passes Chrome's warning.
    for (const key of 'thisisunsafe') await call('press_key', { key });
    expect(told(await call('snapshot'))).toContain('ERR_CERT_AUTHORITY_INVALID');
  });

  it('leaves the tab usable: it goes elsewhere, back, and loads again', async () => {
    await open('/links');
    expect(told(await call('click', { ref: '#cert' }))).toMatch(/ERR_CERT_AUTHORITY_INVALID.*Only the person/);
    expect(code(await call('reload'))).toBe('not_allowed');
    expect(yaml(await call('go_back'))).toContain('Sign in');
    await call('navigate', { url: behind });
    expect(yaml(await open('/second'))).toContain('Second page');
    await call('navigate', { url: behind });
    const hellos = hub.hellos.length;
    await browser.killWorker();
    await hub.until('the end of the worker', () => !hub.connected);
    await browser.wakeWorker();
    await hub.until('the next worker', () => hub.hellos.length > hellos && hub.connected, 40_000);
    expect(yaml(await open('/second'))).toContain('Second page');
  });
});

it('the way back from a certificate leads to the page before it, also where nobody has touched that page', async () => {
  await call('navigate', { url: `${site.origin}/rows`, newTab: true });
  await open('/second');
  expect(code(await call('navigate', { url: behind }))).toBe('not_allowed');
  expect(yaml(await call('go_back'))).toContain('Second page');
  expect(yaml(await call('go_back'))).toContain('Do 7');
  expect(code(await call('navigate', { url: behind, newTab: true }))).toBe('not_allowed');
  expect(told(await call('go_back'))).toContain('There is no page to go back to');
  await eventually('the warning again', async () => told(await call('snapshot')).includes('ERR_CERT_AUTHORITY_INVALID'));
  expect(yaml(await open('/second'))).toContain('Second page');
});

describe('a page of Chrome’s own', () => {
  it('is refused, and so is every call on a tab that the person has taken there, until it goes elsewhere', async () => {
    for (const url of ['chrome://version', 'https://chromewebstore.google.com/detail/x', 'view-source:http://a.example/', 'devtools://devtools/']) {
      const answer = await call('navigate', { url });
      expect([url, code(answer), told(answer)]).toEqual([url, 'unsupported', expect.stringContaining('Open a web page instead')]);
    }
    const tabId = pageTab(await open('/second'));
    await browser.evaluate(`chrome.tabs.update(${tabId}, { url: 'chrome://version' })`);
    await eventually('the page is there', async () => (await call('snapshot')).error.code === 'unsupported');
    for (const [tool, params] of ACTS) {
      const answer = await call(tool, params);
      expect([tool, code(answer), told(answer)]).toEqual([tool, 'unsupported', expect.stringContaining('browser_navigate')]);
    }
    expect(yaml(await open('/second'))).toContain('Second page');
  });
});

describe('a file that a tab has come to show', () => {
  const MARK = 'nobody-may-know';
  const address = async (): Promise<string> => {
    const at = path.join(browser.folder, 'own.html');
    await writeFile(at, `<script>console.log('${MARK}'); setTimeout(() => { throw new Error('${MARK}'); })</script><title>${MARK}</title><h1>${MARK}</h1><a href="own.html">${MARK}</a>`);
    return pathToFileURL(at).href;
  };
  const goTo = (tabId: number, url: string): Promise<unknown> => browser.evaluate(`chrome.tabs.update(${tabId}, { url: ${JSON.stringify(url)} })`);

  it('is neither read nor acted on, and the tab can be left', async () => {
    const tabId = pageTab(await open('/second'));
    const url = await address();
    await goTo(tabId, url);
    await eventually('the file is refused', async () => code(await call('snapshot')) === 'not_allowed');
    const others: [string, JsonRecord][] = [
      ['find', { text: MARK }], ['extract', { fields: ['title'] }], ['snapshot', { mode: 'diff' }], ['snapshot', { aside: true }], ['wait_for', { text: MARK }],
      ['get_console_logs', {}], ['network_requests', {}], ['reload', {}], ['handle_dialog', { accept: true }], ['click', { ref: 'a' }],
    ];
    for (const [tool, params] of [...ACTS, ...others]) {
      const answer = await call(tool, params);
      expect([tool, code(answer), told(answer)]).toEqual([tool, 'not_allowed', expect.stringMatching(/shows a file.*browser_navigate/)]);
      expect(JSON.stringify(answer)).not.toContain(MARK);
    }
    const batch = await call('batch', { steps: [{ tool: 'browser_evaluate', args: { function: '() => document.title' } }], onError: 'continue' });
    expect(JSON.stringify(batch)).not.toContain(MARK);
    expect(JSON.stringify(await call('tabs', { action: 'list' }))).not.toContain(MARK);
    expect(yaml(await call('go_back'))).toContain('Second page');
    const again = await call('go_forward');
    expect([code(again), JSON.stringify(again).includes(MARK)]).toEqual(['not_allowed', false]);
    expect(yaml(await call('snapshot'))).toContain('Second page');
    await goTo(tabId, url);
    await eventually('the file is refused', async () => code(await call('snapshot')) === 'not_allowed');
    expect(yaml(await open('/second'))).toContain('Second page');
    await goTo(tabId, url);
    await eventually('the file is refused', async () => code(await call('snapshot')) === 'not_allowed');
    expect((await call('tabs', { action: 'close' })).ok).toBe(true);
  });

  it('leaves no record of what it logged and asked for', async () => {
    const tabId = pageTab(await open('/second'));
    await goTo(tabId, await address());
    await eventually('the file is refused', async () => code(await call('snapshot')) === 'not_allowed');
    await pause(100);
    await open('/console');
    const kept = JSON.stringify([(await call('get_console_logs', {})).result, (await call('network_requests', { static: true })).result]);
    expect(kept).toContain('beware');
    expect(kept).toContain('/console');
    expect(kept).not.toContain(MARK);
    expect(kept).not.toContain('own.html');
  });

  it('is not told by a call that was under way when it came', async () => {
    const tabId = pageTab(await open('/second'));
    const url = await address();
    const waiting = call('wait_for', { text: MARK });
    const acting = call('evaluate', { function: '() => new Promise((done) => setTimeout(done, 60_000))' });
    await goTo(tabId, url);
    expect(told(await waiting)).toContain('shows a file');
    expect(JSON.stringify([await waiting, await acting])).not.toContain(MARK);
    await open('/second');
  });
});

describe('a page that asks for a permission', () => {
  it('holds nobody up, and a script that waits for the person says so', async () => {
    site.pages.set('/asks', `<!doctype html><title>Asks</title><h1>Asking</h1><button id="ask" onclick="ask()">Ask again</button><script>const ask = () => { navigator.geolocation.getCurrentPosition(() => {}, () => {}); Notification.requestPermission(); }; ask();</script>`);
    expect(yaml(await open('/asks'))).toContain('Asking');
    expect((await call('click', { ref: '#ask' })).result.text).toContain('Clicked');
    const waiting = await call('evaluate', { function: '() => new Promise((done) => { if (!done) Notification.requestPermission(); })' }, { timeout: 1_500 });
    expect([code(waiting), told(waiting)]).toEqual(['deadline_exceeded', expect.stringContaining('a permission that only the person can give')]);
    const other = await call('evaluate', { function: '() => new Promise(() => {})' }, { timeout: 1_500 });
    expect(told(other)).not.toContain('permission');
  });
});
