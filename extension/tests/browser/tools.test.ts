// The promise: every tool does in a real browser what it says, in a tab that stays in the background.

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { list, record, type JsonRecord } from '../../src/json.ts';
import { code, eventually, notes, pageTab, pause, rig, yaml } from '../support/rig.ts';

const { site, hub, browser, call, open } = rig();

describe('going somewhere', () => {
  it('shows the page, in a tab of its own in the background', async () => {
    const answer = await open('/second');
    expect(yaml(answer)).toContain('Second page');
    const tab = hub.tabs().find((entry) => entry.tabId === pageTab(answer));
    expect(tab).toMatchObject({ owner: 'client-a', current: true, active: false });
  });

  it('goes back, forward and reloads, and says when there is nowhere to go', async () => {
    await open('/');
    expect(yaml(await call('go_back'))).toContain('Second page');
    expect(yaml(await call('go_forward'))).toContain('Home');
    expect(code(await call('go_forward'))).toBe('navigation_failed');
    expect(yaml(await call('reload'))).toContain('Home');
  });

  it('that is to end when the page answers tells of that page, never of the one before', async () => {
    for (const [place, name] of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].entries()) {
      const origin = place % 2 === 0 ? site.origin : site.other;
      site.pages.set(`/${name}`, `<title>Title ${name}</title><h1>Heading ${name}</h1>`);
      const { result } = await call('navigate', { url: `${origin}/${name}`, waitUntil: 'commit' });
      const { url, title } = record(result.page);
      const others = /(?:Title|Heading) [a-h]/g;
      const seen = [...`${String(title)} ${JSON.stringify(result.snapshot ?? '')}`.matchAll(others)].filter(([words]) => !words.endsWith(name));
      expect([url, seen.join()]).toEqual([`${origin}/${name}`, '']);
    }
  });

  it('says of each failure whose it is', async () => {
    const said = async (url: string): Promise<string> => {
      const { error } = await call('navigate', { url });
      return `${String(error.code)}: ${String(error.message)} ${String(error.next)}`;
    };
    expect(await said('http://127.0.0.1:22/')).toMatch(/another kind of service.*Use another port/);
    expect(await said(`${site.origin}/loop`)).toMatch(/without end.*cookies/);
    expect(await said(`${site.origin}/empty`)).toMatch(/HTTP status 404 and an empty page/);
    expect(notes(await call('snapshot'))).toContain('HTTP status 404');
    expect(await said('ftp://127.0.0.1/')).toMatch(/^unsupported: Chrome opens no ftp/);
    expect(await said(`${site.origin}/?${'x'.repeat(3_000_000)}`)).toMatch(/^invalid_params: The url has 3\d{6} characters/);
    await open('/second');
    await call('emulate', { network: 'offline' });
    expect(await said(`${site.origin}/rows`)).toMatch(/browser_emulate has set network offline.*online/);
    await call('emulate', { network: 'online' });
    await open('/second');
    await call('navigate', { url: 'about:blank' });
    expect((await call('click', { ref: 'button' })).error.message).toBe('The tab is empty (about:blank).');
    await open('/second');
  });

  it('follows a page that sends on', async () => expect(yaml(await open('/redirect'))).toContain('Second page'));

  it.each([
    ['chrome://settings', 'unsupported'],
    ['data:text/html,<h1>Hi', 'unsupported'],
    ['file:///etc/passwd', 'not_allowed'],
    ['javascript:alert(1)', 'not_allowed'],
    ['http://no.such.host.invalid/', 'navigation_failed'],
  ])('%s fails as %s', async (url, expected) => expect(code(await call('navigate', { url }))).toBe(expected));

  it('names Chrome’s own reason', async () => {
    expect((await call('navigate', { url: 'http://no.such.host.invalid/' })).error.message).toContain('net::ERR_NAME_NOT_RESOLVED');
  });

  it('ends in time when the server is silent, or never done', async () => {
    expect(code(await call('navigate', { url: `${site.origin}/never`, timeout: 600 }))).toBe('navigation_failed');
    expect(code(await call('navigate', { url: `${site.origin}/never-done`, timeout: 600 }))).toBe('deadline_exceeded');
    expect(code(await call('navigate', { url: `${site.origin}/never` }, { timeout: 1_000 }))).toBe('deadline_exceeded');
    expect(yaml(await open('/'))).toContain('Home');
  });

  it('names a sign-in, a download and a missing page', async () => {
    const auth = await open('/auth');
    expect(`${String(auth.error.message)} ${notes(auth)}`).toContain('name and password');
    expect(notes(await open('/file'))).toContain('a.txt');
    expect(notes(await open('/nowhere'))).toContain('404');
  });
});

