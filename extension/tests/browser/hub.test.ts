// The promise: a hub that stops leaves the clients' tabs open and free to see, and the next hub's clients find them again; a hub
// that crashes changes nothing, and the next one has the browser within moments.

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { code, eventually, pageTab, pause, rig, yaml } from '../support/rig.ts';

const LONG = process.env.TABHUB_TEST_LONG !== undefined;
const { hub, browser, call, open } = rig();

/** Each tab's group, by the tab's id. */
async function groups(): Promise<Map<number, string>> {
  const script = `Promise.all([chrome.tabs.query({}), chrome.tabGroups.query({})]).then(([tabs, groups]) =>
    tabs.map((tab) => [tab.id, groups.find((group) => group.id === tab.groupId)?.title ?? '']))`;
  const found: unknown = await browser.evaluate(script);
  return new Map(Array.isArray(found) ? found : []);
}

function grouped(tabs: Record<number, string>): Promise<void> {
  return eventually(`the groups ${JSON.stringify(tabs)}`, async () => {
    // A worker that is just being born does not know yet.
    const found = await groups().catch(() => new Map<number, string>());
    return Object.entries(tabs).every(([tabId, group]) => found.get(Number(tabId)) === group);
  });
}

async function nextHub(port: number): Promise<void> {
  await hub.start(port);
  await hub.until('the extension', () => hub.connected);
}

describe('a hub that stops', () => {
  it('leaves the tabs open and ungrouped; they are in their groups again when their clients are back', async () => {
    const adas = pageTab(await open('/rows', { client: 'ada' }));
    const bobs = pageTab(await open('/second', { client: 'bob' }));
    await grouped({ [adas]: 'ada', [bobs]: 'bob' });
    const { port } = hub;
    await hub.sayByeAndStop();
    await grouped({ [adas]: '', [bobs]: '' });

    await nextHub(port);
    await hub.until('the leases', () => hub.tabs().some(({ tabId, owner }) => tabId === adas && owner === 'ada'));
    hub.sendClients({ ada: 'away', bob: 'away' });
    hub.sendClients({ ada: 'connected', bob: 'away' });
    await grouped({ [adas]: 'ada', [bobs]: '' });
    // Who calls is there, whatever the hub has told.
    expect(yaml(await call('snapshot', {}, { client: 'bob' }))).toContain('Second page');
    await grouped({ [adas]: 'ada', [bobs]: 'bob' });
  });

  it('is remembered by a worker that dies before the next hub is there', async () => {
    const tab = pageTab(await open('/rows', { client: 'ada' }));
    const { port } = hub;
    await hub.sayByeAndStop();
    // One that dies before it has heard the goodbye knows of none, as of a hub that crashes.
    await eventually('the worker to write it down', async () => {
      const kept = await browser.evaluate("chrome.storage.session.get('clients')");
      return JSON.stringify(kept).includes(`"apart":[${tab}]`);
    });
    await browser.evaluate('globalThis.isOld = true');
    await browser.killWorker();
    await eventually('the next worker', async () => {
      // What comes while Chrome still buries the old one may wake nobody.
      await browser.wakeWorker();
      return (await browser.evaluate('globalThis.isOld === undefined').catch(() => false)) === true;
    });
    await grouped({ [tab]: '' });
    await nextHub(port);
    hub.sendClients({ ada: 'connected' });
    await grouped({ [tab]: 'ada' });
    expect(yaml(await call('click', { ref: '#r1' }, { client: 'ada' }))).toContain('done 1 1');
  });

  it('for good leaves nothing of a client once the next one says so', async () => {
    const tab = pageTab(await open('/rows', { client: 'ada' }));
    const { port } = hub;
    await hub.sayByeAndStop();
    await nextHub(port);
    hub.send({ type: 'event', payload: { name: 'client_gone', clientId: 'ada' } });
    await hub.until('the freed tab', () => hub.tabs().some(({ tabId, owner }) => tabId === tab && owner === undefined));
    hub.sendClients({ ada: 'connected' });
    expect((await groups()).get(tab)).toBe('');
  });
});

