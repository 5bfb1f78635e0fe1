// The promise: a client finds what its pages downloaded, and no address fills the storage that all calls need.

import { beforeEach, expect, it, vi } from 'vitest';
import { Downloads } from '../../src/downloads.ts';
import { Session } from '../../src/session.ts';
import { fakeChrome } from '../support/fake-chrome.ts';

let browser: ReturnType<typeof fakeChrome>;
const url = `data:text/plain,${'x'.repeat(1_000_000)}`;

beforeEach(() => {
  browser = fakeChrome();
  const item = { id: 7, url, finalUrl: url, startTime: new Date().toISOString(), state: 'complete', danger: 'safe', filename: '/a.txt', bytesReceived: 1, totalBytes: 1, mime: '' };
  vi.stubGlobal('chrome', { ...chrome, downloads: { search: async () => [item] } });
});

it('a download from a long address is found, by its client only, and its address not kept whole', async () => {
  const downloads = new Downloads(new Session());
  await downloads.begin('a', url);
  expect(JSON.stringify(browser.stored).length).toBeLessThan(3_000);
  expect(await downloads.of('a')).toMatchObject([{ id: 7, state: 'complete', path: '/a.txt' }]);
  expect(await downloads.of('b')).toEqual([]);
});