describe('an action', () => {
  it('shows what it changed and nothing else, one after another', async () => {
    await open('/rows');
    for (let i = 0; i < 40; i++) {
      const lines = yaml(await call('click', { ref: `#r${i % 20}` })).split('\n');
      expect(lines.filter((line) => line.includes('done'))).toEqual([expect.stringContaining(`done ${i % 20} ${i + 1}`)]);
    }
  });

  it.each(['now', 'micro', 'zero', 'frame', 'twice'])('waits for the answer that it fetches (%s)', async (button) => {
    await open('/fetch');
    expect(yaml(await call('click', { ref: `#${button}` }))).toContain('answer 1 slow');
  });

  it('shows the answer of a fetch that is over in no time', async () => {
    await open('/fetch');
    for (let i = 1; i <= 10; i++) expect(yaml(await call('click', { ref: '#quick' }))).toContain(`answer ${i} slow`);
  });

  it('shows what comes of an answer that the page does not read to its end, each time', async () => {
    site.pages.set('/status', `<p id="out"></p><button onclick="out.textContent = 'saving'; fetch('/slow?ms=300', { method: 'PUT' }).then((r) => { out.textContent = 'saved ' + r.status + ' ' + ++n; })">Save</button><script>let n = 0</script>`);
    await open('/status');
    for (let i = 1; i <= 3; i++) {
      const answer = await call('click', { ref: 'button' });
      expect([yaml(answer), notes(answer)]).toEqual([expect.stringContaining(`saved 200 ${i}`), '']);
    }
  });

  it.each(['now', 'zero', 'frame', 'link'])('waits for the page that it leads to (%s)', async (button) => {
    await open('/leave');
    expect(yaml(await call('click', { ref: `#${button}` }))).toContain('Second page');
  });

  it('does not wait for a stream, and only once for a request without end', async () => {
    await open('/fetch');
    expect(notes(await call('click', { ref: '#stream' }))).toBe('');
    expect(notes(await call('click', { ref: '#hang' }))).toContain('still running');
    expect(notes(await call('click', { ref: '#hang' }))).toBe('');
  });

  it('that was cancelled while it waited leaves what it changed to be told by the next', async () => {
    await open('/fetch');
    const id = randomUUID();
    const hits = site.hits.get('/slow') ?? 0;
    const waiting = call('click', { ref: '#write' }, { id });
    await hub.until('the request', () => (site.hits.get('/slow') ?? 0) > hits);
    hub.cancel(id);
    expect(code(await waiting)).toBe('cancelled');
    expect(yaml(await call('click', { ref: '#nothing' }))).toContain('written first');
  });

  it('that is cancelled while it types key by key types no more, and sends nothing', async () => {
    site.pages.set('/keys', `<title>Keys</title><form onsubmit="fetch('/sent'); return false"><input id="field" oninput="if (this.value.length === 5) fetch('/fifth')"></form>`);
    await open('/keys');
    const id = randomUUID();
    const typing = call('type', { ref: '#field', text: 'x'.repeat(1_000), slowly: true, submit: true }, { id });
    await hub.until('the fifth key', () => site.hits.has('/fifth'));
    hub.cancel(id);
    expect(code(await typing)).toBe('cancelled');
    const length = async (): Promise<unknown> => (await call('evaluate', { function: '() => field.value.length' })).result.value;
    const held = await length();
    for (let n = 0; n < 5; n++) await call('hover', { ref: '#field' });
    expect(await length()).toBe(held);
    expect(site.hits.has('/sent')).toBe(false);
  });

  it('types, clears, sets dates, chooses, hovers, presses keys', async () => {
    await open('/form');
    expect(yaml(await call('type', { ref: '#name', text: 'Grace' }))).toContain('Grace');
    expect(yaml(await call('type', { ref: '#name', text: ' H!', slowly: true, clear: false }))).toContain('Grace H!');
    await call('type', { ref: '#name', text: '' });
    await call('type', { ref: '#day', text: '2024-02-29' });
    expect(yaml(await call('select_option', { ref: '#colour', values: ['Green'] }))).toContain('picked g');
    expect(yaml(await call('hover', { ref: '#hover' }))).toContain('hovered');
    await call('type', { ref: '#notes', text: 'one two' });
    await call('press_key', { key: 'Control+A', ref: '#notes' });
    await call('press_key', { key: 'x', repeat: 3 });
    const { result } = await call('evaluate', { function: '[name.value, notes.value, day.value, colour.value]' });
    expect(list(result.value).slice(1)).toEqual(['xxx', '2024-02-29', 'g']);
    expect((await call('evaluate', { function: 'e => e.value', ref: '#name' })).result.value).toBe('');
    expect(notes(await call('click', { ref: '#file' }))).toContain('asked for a file');
    expect(yaml(await call('type', { ref: '#name', text: 'z', submit: true }))).toContain('Second page');
  });

  it('reaches below the fold and into frames of another site', async () => {
    await open('/tall');
    expect(yaml(await call('click', { ref: '#bottom' }))).toContain('reached');
    const seen = yaml(await open('/frames'));
    const button = /"Do 2" \[ref=(f\d+e\d+)\]/.exec(seen)?.[1];
    const field = /"Name" \[ref=(f\d+e\d+)\]/.exec(seen)?.[1];
    expect(yaml(await call('click', { ref: button }))).toContain('done 2 1');
    expect(yaml(await call('type', { ref: field, text: 'framed' }))).toContain('framed');
    expect((await call('evaluate', { ref: field, function: 'e => e.value + location.hostname' })).result.value).toBe('framedlocalhost');
  });

  it('hits the areas of image maps, of any shape, and names what covers one', async () => {
    const areas = [['left', 'rect', '10,10,90,90'], ['round', 'circle', '150,50,30'], ['bent', 'poly', '210,5,290,5,290,95,270,95,270,20,210,20']] as const;
    const marks = areas.map(([name, shape, coords]) => `<area href="#${name}" alt="${name}" shape="${shape}" coords="${coords}" onclick="said.textContent += ' ${name}.'">`);
    site.pages.set('/map', `<p style="height:1500px">Above</p><p id="said"></p><div style="position:relative"><img usemap="#places" style="width:300px;height:100px;border:7px solid;padding:11px" alt="Places"
      src="data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg"/>')}"><b id="cover" style="position:absolute;left:0;top:0;width:110px;height:130px" hidden>Cover</b></div><map name="places">${marks.join('')}</map>`);
    const seen = yaml(await open('/map'));
    for (const [name] of areas) {
      const ref = new RegExp(`link "${name}"[^\\n]*\\[ref=(e\\d+)\\]`).exec(seen)?.[1];
      expect(yaml(await call('click', { ref }))).toContain(` ${name}.`);
    }
    await call('evaluate', { function: '() => { cover.hidden = false }' });
    const covered = await call('click', { ref: 'area[alt=left]' });
    expect([code(covered), covered.error.message]).toEqual(['not_actionable', expect.stringContaining('covered by <b')]);
  });

  it('names the tab that the page opens, and leaves the person where they are', async () => {
    const front = hub.tabs().find((tab) => tab.active)?.tabId;
    await open('/popup');
    expect(notes(await call('click', { ref: '#open' }))).toContain('opened a new tab');
    await hub.until('the tab in front again', () => hub.tabs().every((tab) => tab.active === (tab.tabId === front)), 2_000);
  });
});

