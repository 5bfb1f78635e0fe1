// The promise: the debugger is attached once a tab, adopted after the worker's death, taken off idle tabs, and the person's
// Cancel stops everything.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Debuggers } from '../../src/debugger/debuggers.ts';
import { Session } from '../../src/session.ts';
import { fakeChrome } from '../support/fake-chrome.ts';

let browser: ReturnType<typeof fakeChrome>;
let stops: number;

function start(): Debuggers {
  return new Debuggers(new Session(), { onUserStop: () => (stops += 1), onDocument: () => undefined, onRecord: () => undefined, onDownload: () => undefined, isClosed: () => false, isHeld: () => true, isBusy: () => false });
}

beforeEach(() => {
  browser = fakeChrome();
  stops = 0;
});

it('attaches once, however many ask at the same time', async () => {
  const { id } = browser.add('http://a/', false);
  const debuggers = start();
  const [first, second] = await Promise.all([debuggers.ensure(id), debuggers.ensure(id)]);
  expect(first).toBe(second);
  expect(browser.sent.filter((line) => line.endsWith('Page.enable'))).toHaveLength(1);
  expect(browser.sent).toContain(`${id} Emulation.setFocusEmulationEnabled`);
});

it('adopts what an earlier worker had attached, and has Chrome tell everything anew', async () => {
  const { id } = browser.add('http://a/', false);
  await start().ensure(id);
  browser.sent.length = 0;
  await start().ensure(id);
  expect(browser.sent.indexOf(`${id} Runtime.disable`)).toBeGreaterThan(-1);
  expect(browser.sent.indexOf(`${id} Runtime.disable`)).toBeLessThan(browser.sent.indexOf(`${id} Runtime.enable`));
});

it('tells a tab that is gone from one that Chrome protects', async () => {
  await expect(start().ensure(4)).rejects.toMatchObject({ code: 'tab_gone' });
});

describe('the person’s Cancel', () => {
  it('ends what runs in the tab as paused, and is reported', async () => {
    const { id } = browser.add('http://a/', false);
    const tab = await start().ensure(id);
    browser.on.detach.emit({ tabId: id }, 'canceled_by_user');
    expect(stops).toBe(1);
    expect(tab.gone.signal.reason).toMatchObject({ code: 'paused' });
  });

  it('is not mistaken for a tab that closes', async () => {
    const { id } = browser.add('http://a/', false);
    const tab = await start().ensure(id);
    browser.on.detach.emit({ tabId: id }, 'target_closed');
    expect(stops).toBe(0);
    expect(tab.gone.signal.reason).toMatchObject({ code: 'tab_gone' });
  });
});

it('leaves tabs that nobody has used for five minutes, and says where the console has a gap', async () => {
  const { id } = browser.add('http://a/', false);
  const debuggers = start();
  const before = await debuggers.ensure(id);
  debuggers.sweep(performance.now() + 4 * 60_000);
  expect(browser.attached.has(id)).toBe(true);
  debuggers.sweep(performance.now() + 6 * 60_000);
  await vi.waitFor(() => expect(browser.attached.has(id)).toBe(false));
  const after = await debuggers.ensure(id);
  expect(after).not.toBe(before);
  expect(after.console.gaps).toHaveLength(1);
});

describe('a dialog', () => {
  const opening = { type: 'confirm', message: 'sure?' };

  it('is known while it is open, also to the next worker', async () => {
    const { id } = browser.add('http://a/', false);
    const tab = await start().ensure(id);
    browser.on.cdp.emit({ tabId: id }, 'Page.javascriptDialogOpening', opening);
    expect(tab.dialog).toEqual(opening);
    await vi.waitFor(() => expect(browser.stored.dialogs).toEqual({ [id]: opening }));
    expect((await start().ensure(id)).dialog).toEqual(opening);
    browser.on.cdp.emit({ tabId: id }, 'Page.javascriptDialogClosed', {});
    expect(tab.dialog).toBeUndefined();
  });

  it('that asks whether to leave is accepted only while a tool leaves', async () => {
    const { id } = browser.add('http://a/', false);
    const tab = await start().ensure(id);
    tab.acceptUnload = true;
    browser.on.cdp.emit({ tabId: id }, 'Page.javascriptDialogOpening', { type: 'beforeunload', message: '' });
    expect([tab.dialog, tab.unloadAccepted]).toEqual([undefined, 1]);
    expect(browser.sent).toContain(`${id} Page.handleJavaScriptDialog`);
    tab.acceptUnload = false;
    browser.on.cdp.emit({ tabId: id }, 'Page.javascriptDialogOpening', { type: 'beforeunload', message: '' });
    expect(tab.dialog?.type).toBe('beforeunload');
  });
});