describe('a hub that crashes', () => {
  it('changes nothing that the person sees', async () => {
    const tab = pageTab(await open('/rows', { client: 'cy' }));
    await grouped({ [tab]: 'cy' });
    const { port } = hub;
    await hub.stop();
    expect((await groups()).get(tab)).toBe('cy');
    await nextHub(port);
    expect((await groups()).get(tab)).toBe('cy');
    expect(yaml(await call('click', { ref: '#r2' }, { client: 'cy' }))).toContain('done 2 1');
  });

  it('is followed by the next one within moments (figures only)', async () => {
    const { port } = hub;
    for (const away of [0, 50, 500]) {
      const found: number[] = [];
      const ready: number[] = [];
      for (let round = 0; round < 10; round++) {
        await hub.stop();
        await pause(away);
        const [hellos, told] = [hub.hellos.length, hub.events.length];
        await hub.start(port);
        const since = performance.now();
        await hub.until('the hello', () => hub.hellos.length > hellos);
        found.push(performance.now() - since);
        await hub.until('the tabs', () => hub.events.slice(told).some(({ name }) => name === 'tabs'));
        ready.push(performance.now() - since);
        await pause(150);
      }
      console.log(`a hub that was away for ${away} ms: proven after ${figures(found)}, all tabs told after ${figures(ready)}`);
    }
  });
});

describe('a hub that cannot take an answer', () => {
  it('because it is too large for one frame hears so, on a link that lives on', async () => {
    await open('/rows', { client: 'ada' });
    const hellos = hub.hellos.length;
    const answer = await call('evaluate', { function: '() => "x".repeat(65 * 1024 * 1024)' }, { client: 'ada' });
    expect([code(answer), answer.error.message]).toEqual(['tool_failed', expect.stringMatching(/66 MiB.*64 MiB.*ran, once/)]);
    expect((await call('evaluate', { function: '1 + 1' }, { client: 'ada' })).result.value).toBe(2);
    expect(hub.hellos).toHaveLength(hellos);
  });

  it.runIf(LONG)('because it does not read is left before too much waits for it, and asked again on the next link', async () => {
    const hellos = hub.hellos.length;
    hub.stopReading();
    const large = { function: '() => "x".repeat(50 * 1024 * 1024)' };
    for (const client of ['ada', 'bob', 'cy']) void call('evaluate', large, { client });
    await hub.until('the next link', () => hub.hellos.length > hellos, 60_000);
    await hub.until('its welcome', () => hub.connected);
    expect((await call('evaluate', { function: '1 + 1' }, { client: 'ada' })).result.value).toBe(2);
  });
});

describe('a hub that falls silent', () => {
  const slow = '() => { window.runs = (window.runs || 0) + 1; return new Promise((done) => setTimeout(() => done(window.runs), 35_000)); }';

  it.runIf(LONG)('is left within half a minute, and its call goes on through the next link', async () => {
    await open('/rows', { client: 'ada' });
    const id = randomUUID();
    const options = { client: 'ada', id, timeout: 60_000 };
    void call('evaluate', { function: slow }, options);
    await eventually('the script to begin', async () => (await call('evaluate', { function: 'window.runs' }, { client: 'ada' })).result.value === 1);
    const hellos = hub.hellos.length;
    hub.fallSilent();
    await hub.until('the next link', () => hub.hellos.length > hellos, 40_000);
    await hub.until('its welcome', () => hub.connected);
    expect((await call('evaluate', { function: slow }, { ...options, attempt: 2 })).result.value).toBe(1);
  });
});

function figures(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `${(sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(1)} ms median, ${(sorted.at(-1) ?? 0).toFixed(1)} ms worst`;
}