describe('a dialog', () => {
  it('after a dialog, and a call that was given up, hide nothing of what changed meanwhile', async () => {
    site.pages.set(
      '/two',
      `<!doctype html><title>Two</title><div id="log"></div><script>const L = (s) => log.append(Object.assign(document.createElement('p'), { textContent: s }));</script>
        <button id="del" onclick="if (confirm('delete?')) { L('deleted'); alert('Deleted!'); }">Del</button>
        <button id="three" onclick="alert(1); L('one of three'); alert(2); L('two of three'); alert(3); L('three of three')">Three</button>`,
    );
    await open('/two');
    for (const [ref, dialogs, changes] of [['#del', 2, ['deleted']], ['#three', 3, ['one of three', 'two of three', 'three of three']], ['#del', 2, ['deleted']]] as const) {
      expect((await call('click', { ref })).result.dialog).toBeDefined();
      for (let i = 1; i < dialogs; i += 1) expect((await call('handle_dialog', { accept: true })).result.dialog).toBeDefined();
      const last = yaml(await call('handle_dialog', { accept: true }));
      for (const change of changes) expect(last).toContain(change);
      expect(yaml(await call('snapshot', { mode: 'diff' }))).toBe('');
    }
    for (const mode of ['full', 'diff']) {
      await call('evaluate', { function: `L('late ${mode}')` });
      await call('evaluate', { function: 'setTimeout(() => { const end = performance.now() + 800; while (performance.now() < end); }, 50)' });
      await pause(100);
      expect(code(await call('snapshot', { mode }, { timeout: 200 }))).toBe('deadline_exceeded');
      await pause(1_000);
      expect(yaml(await call('snapshot', { mode: 'diff' }))).toContain(`late ${mode}`);
    }
  });

  it('is named by the action that opens it, and holds up that tab only, until it is answered', async () => {
    await open('/dialogs');
    const clicked = await call('click', { ref: '#alert' });
    expect(clicked.result.dialog).toEqual({ type: 'alert', message: 'careful' });
    expect([code(await call('snapshot')), code(await call('click', { ref: '#alert' })), code(await call('screenshot'))]).toEqual(['dialog_open', 'dialog_open', 'dialog_open']);
    expect(code(await open('/', { client: 'client-b' }))).toBe('ok');
    expect(yaml(await call('handle_dialog', { accept: true }))).toContain('after the alert');
    await call('click', { ref: '#confirm' });
    expect(yaml(await call('handle_dialog', { accept: false }))).toContain('confirmed false');
    expect((await call('click', { ref: '#prompt' })).result.dialog).toMatchObject({ type: 'prompt', defaultPrompt: 'me' });
    expect(yaml(await call('handle_dialog', { accept: true, promptText: 'Ada' }))).toContain('said Ada');
    expect(code(await call('handle_dialog', { accept: true }))).toBe('tool_failed');
  });

  it('that asks whether to leave is accepted when the caller wants to leave', async () => {
    await call('click', { ref: '#leave' });
    expect(notes(await call('reload'))).toContain('accepted');
  });

  it('may be there while the page loads', async () => {
    expect((await open('/onload-alert')).result.dialog).toMatchObject({ message: 'hi at once' });
    expect(yaml(await call('handle_dialog', { accept: true }))).toContain('Shown later');
  });
});

