// The promise: what somebody watches is told, as few times as makes sense and the last change always; what nobody watches is not
// observed at all.

import { beforeEach, expect, it, vi } from 'vitest';
import type { ExtensionEvent, PagePart } from '../../src/hub/frames.ts';
import { CHANGED } from '../../src/page/notify.ts';
import { Watching } from '../../src/watching.ts';
import { FakeEvent } from '../support/fake-chrome.ts';

const content = (tabId: number): PagePart => ({ tabId, part: 'content' });
const on = {
  message: new FakeEvent<[unknown, { tab?: { id: number } }, (answer: unknown) => void]>(),
  committed: new FakeEvent<[{ tabId: number; frameId: number }]>(),
  loaded: new FakeEvent<[{ tabId: number; frameId: number }]>(),
  downloads: new FakeEvent<[{ id: number }]>(),
};
let sent: ExtensionEvent[];
let observed: string[];
let recorded: number[];
let connected: boolean;
let watching: Watching;

function start(): Watching {
  return new Watching({
    send: (event) => void sent.push(event),
    isConnected: () => connected,
    observe: async (tabId, frameId, wanted) => void observed.push(`${tabId}/${frameId ?? 'all'} ${wanted ? 'on' : 'off'}`),
    record: async (tabId) => void recorded.push(tabId),
    ownerOf: async (id) => (id === 1 ? 'client' : undefined),
  });
}

/** What a page's message is answered with. */
function says(tabId: number): unknown {
  let answer: unknown;
  on.message.emit(CHANGED, { tab: { id: tabId } }, (told) => (answer = told));
  return answer;
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const parts = (): string[] => sent.map((event) => (event.name === 'changed' ? event.pages.map(({ tabId, part }) => `${tabId} ${part}`).join(', ') : event.name));

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(on, { message: new FakeEvent(), committed: new FakeEvent(), loaded: new FakeEvent(), downloads: new FakeEvent() });
  vi.stubGlobal('chrome', {
    runtime: { onMessage: on.message },
    webNavigation: { onCommitted: on.committed, onDOMContentLoaded: on.loaded },
    downloads: { onChanged: on.downloads },
  });
  [sent, observed, recorded, connected] = [[], [], [], true];
  watching = start();
});

it('observes a page only while somebody watches it', async () => {
  watching.set([content(1), { tabId: 2, part: 'console' }], false);
  await settled();
  expect([observed, recorded]).toEqual([['1/all on'], [2]]);
  watching.set([content(1), content(3)], false);
  await settled();
  watching.set([], false);
  await settled();
  expect(observed).toEqual(['1/all on', '3/all on', '1/all off', '3/all off']);
  expect(recorded).toEqual([2]);
});

it('leaves a page as it was wanted last, however quickly minds are changed', async () => {
  for (let n = 0; n < 5; n += 1) {
    watching.set([content(1)], false);
    watching.set([], false);
  }
  await settled();
  expect(observed.at(-1)).toBe('1/all off');
  watching.set([], false);
  watching.set([content(1)], false);
  await settled();
  expect(observed.at(-1)).toBe('1/all on');
});

it('tells the first change at once and many as few, and the last always', async () => {
  watching.set([content(1), content(2)], false);
  await settled();
  await vi.advanceTimersByTimeAsync(1_000);
  sent = [];
  says(1);
  expect(parts()).toEqual(['1 content']);
  for (let n = 0; n < 100; n += 1) {
    says(1);
    says(2);
    await vi.advanceTimersByTimeAsync(1);
  }
  await vi.advanceTimersByTimeAsync(1_000);
  expect(parts().length).toBeLessThan(8);
  expect(parts().at(-1)).toBe('1 content, 2 content');
});

it('says nothing of what nobody watches, and lets such a page know', async () => {
  watching.set([content(1)], false);
  await settled();
  await vi.advanceTimersByTimeAsync(1_000);
  sent = [];
  expect(says(2)).toBe(false);
  watching.changed(1, 'console');
  on.committed.emit({ tabId: 2, frameId: 0 });
  on.downloads.emit({ id: 1 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent).toEqual([]);
  expect(says(1)).toBe(true);
  connected = false;
  expect(says(2), 'a worker that has just started does not know what is wanted').toBe(true);
});

it('observes each new document, and tells that there is one', async () => {
  watching.set([content(1)], false);
  await settled();
  await vi.advanceTimersByTimeAsync(1_000);
  sent = [];
  on.committed.emit({ tabId: 1, frameId: 0 });
  expect(parts()).toEqual(['1 content']);
  on.loaded.emit({ tabId: 1, frameId: 0 });
  on.loaded.emit({ tabId: 1, frameId: 7 });
  on.loaded.emit({ tabId: 2, frameId: 0 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(observed).toEqual(['1/all on', '1/0 on', '1/7 on']);
  expect(parts()).toEqual(['1 content', '1 content']);
});

it('tells whose downloads changed, and never of the person’s', async () => {
  watching.set([], true);
  on.downloads.emit({ id: 2 });
  on.downloads.emit({ id: 1 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent).toEqual([{ name: 'changed', pages: [], downloads: true, clients: ['client'] }]);
});
