// The promise: what a tab's events say is understood: what is under way, what the console holds, what a dialog asks.

import { describe, expect, it, vi } from 'vitest';
import { refusal } from '../../src/debugger/cdp.ts';
import { ConsoleRecord } from '../../src/debugger/console-record.ts';
import { describe as shown } from '../../src/debugger/console-value.ts';
import { MainFrame } from '../../src/debugger/main-frame.ts';
import { Requests } from '../../src/debugger/requests.ts';

const sent = (requestId: string, type = 'Fetch', url = 'http://x/a?1') => ({ requestId, type, loaderId: 'L', frameId: 'F', request: { url, method: 'GET' } });

describe('requests', () => {
  it('count when they began after the action, until they end', () => {
    const requests = new Requests();
    requests.take(undefined, 'Network.requestWillBeSent', sent('1'), 1);
    requests.take(undefined, 'Network.requestWillBeSent', sent('2'), 5);
    expect(requests.pendingSince(3).map((request) => request.began)).toEqual([5]);
    requests.take(undefined, 'Network.loadingFinished', { requestId: '2' }, 6);
    expect(requests.pendingSince(3)).toEqual([]);
  });

  it('tell when the last one ended that a page may have changed by', () => {
    const requests = new Requests();
    requests.take(undefined, 'Network.requestWillBeSent', sent('1'), 1);
    requests.take(undefined, 'Network.requestWillBeSent', sent('2', 'Image'), 2);
    requests.take(undefined, 'Network.loadingFinished', { requestId: '1' }, 3);
    requests.take(undefined, 'Network.loadingFinished', { requestId: '2' }, 4);
    expect(requests.lastEnd).toBe(3);
  });

  it('keep their beginning over a redirect', () => {
    const requests = new Requests();
    requests.take(undefined, 'Network.requestWillBeSent', sent('1'), 1);
    requests.take(undefined, 'Network.requestWillBeSent', sent('1'), 9);
    expect(requests.pendingSince(3)).toEqual([]);
  });

  it('are not waited for where they stay open by their nature', () => {
    const requests = new Requests();
    for (const type of ['WebSocket', 'EventSource', 'Ping', 'Image']) requests.take(undefined, 'Network.requestWillBeSent', sent(type, type), 1);
    requests.take(undefined, 'Network.requestWillBeSent', sent('s'), 1);
    requests.take(undefined, 'Network.responseReceived', { requestId: 's', response: { mimeType: 'text/event-stream' } }, 2);
    expect(requests.pendingSince(0)).toEqual([]);
  });

  it('that once outlasted all patience are not waited for again', () => {
    const requests = new Requests();
    requests.take(undefined, 'Network.requestWillBeSent', sent('1', 'Fetch', 'http://x/poll?1'), 1);
    requests.giveUpOn(requests.pendingSince(0));
    requests.take(undefined, 'Network.requestWillBeSent', sent('2', 'Fetch', 'http://x/poll?2'), 2);
    requests.take(undefined, 'Network.requestWillBeSent', sent('3', 'Fetch', 'http://x/other'), 3);
    expect(requests.pendingSince(0).map((request) => request.url)).toEqual(['http://x/other']);
  });

  it('are waited for again at an address where one has ended soon', () => {
    const requests = new Requests();
    const poll = (id: string, began: number): void => void requests.take(undefined, 'Network.requestWillBeSent', { ...sent(id, 'Fetch', `http://x/api?${id}`), timestamp: began }, began);
    poll('1', 1);
    requests.giveUpOn(requests.pendingSince(0));
    poll('2', 2);
    requests.take(undefined, 'Network.loadingFinished', { requestId: '1', timestamp: 9 }, 9);
    expect(requests.pendingSince(0)).toEqual([]);
    requests.take(undefined, 'Network.loadingFinished', { requestId: '2', timestamp: 2.5 }, 10);
    poll('3', 11);
    expect(requests.pendingSince(0)).toHaveLength(1);
  });

  it('whose answer nobody reads end a while after it began, and from then on with it', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const requests = new Requests();
    const answered = (id: string): void => {
      requests.take(undefined, 'Network.requestWillBeSent', sent(id), 1);
      requests.take(undefined, 'Network.responseReceived', { requestId: id, response: { mimeType: 'application/json' } }, 2);
    };
    answered('1');
    expect(requests.pendingSince(0)).toHaveLength(1);
    vi.advanceTimersByTime(900);
    requests.take(undefined, 'Network.dataReceived', { requestId: '1' }, 3);
    vi.advanceTimersByTime(900);
    expect(requests.pendingSince(0)).toHaveLength(1);
    vi.advanceTimersByTime(200);
    expect(requests.pendingSince(0)).toEqual([]);
    answered('2');
    expect(requests.pendingSince(0)).toEqual([]);
    expect(requests.lastEnd).toBe(2);
    vi.useRealTimers();
  });

  it('end with their document, their frame or their session', () => {
    const requests = new Requests();
    requests.take(undefined, 'Network.requestWillBeSent', sent('1'), 1);
    requests.frameLeft(undefined, 'F');
    requests.take('s', 'Network.requestWillBeSent', sent('2'), 2);
    requests.sessionGone('s');
    requests.take(undefined, 'Network.requestWillBeSent', sent('3'), 3);
    requests.documentChanged('other');
    expect(requests.busy()).toEqual([]);
  });
});