describe('looking', () => {
  it('scrolls, and tells of what moved, not of what came to be in the middle of the screen', async () => {
    site.pages.set('/boxed', `<body style="margin:0"><div style="height:300px">Head</div><div id="box" role="region" aria-label="Box" style="height:200px;overflow:auto"><div style="height:5000px">Inner</div></div><div style="height:3000px">Filler</div>`);
    await open('/boxed');
    const scrolled = async (params: Record<string, unknown>): Promise<string> => String((await call('scroll', params)).result.text);
    for (const [from, params, expected] of [[2_000, { to: 'top' }, /^Scrolled the page to 0 px/], [681, { direction: 'up' }, /^Scrolled the page to \d+ px/], [0, { direction: 'down', amount: 60, ref: '#box' }, /^Scrolled region "Box" to 60 px/]] as const) {
      await call('evaluate', { function: `() => { scrollTo(0, ${from}); box.scrollTop = 0 }` });
      expect(await scrolled(params), JSON.stringify(params)).toMatch(expected);
    }
  });

  it('waits for what is to come', async () => {
    await open('/late');
    const page = await browser.session('/late');
    const waiting = call('wait_for', { text: 'it came' });
    await page.evaluate(`t.textContent = 'it came'`);
    page.close();
    expect(yaml(await waiting)).toContain('it came');
    expect(code(await call('wait_for', { textGone: 'it came', timeout: 200 }))).toBe('deadline_exceeded');
    for (const params of [{ time: 0.1 }, { url: '**/late' }, { networkIdle: true }, { ref: '#t' }]) expect(code(await call('wait_for', params))).toBe('ok');
    expect(code(await call('wait_for', {}))).toBe('invalid_params');
  });

  it('takes pictures of hidden tabs: viewport, page, element, in each format', async () => {
    await open('/tall');
    for (const [params, expected] of [
      [{}, { mimeType: 'image/png' }],
      [{ fullPage: true }, { mimeType: 'image/png', height: 1_568 }],
      [{ ref: '#bottom', type: 'jpeg' }, { mimeType: 'image/jpeg' }],
      [{ type: 'webp', maxWidth: 300 }, { mimeType: 'image/webp', width: 300 }],
    ] as const) {
      const { result } = await call('screenshot', params);
      expect(record(result.image)).toMatchObject(expected);
    }
  });

  it('reads the console', async () => {
    await open('/console');
    const texts = async (): Promise<string[]> => list(record((await call('get_console_logs')).result.value).entries).map((entry) => String(record(entry).text));
    await eventually('the last line', async () => (await texts()).some((line) => line.includes('boom')));
    expect(await texts()).toEqual(expect.arrayContaining(['plain 1 {a: 2}', 'beware', 'bad', expect.stringContaining('boom')]));
    const errors = record((await call('get_console_logs', { level: 'error', pattern: '^bad', clear: true }, { readOnly: false })).result.value);
    expect(list(errors.entries)).toHaveLength(1);
    expect(list(record((await call('get_console_logs')).result.value).entries)).toEqual([]);
  });

  it.each([
    ['() => 1 + 1', 2],
    ['document.title', 'Console'],
    ['const a = 4; a * 2', 8],
    ['return 5', 5],
    ['await Promise.resolve({ a: [1] })', { a: [1] }],
    ['() => undefined', null],
    ['() => NaN', 'NaN'],
  ])('evaluates %s', async (source, value) => expect((await call('evaluate', { function: source })).result.value).toEqual(value));

  it('says what a script threw, and survives one that never ends', async () => {
    expect((await call('evaluate', { function: '() => { throw new Error("no") }' })).error.message).toContain('no');
    expect((await call('evaluate', { function: '() => window' })).error.message).toContain('JSON');
    expect(code(await call('evaluate', { function: '() => { while (true); }' }, { timeout: 1_000 }))).toBe('deadline_exceeded');
    expect((await call('evaluate', { function: '1' }, { timeout: 5_000 })).result.value).toBe(1);
    expect(code(await call('evaluate', { function: '(element) => { while (element); }', ref: 'body' }, { timeout: 1_000 }))).toBe('deadline_exceeded');
    expect((await call('evaluate', { function: '1' }, { timeout: 5_000 })).result.value).toBe(1);
  });

  it('lends a script its element, be it hidden, and leaves no trace in the page', async () => {
    await open('/second');
    expect((await call('evaluate', { function: '(it) => it.textContent', ref: 'title' })).result.value).toBe('Second');
    for (const source of ['(it) => it.localName', 'function () { return this.localName }', 'element.localName']) {
      expect((await call('evaluate', { function: source, ref: 'h1' })).result.value).toBe('h1');
    }
    expect((await call('evaluate', { function: 'no (', ref: 'h1' })).error.message).toContain('SyntaxError');
    expect((await call('evaluate', { function: 'Object.getOwnPropertyNames(window).filter((name) => /tabhub/i.test(name))' })).result.value).toEqual([]);
  });
});

