// The promise: one client acts in a tab and others read it if it lets them; a tab of the person's comes to a client only by their
// word; and whatever becomes of a tab, nothing comes to the front that was not there before.

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { list, record, text, type JsonRecord } from '../../src/json.ts';
import { TOOLS } from '../../src/tools/index.ts';
import type { Answer } from '../support/hub.ts';
import { EXTENSION } from '../support/browser.ts';
import { code, eventually, notes, pageTab, rig, yaml } from '../support/rig.ts';

const { site, hub, browser, call, open } = rig();
const ada = { client: 'ada' };
const bob = { client: 'bob' };
const here = { ada: 'connected', bob: 'connected', cy: 'connected' } as const;

const tabs = (params: JsonRecord, client: { client: string; id?: string; timeout?: number }): Promise<Answer> => call('tabs', params, client);
const shown = (answer: Answer): JsonRecord[] => list(record(answer.result.value).tabs).map(record);
const inQuestion = (script: string): Promise<unknown> => browser.evaluate(script, '/ask.html');
const rule = (value: string): Promise<unknown> => browser.evaluate(`chrome.storage.local.set({ claimRule: '${value}' })`);

/** A tab of the person's own, behind the one that they look at. */
async function persons(path: string): Promise<number> {
  return Number(await browser.evaluate(`chrome.tabs.create({ url: '${site.origin}${path}', active: false }).then((tab) => tab.id)`));
}

async function asked(): Promise<string> {
  let words = '';
  await eventually('the question', async () => {
    words = String(await inQuestion('document.getElementById("options")?.children.length > 0 ? document.body.innerText : ""').catch(() => ''));
    return words !== '';
  });
  return words;
}

const press = (option: string): Promise<unknown> =>
  inQuestion(`[...document.querySelectorAll('#options button')].find((button) => button.textContent === '${option}').click()`);

function withdrawn(): Promise<void> {
  return eventually('the question to be closed', async () => (await browser.evaluate(`chrome.windows.getAll({ windowTypes: ['popup'] }).then((all) => all.length)`)) === 0);
}

/** What readers may do, but for what WRITES has of it; what is about no tab. Every other tool there is, is the holder's alone. */
const ONLY_READ = new Set(['snapshot', 'find', 'get_text', 'extract', 'screenshot', 'network_requests', 'network_request', 'wait_for', 'pdf_save']);
const OF_NO_TAB = new Set(['downloads', 'ask_user', 'browsers']);
const WRITES: Record<string, JsonRecord> = {
  get_console_logs: { clear: true }, tabs: { action: 'close' }, batch: { steps: [{ tool: 'browser_snapshot', args: {} }] }, navigate: { url: 'about:blank' },
  evaluate: { function: '() => 1' }, cookies: { action: 'set', name: 'a', value: 'b' }, storage: { action: 'set', key: 'a', value: 'b' },
};

async function killWorker(): Promise<void> {
  await browser.killWorker();
  await hub.until('the link to break', () => !hub.connected);
  await browser.wakeWorker();
  await hub.until('the worker to come back', () => hub.connected, 40_000);
  hub.sendClients(here);
}

beforeAll(() => hub.sendClients(here));

