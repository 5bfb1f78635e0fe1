// The promise: what a page does by itself is told while somebody watches it, in all its frames and documents; a page that nobody
// watches is left alone, and none of them can see that it is watched.

import { beforeAll, expect, it } from 'vitest';
import { list, record, text, type JsonRecord } from '../../src/json.ts';
import { eventually, pageTab, rig, yaml } from '../support/rig.ts';

const { site, hub, browser, call, open } = rig();

const PAGE = `<!doctype html><title>Live</title><h1 id="a">0</h1><input id="field"><div id="host"></div><iframe src="/inner"></iframe>
  <script>host.attachShadow({ mode: 'closed' }).append(globalThis.deep = document.createElement('b'));</script>`;

let tabId = 0;
/** How many changes of each part of each tab's page have been asked for. */
const asked = new Map<string, number>();

function watch(parts: readonly string[], downloads = false, tab = tabId): void {
  hub.send({ type: 'event', payload: { name: 'watch', pages: parts.map((part) => ({ tabId: tab, part })), downloads } });
}

/** Changes that were told, of a part of the page, since the last time that it was asked. */
function news(part: string): number {
  const all = hub.events.filter((event) => event.name === 'changed' && list(event.pages).map(record).some((page) => page.part === part && page.tabId === tabId)).length;
  const key = `${tabId} ${part}`;
  const fresh = all - (asked.get(key) ?? 0);
  asked.set(key, all);
  return fresh;
}

async function isTold(what: string, part = 'content'): Promise<void> {
  await hub.until(`news of ${what}`, () => news(part) > 0);
}

/** A call's answer comes the same way as news: what was to be told before it has come. */
async function calm(part = 'content'): Promise<void> {
  await eventually('nothing more is told', async () => {
    await call('evaluate', { function: '() => new Promise((done) => setTimeout(done, 150))' });
    return news(part) === 0;
  });
}

/** Something happens in the page by itself: no call of a client does it. */
async function inPage(expression: string): Promise<void> {
  const page = await browser.session('/live');
  await page.evaluate(`${expression}; 0`);
  page.close();
}

beforeAll(async () => {
  site.pages.set('/live', PAGE);
  site.pages.set('/inner', '<!doctype html><title>Inner</title><p id="p">inner</p><script>addEventListener("message", () => { p.textContent += "!"; });</script>');
  tabId = pageTab(await open('/live'));
});

it('tells of what a page changes by itself while somebody watches, and of nothing before and after', async () => {
  await inPage('a.textContent = "unwatched"');
  await call('snapshot');
  expect(news('content')).toBe(0);
  watch(['content']);
  await isTold('the watch itself');
  await calm();
  await inPage('a.textContent = "1"');
  await isTold('a text');
  await inPage('frames[0].postMessage(1, "*")');
  await isTold('a frame');
  await inPage('deep.textContent = "deep"');
  await isTold('a closed shadow root');
  await inPage('field.value = "x"; field.dispatchEvent(new Event("input", { bubbles: true }))');
  await isTold('a value');
  watch([]);
  await calm();
  await inPage('a.textContent = "2"');
  await calm();
});

it('goes on in the next document, and tells that there is one', async () => {
  watch(['content']);
  await isTold('the watch itself');
  await calm();
  await inPage('location.reload()');
  await isTold('a new document');
  await calm();
  await inPage('a.textContent = "after"');
  await isTold('a text in it');
});

it('tells of the last of many changes, and of few of them', async () => {
  watch(['content']);
  await calm();
  const before = hub.events.length;
  await inPage('globalThis.n = 0; globalThis.timer = setInterval(() => { a.textContent = ++n; if (n === 300) clearInterval(timer); }, 2)');
  await eventually('the page has changed 300 times', async () => yaml(await call('snapshot')).includes('"300"'));
  await calm();
  const times = hub.events.slice(before).filter((event) => event.name === 'changed').length;
  expect(times).toBeGreaterThan(1);
  expect(times).toBeLessThan(60);
});

it('tells of the console and of requests, each to those who watch for it', async () => {
  watch(['console']);
  await inPage('console.log("hello")');
  await isTold('a message', 'console');
  expect(hub.events.some((event) => JSON.stringify(event).includes('"network"'))).toBe(false);
  watch(['network']);
  await inPage('fetch("/inner?again")');
  await isTold('a request', 'network');
});

it('tells a worker that has just started nothing is lost: who watches is told anew, and pages go on', async () => {
  watch(['content']);
  await calm();
  const hellos = hub.hellos.length;
  await browser.killWorker();
  await hub.until('the next worker', () => hub.hellos.length > hellos && hub.connected, 40_000);
  watch(['content']);
  await isTold('the watch itself');
  await calm();
  await inPage('a.textContent = "still there"');
  await isTold('a text');
});

it('looks aside: what the model saw last stays what its next look is compared with', async () => {
  await call('snapshot');
  await inPage('a.textContent = "changed meanwhile"');
  expect(yaml(await call('snapshot', { tabId, aside: true }))).toContain('changed meanwhile');
  const diff = record((await call('snapshot', { mode: 'diff' })).result.snapshot);
  expect([diff.mode, text(diff.yaml)]).toEqual(['diff', expect.stringContaining('changed meanwhile')]);
});

it('lists which tab the person looks at', async () => {
  const active = async (): Promise<unknown[]> => list(record((await call('tabs', { action: 'list' })).result.value as JsonRecord).tabs).map((tab) => record(tab).active);
  expect(await active()).toEqual([undefined]);
  await call('tabs', { action: 'select', tabId, background: false });
  expect(await active()).toEqual([true]);
});

it('is not to be seen by the page', async () => {
  const traces = `JSON.stringify([Reflect.ownKeys(window).map(String).sort(), document.documentElement.outerHTML, performance.getEntriesByType('resource').map((entry) => entry.name)])`;
  site.pages.set('/live-seen', `${PAGE}<script>
    globalThis.caught = [];
    for (const [owner, name] of [[window, 'MutationObserver'], [EventTarget.prototype, 'addEventListener'], [window, 'setTimeout'], [window, 'setInterval'], [window, 'Promise']]) {
      const real = owner[name];
      owner[name] = new Proxy(real, { apply: (...args) => (caught.push(name), Reflect.apply(...args)), construct: (...args) => (caught.push(name), Reflect.construct(...args)) });
    }</script>`);
  tabId = pageTab(await open('/live-seen'));
  watch([]);
  const page = await browser.session('/live-seen');
  const before = await page.evaluate(traces);
  watch(['content']);
  await isTold('the watch itself');
  await page.evaluate('a.textContent = "0"; 0');
  await isTold('a text');
  expect(await page.evaluate(traces)).toBe(before);
  expect(await page.evaluate('caught.join()')).toBe('');
  await page.evaluate('setTimeout(() => {}, 0); 0');
  expect(await page.evaluate('caught.join()'), 'the traps are set').toBe('setTimeout');
  page.close();
});