describe('a batch', () => {
  it('goes on in the tab that a step opens, and stays where it is when a page opens one', async () => {
    const before = pageTab(await open('/popup'));
    const there = await call('batch', { steps: [
      { tool: 'browser_click', args: { ref: '#open' } },
      { tool: 'browser_navigate', args: { url: `${site.origin}/rows`, newTab: true } },
      { tool: 'browser_click', args: { ref: '#r3' } },
    ] });
    expect([code(there), yaml(there)]).toEqual(['ok', expect.stringContaining('done 3 1')]);
    expect(JSON.stringify(record(there.result.value).steps)).toContain('opened a new tab, which is yours');
    expect(pageTab(there)).not.toBe(before);
    const failed = await call('batch', { onError: 'continue', steps: [
      { tool: 'browser_tabs', args: { action: 'new', url: `${site.origin}/rows` } },
      { tool: 'browser_navigate', args: { url: 'http://127.0.0.1:1/', newTab: true } },
      { tool: 'browser_navigate', args: { url: `${site.origin}/second` } },
    ] });
    expect([code(failed), yaml(failed), pageTab(await call('snapshot'))]).toEqual(['ok', expect.stringContaining('Second page'), pageTab(failed)]);
    expect(yaml(await call('snapshot', { tabId: before }))).toContain('Open');
  });
});

