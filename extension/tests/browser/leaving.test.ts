// The promise: what an action sets off outside its page is told as what it is: another program that is asked for, a tab that
// opens late.

import { describe, expect, it } from 'vitest';
import { text } from '../../src/json.ts';
import { code, eventually, notes, pageTab, pause, rig, yaml } from '../support/rig.ts';

const { hub, site, call, open } = rig();

describe('a link to another program', () => {
  const show = (address: string): Promise<unknown> => {
    site.pages.set('/outside', `<title>Outside</title><a href="${address}" onclick="said.textContent = 'asked'">Go</a><p id="said"></p><button onclick="this.textContent = 'pressed'">Stay</button>`);
    return open('/outside');
  };

  it('is pressed, and leaves the tab where it is', async () => {
    await show('meeting-program://join/1');
    const answer = await call('click', { ref: 'a' });
    expect(yaml(answer)).toContain('asked');
    expect(notes(answer)).toContain('another program (meeting-program://join/1)');
  });

  it('about which Chrome asks the person keeps all clicks from the page: that is said, and another tab goes on', async () => {
    await eventually('Chrome’s question over the tab', async () => notes(await call('click', { ref: 'button' })).includes('heard nothing of the press'));
    const steps = [{ tool: 'browser_click', args: { ref: 'button' } }, { tool: 'browser_click', args: { ref: 'a' } }];
    const { error } = await call('batch', { steps });
    expect([error.code, text(error.message)]).toEqual(['outcome_unknown', expect.stringMatching(/Step 1 of 2 .*heard nothing of the press.* One step was not run/)]);
    expect(yaml(await call('navigate', { url: `${site.origin}/outside`, newTab: true }))).toContain('Stay');
    const answer = await call('click', { ref: 'button' });
    expect([yaml(answer), notes(answer)]).toEqual([expect.stringContaining('pressed'), '']);
  });
});

it('a tab that a page opens between two calls, or under one that fails, is named by the next answer, once', async () => {
  site.pages.set('/late-popup', `<title>Late</title><button onclick="setTimeout(() => { window.open('/second') }, 700)">Later</button><p>Here</p>`);
  const tabId = pageTab(await open('/late-popup'));
  expect(notes(await call('click', { ref: 'button' }))).toBe('');
  await hub.until('the tab', () => hub.tabs().filter((tab) => tab.owner === 'client-a' && String(tab.url).endsWith('/second')).length === 1);
  expect(notes(await call('snapshot', { tabId }))).toContain('opened a new tab, which is yours');
  expect(notes(await call('snapshot', { tabId }))).toBe('');
  await call('click', { ref: 'button' });
  expect(code(await call('wait_for', { text: 'never there', timeout: 1_500 }))).toBe('deadline_exceeded');
  expect(notes(await call('snapshot', { tabId }))).toContain('opened a new tab, which is yours');
});

it('a file that only a person can choose is told as that', async () => {
  site.pages.set('/picker', '<button onclick="showOpenFilePicker().catch((error) => { said.textContent = error.name })">Pick</button><p id="said"></p><input type="file" id="field">');
  await open('/picker');
  const clicked = await call('click', { ref: 'button' });
  expect((await call('wait_for', { text: 'AbortError' })).error).toEqual({});
  // Chrome tells of the question through another process, as often as not after the click is done.
  expect(notes(clicked) + notes(await call('hover', { ref: 'button' }))).toContain('only a person can answer');
  expect(code(await call('file_upload', { ref: 'button', paths: ['/etc/hostname'] }))).toBe('unsupported');
  expect(code(await call('file_upload', { paths: ['/etc/hostname'] }))).toBe('tool_failed');
  expect((await call('file_upload', { ref: '#field', paths: ['/etc/hostname'] })).error).toEqual({});
});

it('a file dialog stays closed, however long ago the last action was', async () => {
  site.pages.set('/choose', '<button onclick="field.click()">Choose</button><input type="file" id="field">');
  for (const ref of ['#field', 'button', '#field']) {
    await open('/choose');
    await pause(2_500); // What the last action ordered has lapsed by then.
    expect(notes(await call('click', { ref })) + notes(await call('hover', { ref }))).toContain('asked for a file');
  }
});

describe('a tab that closes itself', () => {
  const popup = async (script: string): Promise<{ opener: number; tabId: number }> => {
    site.pages.set('/opener', `<title>Opener</title><button onclick="window.open('/closes')">Open</button><p id="said"></p>`);
    site.pages.set('/closes', `<title>Closes</title><label>First <input id="first"></label><label>Second <input id="second"></label><button>Close</button><script>
      const done = (words) => { opener.document.querySelector('#said').textContent = words; window.close() }; ${script}</script>`);
    const opener = pageTab(await open('/opener'));
    const tabId = Number(/tabId (\d+)/.exec(notes(await call('click', { ref: 'button' })))?.[1]);
    await call('tabs', { action: 'select', tabId });
    await call('wait_for', { ref: 'button' });
    return { opener, tabId };
  };

  it('under a click, a key or the last step of a batch is told with what was done, and the client goes on in another tab', async () => {
    const press = { tool: 'browser_click', args: { ref: 'button' } };
    for (const [use, expected] of [[() => call('click', { ref: 'button' }), 'Clicked button "Close".'], [() => call('press_key', { ref: 'button', key: 'Enter' }), 'Pressed Enter in button "Close".'], [() => call('batch', { steps: [press] }), 'All 1 steps are done.']] as const) {
      const { opener, tabId } = await popup(`document.querySelector('button').onclick = () => done('clicked')`);
      const answer = await use();
      expect([answer.error, answer.result.text]).toEqual([{}, expected]);
      expect(JSON.stringify(answer.result)).toContain(`Tab ${tabId} closed with that: the page closed it, or the person did. Your current tab is ${opener} now.`);
      const seen = await call('snapshot');
      expect([pageTab(seen), yaml(seen)]).toEqual([opener, expect.stringContaining('clicked')]);
    }
  });

  it('before all was done is told as that', async () => {
    const { opener } = await popup(`first.oninput = () => done('half')`);
    const { error } = await call('fill_form', { fields: [{ ref: '#first', value: '1' }, { ref: '#second', value: '2' }] });
    expect([error.code, error.message, error.next]).toEqual(['tab_gone', expect.stringMatching(/before all was done/), `Your current tab is ${opener} now.`]);
  });
});