describe('a shared tab', () => {
  it('is read by others and written by its holder alone, also after the worker has died', async () => {
    const tabId = pageTab(await open('/rows', ada));
    expect(code(await call('snapshot', { tabId }, bob))).toBe('tab_taken');
    expect(code(await tabs({ action: 'share', to: 'bob' }, ada))).toBe('ok');
    for (let life = 0; life < 2; life++) {
      expect(yaml(await call('snapshot', { tabId }, bob))).toContain('Do 7');
      for (const [tool, params] of Object.entries({
        find: { text: 'Do 7' }, get_text: {}, extract: { fields: ['a'] }, screenshot: {}, get_console_logs: {}, network_requests: {}, wait_for: { text: 'Do 7' },
      })) {
        const answers = [await call(tool, { tabId, ...params }, bob), await call(tool, { tabId, ...params }, ada)];
        expect([tool, ...answers.map(code)]).toEqual([tool, ...(tool === 'extract' ? ['tool_failed', 'tool_failed'] : ['ok', 'ok'])]);
      }
      for (const name of TOOLS.keys()) {
        const tool = name.replace('browser_', '');
        if (ONLY_READ.has(tool) || OF_NO_TAB.has(tool)) continue;
        const refused = await call(tool, { tabId, ...WRITES[tool] }, bob);
        expect([tool, code(refused), record(refused.error.data).holder]).toEqual([tool, 'tab_taken', 'ada']);
      }
      expect(code(await call('snapshot', { tabId }, { client: 'cy' }))).toBe('tab_taken');
      expect(yaml(await call('click', { ref: '#r1' }, ada))).toContain('done 1');
      if (life === 0) await killWorker();
    }
    expect(shown(await tabs({ action: 'list' }, bob))).toMatchObject([{ tabId, holder: 'ada' }]);
  });

  it('stays where its holder has it, whatever a reader looks at', async () => {
    const tabId = pageTab(await open('/tall', ada));
    await tabs({ action: 'share', tabId }, ada);
    const below = await call('screenshot', { tabId, ref: '#bottom' }, bob);
    expect([code(below), below.error.message]).toEqual(['not_actionable', expect.stringContaining('not in view')]);
    expect(code(await call('wait_for', { tabId, ref: '#bottom', timeout: 300 }, bob))).toBe('deadline_exceeded');
    expect((await call('evaluate', { function: 'scrollY' }, ada)).result.value).toBe(0);
    expect(code(await call('screenshot', { tabId, ref: '#bottom' }, ada))).toBe('ok');
    expect(code(await call('screenshot', { tabId, ref: '#bottom' }, bob))).toBe('ok');
    await tabs({ action: 'share', tabId, to: 'none' }, ada);
  });

  it('is read no more by one that is gone for good, nor by one that waits when the share ends', async () => {
    const tabId = pageTab(await open('/rows', ada));
    await tabs({ action: 'share', tabId, to: 'cy' }, ada);
    expect(code(await call('snapshot', { tabId }, { client: 'cy' }))).toBe('ok');
    hub.send({ type: 'event', payload: { name: 'client_gone', clientId: 'cy' } });
    await hub.until('the share to end', () => !JSON.stringify(hub.tabs()).includes('"cy"'));
    expect(code(await call('snapshot', { tabId }, { client: 'cy' }))).toBe('tab_taken');
    hub.sendClients(here);
    await tabs({ action: 'share', tabId, to: 'bob' }, ada);
    const id = randomUUID();
    const waiting = call('wait_for', { tabId, text: 'done 3' }, { ...bob, id });
    await hub.until('the wait', () => hub.events.some((event) => event.name === 'progress' && event.callId === id));
    await tabs({ action: 'share', tabId, to: 'none' }, ada);
    expect(yaml(await call('click', { ref: '#r3' }, ada))).toContain('done 3');
    const ended = await waiting;
    expect([code(ended), JSON.stringify(ended.result)]).toEqual(['tab_taken', '{}']);
  });

  it('does not give its reader what its page opens', async () => {
    const tabId = pageTab(await open('/rows', ada));
    await tabs({ action: 'share', tabId }, ada);
    const id = randomUUID();
    const waiting = call('wait_for', { tabId, text: 'popped' }, { ...bob, id });
    await hub.until('the wait', () => hub.events.some((event) => event.name === 'progress' && event.callId === id));
    const acted = await call('evaluate', { function: `() => { window.open('${site.origin}/second'); document.body.append('popped'); }` }, ada);
    expect(code(acted)).toBe('ok');
    expect(notes(await waiting)).not.toContain('which is yours');
    await eventually('the tab to be the holder’s', async () => shown(await tabs({ action: 'list' }, ada)).some(({ url }) => text(url)?.endsWith('/second') === true));
  });
});