describe('the main frame', () => {
  const frame = (): MainFrame => {
    const main = new MainFrame();
    main.adopt({ id: 'F', loaderId: 'L0', url: 'about:blank' });
    return main;
  };

  it('is on its way from the order to go until the page has loaded', () => {
    const main = frame();
    expect(main.pendingSince(0)).toBe(false);
    main.take('Page.frameStartedNavigating', { frameId: 'F', loaderId: 'L1', url: 'http://x/' }, 1);
    expect(main.pendingSince(0)).toBe(true);
    expect(main.pendingSince(1)).toBe(false);
    main.take('Page.frameNavigated', { frame: { id: 'F', loaderId: 'L1', url: 'http://x/' } }, 2);
    expect([main.pendingSince(0), main.loadingSince(0), main.reached('load')]).toEqual([false, true, false]);
    main.take('Page.lifecycleEvent', { frameId: 'F', loaderId: 'L1', name: 'DOMContentLoaded' }, 3);
    expect([main.reached('domcontentloaded'), main.reached('load')]).toEqual([true, false]);
    main.take('Page.lifecycleEvent', { frameId: 'F', loaderId: 'L1', name: 'load' }, 4);
    expect([main.loadingSince(0), main.hasShown('L1')]).toEqual([false, true]);
  });

  it('does not mind other frames, moves within the document, or events of an earlier one', () => {
    const main = frame();
    expect(main.take('Page.frameStartedNavigating', { frameId: 'G', loaderId: 'L1' }, 1)).toBe(false);
    expect(main.take('Page.frameStartedNavigating', { frameId: 'F', navigationType: 'sameDocument' }, 1)).toBe(false);
    expect(main.take('Page.frameNavigated', { frame: { id: 'G', parentId: 'F' } }, 1)).toBe(false);
    expect(main.take('Page.lifecycleEvent', { frameId: 'F', loaderId: 'old', name: 'load' }, 1)).toBe(false);
  });

  it('restored from the back/forward cache is loaded at once', () => {
    const main = frame();
    main.take('Page.frameNavigated', { frame: { id: 'F', loaderId: 'L1', url: 'http://x/' }, type: 'BackForwardCacheRestore' }, 2);
    expect(main.reached('load')).toBe(true);
  });
});

describe('the console', () => {
  const log = (type: string, value: string, timestamp: number) => ['Runtime.consoleAPICalled', { type, args: [{ type: 'string', value }], timestamp }] as const;

  it('is read by level, pattern and limit, and says what is left out', () => {
    const record = new ConsoleRecord();
    record.take(...log('log', 'plain', 1));
    record.take(...log('warning', 'beware', 2));
    record.take(...log('error', 'bad thing', 3));
    record.take(...log('error', 'bad luck', 4));
    const all = record.read({ level: 'debug', pattern: undefined, limit: 100 });
    expect(all.entries.map(({ level, text }) => `${level} ${text}`)).toEqual(['info plain', 'warning beware', 'error bad thing', 'error bad luck']);
    expect(record.read({ level: 'warning', pattern: /BAD/i, limit: 1 })).toEqual({ entries: [all.entries[3]], more: 1, dropped: 0 });
  });

  it('does not take again what Chrome replays to a debugger that comes back', () => {
    const record = new ConsoleRecord();
    record.take(...log('log', 'one', 1));
    record.resume();
    record.take(...log('log', 'one', 1));
    record.take(...log('log', 'two', 2));
    expect(record.read({ level: 'debug', pattern: undefined, limit: 9 }).entries.map(({ text }) => text)).toEqual(['one', 'two']);
    record.clear();
    record.take(...log('log', 'two', 2));
    expect(record.read({ level: 'debug', pattern: undefined, limit: 9 }).entries).toEqual([]);
  });

  it('is bounded', () => {
    const record = new ConsoleRecord();
    for (let i = 1; i <= 1_200; i++) record.take(...log('log', `n${i}`, i));
    const { entries, dropped } = record.read({ level: 'debug', pattern: undefined, limit: 5_000 });
    expect([entries.length, dropped, entries[0]?.text]).toEqual([1_000, 200, 'n201']);
  });

  it('shows values as the console does', () => {
    const properties = [{ name: 'a', type: 'number', value: '2' }, { name: 'b', type: 'string', value: 'x' }];
    expect(shown({ type: 'object', className: 'Object', description: 'Object', preview: { properties } })).toBe('{a: 2, b: "x"}');
    expect(shown({ type: 'object', subtype: 'array', preview: { properties, overflow: true } })).toBe('[2, "x", …]');
    expect(shown({ type: 'undefined' })).toBe('undefined');
    expect(shown({ type: 'object', subtype: 'null', value: null })).toBe('null');
    expect(shown({ type: 'number', unserializableValue: 'NaN' })).toBe('NaN');
  });
});

it('Chrome’s refusals lose their wrapping', () => {
  expect(refusal('{"code":-32000,"message":"Not allowed"}')).toBe('Not allowed');
  expect(refusal('Detached.')).toBe('Detached.');
});