describe('requests whose end Chrome tells elsewhere', () => {
  it('keep no page with workers from being at rest', async () => {
    site.pages.set('/workers', `<title>Workers</title><script>const go = () => { new Worker('/worker.js'); new SharedWorker('/worker.js'); new Worker('/worker.js', { type: 'module' }); said.textContent = 'started'; }; onload = go</script><button onclick="go()">Go</button><p id="said"></p>`);
    const began = performance.now();
    expect(notes(await open('/workers'))).toBe('');
    const clicked = await call('click', { ref: 'button' });
    expect([code(clicked), notes(clicked), performance.now() - began < 2_500]).toEqual(['ok', '', true]);
    expect(code(await call('wait_for', { networkIdle: true, timeout: 3_000 }))).toBe('ok');
    const requests = list(record((await call('network_requests', { static: true, filter: 'worker.js' })).result.value).requests).map(record);
    const { error } = await call('network_request', { id: requests[0]?.id, part: 'body' });
    expect(error.message).toContain('a worker starts from');
  });

  it('are told with their time where a frame of another site asked', async () => {
    await open('/frames');
    let frames: JsonRecord[] = [];
    await eventually('the ends of the frames', async () => {
      frames = list(record((await call('network_requests', { filter: site.other })).result.value).requests).map(record).filter(({ type }) => type === 'document');
      return frames.length === 2 && frames.every(({ ms }) => Number(ms) >= 0);
    });
  });
});

describe('waiting for a download', () => {
  it('is for one that the client was not told of, however late it begins, and says how it ended', async () => {
    site.pages.set('/downloads', `<title>Downloads</title><a id="now" href="/file">Now</a><button onclick="setTimeout(() => { location.href = '/file?late' }, 1500)">Late</button><a id="broken" href="/broken-file">Broken</a>`);
    await open('/downloads');
    await call('downloads'); // Tells of what earlier tests left.
    const waited = async (params: JsonRecord = {}, options = {}): Promise<[code: string, words: string, urls: unknown[]]> => {
      const answer = await call('downloads', { action: 'wait', ...params }, options);
      const urls = list(record(answer.result.value).downloads).map((one) => String(record(one).url).replace(site.origin, ''));
      return [code(answer), String(answer.ok ? answer.result.text : answer.error.message), urls];
    };
    await call('click', { ref: '#now' });
    expect(await waited()).toEqual(['ok', 'Done.', ['/file']]);
    await call('click', { ref: 'button' });
    expect(await waited()).toEqual(['ok', 'Done.', ['/file?late']]);
    await call('click', { ref: '#broken' });
    expect(await waited()).toEqual(['ok', expect.stringMatching(/^Nothing came whole: download \d+ was interrupted/), ['/broken-file']]);
    expect(await waited({ timeout: 300 })).toEqual(['deadline_exceeded', expect.stringContaining('not told of before'), []]);
    expect((await call('downloads', { action: 'wait', timeout: 300 })).error.next).toMatch(/^The last one you know of is download \d+: .*If you meant it, it is there/);
    expect(await waited({}, { timeout: 1_000 })).toEqual(['deadline_exceeded', expect.not.stringContaining('may have happened'), []]);
  });
});