describe('a tab that a page opens', () => {
  const WAYS: Record<string, string> = {
    'a link': '<a id="go" href="/second" target="_blank" rel="noopener">Go</a>',
    'a link that keeps its opener': '<a id="go" href="/second" target="_blank" rel="opener">Go</a>',
    'a form': '<form action="/second" target="_blank"><button id="go">Go</button></form>',
    'a script': `<button id="go" onclick="window.open('/second')">Go</button>`,
    'a script without opener': `<button id="go" onclick="window.open('/second', '', 'noopener')">Go</button>`,
    'a window of its own': `<button id="go" onclick="window.open('/second', '', 'width=300,height=300')">Go</button>`,
    'a blank one': `<button id="go" onclick="window.open('about:blank')">Go</button>`,
    'one that is written': `<button id="go" onclick="window.open('').document.write('written')">Go</button>`,
    'a blob': `<button id="go" onclick="window.open(window.URL.createObjectURL(new Blob(['blob'])))">Go</button>`,
    'a script’s address': `<button id="go" onclick="window.open('javascript:1')">Go</button>`,
    'a frame of another site': '<iframe src="{other}/popup"></iframe>',
    'one that is slow': '<a id="go" href="/slow?ms=1500" target="_blank">Go</a>',
  };
  const held = async (client: { client: string }): Promise<number[]> => shown(await tabs({ action: 'list' }, client)).map(({ tabId }) => Number(tabId));
  const front = (tabId: number): Promise<unknown> => browser.evaluate(`chrome.tabs.update(${tabId}, { active: true }).then(() => 1)`);

  it('is that page’s client’s, whoever’s tab is in front, and named by the call that opened it', async () => {
    const bobs = pageTab(await open('/second', bob));
    const source = pageTab(await call('navigate', { url: `${site.origin}/rows`, newTab: true }, ada));
    const adas = pageTab(await call('navigate', { url: `${site.origin}/rows`, newTab: true }, ada));
    const bobsAll = await held(bob);
    for (const before of [bobs, adas]) {
      for (const [way, body] of Object.entries(WAYS)) {
        site.pages.set('/opens', `<title>Opens</title>${body}`);
        await call('navigate', { url: `${site.origin}/opens`, tabId: source }, ada);
        await front(before);
        const others = await held(ada);
        const ref = body.includes('iframe') ? /button "Open".*?\[ref=(\w+)\]/.exec(yaml(await call('snapshot', { tabId: source }, ada)))?.[1] : '#go';
        const said = notes(await call('click', { ref, tabId: source }, ada));
        const fresh = (await held(ada)).filter((tabId) => !others.includes(tabId));
        expect([way, fresh.length, said]).toEqual([way, 1, expect.stringContaining(`which is yours: tabId ${fresh[0]}`)]);
        expect([way, notes(await call('snapshot', { tabId: adas }, ada)), await held(bob)]).toEqual([way, '', bobsAll]);
        await eventually(`the tab in front again after ${way}`, async () => (await browser.evaluate(`chrome.tabs.get(${before}).then((tab) => tab.active)`)) === true);
        await tabs({ action: 'close', tabId: fresh[0] }, ada);
      }
    }
    const persons = Number(await browser.evaluate(`chrome.tabs.get(${adas}).then(({ windowId }) => chrome.tabs.create({ windowId, openerTabId: ${adas}, url: '${site.origin}/second' })).then((tab) => tab.id)`));
    await hub.until('the person’s tab', () => hub.tabs().some((tab) => tab.tabId === persons && tab.title === 'Second'));
    expect(await held(ada)).not.toContain(persons);
  });
});

describe('a tab that is handed off', () => {
  it('is the other client’s with all that is in it, in its group', async () => {
    const tabId = pageTab(await open('/rows', ada));
    await call('click', { ref: '#r5' }, ada);
    expect(code(await tabs({ action: 'handoff', to: 'bob' }, ada))).toBe('ok');
    const first = await call('snapshot', { tabId }, bob);
    expect([yaml(first), notes(first)]).toEqual([expect.stringContaining('done 5'), expect.stringContaining(`ada handed tab ${tabId} to you`)]);
    expect(notes(await call('snapshot', { tabId }, bob))).not.toContain('handed');
    expect(pageTab(await call('navigate', { url: `${site.origin}/second` }, bob))).not.toBe(tabId);
    expect(code(await call('click', { tabId, ref: '#r6' }, ada))).toBe('tab_taken');
    await eventually('its group', async () => (await browser.evaluate(`chrome.tabs.get(${tabId}).then((tab) => chrome.tabGroups.get(tab.groupId)).then((group) => group.title)`)) === 'bob');
    expect(code(await tabs({ action: 'release', tabId }, bob))).toBe('ok');
    await eventually('the tab outside the group', async () => (await browser.evaluate(`chrome.tabs.get(${tabId}).then((tab) => tab.groupId)`)) === -1);
    expect(code(await call('click', { tabId, ref: '#r6' }, bob))).toBe('not_allowed');
  });
});

describe('a claim', () => {
  it('shows the person the tab, and takes it when they allow it', async () => {
    const tabId = await persons('/second');
    await hub.until('the tab', () => hub.tabs().some((tab) => tab.tabId === tabId && tab.title === 'Second'));
    const claim = tabs({ action: 'claim', tabId }, ada);
    const words = await asked();
    expect(words).toContain('ada asks to use a tab of yours');
    expect(words).toContain(`${site.origin}/second`);
    expect(await browser.evaluate('chrome.action.getBadgeText({})')).toBe('?');
    await press('Allow');
    expect(code(await claim)).toBe('ok');
    await withdrawn();
    await eventually('the badge to be gone', async () => (await browser.evaluate('chrome.action.getBadgeText({})')) === '');
    expect(yaml(await call('snapshot', {}, ada))).toContain('Second page');
  });

  it('is refused when they refuse it, and when they close the question', async () => {
    const tabId = await persons('/second');
    for (const script of [`[...document.querySelectorAll('#options button')][1].click()`, 'window.close()']) {
      const claim = tabs({ action: 'claim', tabId }, ada);
      await asked();
      await inQuestion(script);
      expect(code(await claim)).toBe('not_allowed');
      await withdrawn();
    }
    expect(code(await call('snapshot', { tabId }, ada))).toBe('not_allowed');
  });

  it('takes its question back when it is cancelled and when its time is over', async () => {
    const tabId = await persons('/second');
    const id = randomUUID();
    const cancelled = tabs({ action: 'claim', tabId }, { ...ada, id });
    await asked();
    hub.cancel(id, 'ada');
    expect(code(await cancelled)).toBe('cancelled');
    await withdrawn();
    const late = await tabs({ action: 'claim', tabId }, { ...ada, timeout: 2_500 });
    expect([code(late), text(late.error.message)]).toEqual(['deadline_exceeded', expect.stringContaining('nothing has changed')]);
    await withdrawn();
    expect(code(await call('snapshot', { tabId }, ada))).toBe('not_allowed');
  });

  it('is answered in the popup as well, where the person sets the rule and the browser’s name', async () => {
    const tabId = await persons('/second');
    await browser.command('Target.createTarget', { url: `${EXTENSION}/popup.html`, background: true });
    const inPopup = (script: string): Promise<unknown> => browser.evaluate(script, '/popup.html');
    const claim = tabs({ action: 'claim', tabId }, ada);
    await eventually('the question in the popup', async () => String(await inPopup('document.getElementById("questions").innerText').catch(() => '')).includes('ada asks'));
    await inPopup(`[...document.querySelectorAll('.question button')].find((button) => button.textContent === 'Allow').click()`);
    expect(code(await claim)).toBe('ok');
    await withdrawn();
    const choose = (value: string): Promise<unknown> =>
      inPopup(`(() => { const select = document.getElementById('claims'); select.value = '${value}'; select.dispatchEvent(new Event('change')); })()`);
    const other = await persons('/rows');
    await choose('never');
    await eventually('the rule', async () => (await browser.evaluate('chrome.storage.local.get("claimRule").then((all) => all.claimRule)')) === 'never');
    expect(code(await tabs({ action: 'claim', tabId: other }, ada))).toBe('not_allowed');
    expect(code(await tabs({ action: 'list', all: true }, ada))).toBe('not_allowed');
    await choose('allow');
    await eventually('the rule', async () => (await browser.evaluate('chrome.storage.local.get("claimRule").then((all) => all.claimRule)')) === 'allow');
    expect(shown(await tabs({ action: 'list', all: true }, ada))).toContainEqual(expect.objectContaining({ tabId: other, free: true }));
    expect(code(await tabs({ action: 'claim', tabId: other }, ada))).toBe('ok');
    await inPopup(`(() => { const name = document.getElementById('name'); name.value = ' my  work '; name.dispatchEvent(new Event('change')); })()`);
    await hub.until('the name', () => hub.events.some((event) => event.name === 'renamed' && event.givenName === 'my  work'));
    await inPopup('window.close()');
    await rule('ask');
  });
});

describe('the person', () => {
  it('looks at the same tab of the same window, whatever becomes of clients’ tabs', async () => {
    await browser.evaluate(`(() => {
      globalThis.fronted = [];
      chrome.tabs.onActivated.addListener(({ tabId, windowId }) => chrome.windows.get(windowId).then(({ type }) => type === 'normal' && fronted.push('tab ' + tabId)));
      chrome.windows.onFocusChanged.addListener((windowId) => fronted.push('window ' + windowId));
    })()`);
    const looksAt = (): Promise<unknown> =>
      browser.evaluate(`Promise.all([chrome.windows.getLastFocused(), chrome.tabs.query({ active: true, windowType: 'normal' })])
        .then(([window, tabs]) => JSON.stringify([window.id, window.type, tabs.map((tab) => tab.id)]))`);
    const before = await looksAt();
    const free = await persons('/second');
    const held = pageTab(await open('/rows', ada));
    await tabs({ action: 'share', tabId: held, to: 'bob' }, ada);
    await call('snapshot', { tabId: held }, bob);
    await call('screenshot', { tabId: held }, bob);
    await tabs({ action: 'handoff', tabId: held, to: 'bob' }, ada);
    await tabs({ action: 'select', tabId: held }, bob);
    await tabs({ action: 'release', tabId: held }, bob);
    const claim = tabs({ action: 'claim', tabId: free }, ada);
    await asked();
    expect(await looksAt()).toBe(before);
    await press('Allow');
    expect(code(await claim)).toBe('ok');
    await withdrawn();
    await tabs({ action: 'new', url: `${site.origin}/rows` }, ada);
    await tabs({ action: 'close' }, ada);
    expect([await looksAt(), await browser.evaluate('JSON.stringify(fronted)')]).toEqual([before, '[]']);
    // The listeners do hear: what is asked to come to the front does.
    await tabs({ action: 'select', tabId: free, background: false }, ada);
    await eventually('the tab in front', async () => String(await browser.evaluate('JSON.stringify(fronted)')).includes(`tab ${free}`));
  });
});
