// The promise: the tools of the set `full` do in a real browser what they say, in a tab that stays in the background.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { list, record, text, type JsonRecord } from '../../src/json.ts';
import type { Answer } from '../support/hub.ts';
import { code, eventually, notes, pageTab, rig, yaml } from '../support/rig.ts';

const { site, hub, browser, call, open } = rig();

const value = async (source: string, params: JsonRecord = {}): Promise<unknown> => (await call('evaluate', { function: source, ...params })).result.value;
const said = (answer: Answer): string => {
  expect(answer.error).toEqual({});
  return String(answer.result.text);
};
const picture = (answer: Answer): { width: number; height: number; scale: number; data: string } => {
  const { width, height, scale, data } = record(answer.result.image);
  return { width: Number(width), height: Number(height), scale: Number(scale), data: String(data) };
};

/** The worker dies, as when Chrome wants its memory, and the next one is there. */
async function nextWorker(): Promise<void> {
  const hellos = hub.hellos.length;
  await browser.killWorker();
  await hub.until('the end of the worker', () => !hub.connected);
  await browser.wakeWorker();
  await hub.until('the next worker', () => hub.hellos.length > hellos && hub.connected, 40_000);
}

beforeAll(() => {
  site.pages.set(
    '/size',
    `<!doctype html><title>Size</title><style>body { margin: 0 } #far { position: fixed; right: 0; bottom: 0; width: 30px; height: 30px; padding: 0; border: 0; background: #00f }
      @media (max-width: 600px) { #wide { display: none } }</style><p id="wide">Wide enough</p>
      <button id="far" aria-label="Far" onclick="document.title = 'far ' + event.isTrusted"></button><iframe src="{other}/inner" width="200" height="100"></iframe>`,
  );
  site.pages.set('/inner', '<!doctype html><title>Inner</title><p id="p">inner</p>');
  site.pages.set(
    '/points',
    `<!doctype html><title>Points</title><style>body { margin: 0; height: 3000px; background: #fff } canvas { position: absolute; left: 40px; top: 1500px; background: #eef }</style>
      <p id="out" style="position: fixed; left: 600px; top: 0">nothing yet</p><canvas width="300" height="200"></canvas>
      <script>for (const type of ['click', 'dblclick', 'mousemove', 'mousedown', 'mouseup', 'wheel', 'contextmenu'])
        addEventListener(type, (e) => { if (e.isTrusted) out.textContent = [type, e.clientX, e.clientY, e.pageY, e.button, e.shiftKey, e.deltaY ?? ''].join(' '); });</script>`,
  );
  site.pages.set(
    '/drop',
    `<!doctype html><title>Drop</title><div id="zone" tabindex="0" style="width: 300px; height: 120px; background: #eee">Drop here</div><p id="no">Not here</p><p id="half" ondragover="event.preventDefault()" ondrop="event.stopPropagation()">Half</p><input id="file" type="file" aria-label="File"><textarea id="text" aria-label="Text"></textarea><pre id="out"></pre><iframe src="{other}/drop-in" width="300" height="160"></iframe><script>
      zone.ondragover = (e) => e.preventDefault();
      zone.ondrop = async (e) => { e.preventDefault(); const { dataTransfer: d } = e; const data = ['text/plain', 'application/x-mine'].map((type) => d.getData(type));
        const files = await Promise.all([...d.files].map(async (f) => f.name + '=' + await f.text())); out.textContent = JSON.stringify([e.isTrusted, ...data, ...files]); };</script>`,
  );
  site.pages.set('/drop-in', `<!doctype html><div id="zone" tabindex="0" style="height: 60px; background: #dde">Inner zone</div><p id="out"></p><script>zone.ondragover = (e) => e.preventDefault(); zone.ondrop = (e) => { e.preventDefault(); out.textContent = 'inner got ' + e.dataTransfer.files[0].name; };</script>`);
  site.pages.set('/data', `<!doctype html><title>Data</title><script>document.cookie = 'plain=tea'; document.cookie = 'deep=x; path=/deep'; localStorage.setItem('theme', 'dark'); sessionStorage.setItem('step', '3');</script>`);
});

describe('a page of another size', () => {
  const size = (): Promise<unknown> => value('[innerWidth, innerHeight]');
  const colourAt = async (data: string, x: number, y: number): Promise<unknown> =>
    browser.evaluate(`(async () => { const b = await createImageBitmap(await (await fetch('data:image/png;base64,${data}')).blob()); const c = new OffscreenCanvas(b.width, b.height).getContext('2d'); c.drawImage(b, 0, 0); return [...c.getImageData(${x}, ${y}, 1, 1).data]; })()`);

  it.each([[500, 400], [1_500, 1_400]])('of %i × %i is drawn, pictured and clicked to its corners, while the window stays as it is', async (width, height) => {
    const tabId = pageTab(await open('/size'));
    const window = `chrome.tabs.get(${tabId}).then((tab) => chrome.windows.get(tab.windowId)).then(({ width, height }) => [width, height])`;
    const own = await browser.evaluate(window);
    const resized = await call('resize', { width, height });
    expect(said(resized)).toContain(`${width} × ${height}`);
    expect(await size()).toEqual([width, height]);
    expect(yaml(await call('snapshot')).includes('Wide enough')).toBe(width > 600);
    const shot = picture(await call('screenshot'));
    expect(shot).toMatchObject({ width, height, scale: 1 });
    expect(await colourAt(shot.data, width - 5, height - 5)).toEqual([0, 0, 255, 255]);
    expect((await call('click', { ref: '#far' })).result.page).toMatchObject({ title: 'far true' });
    await value('document.title = "again"');
    const point = await call('mouse_click_xy', { x: width - 3, y: height - 3 });
    expect(point.result.page).toMatchObject({ title: 'far true' });
    expect(said(point)).toContain('button "Far"');
    expect(await browser.evaluate(window)).toEqual(own);
    expect(said(await call('resize'))).toContain('its own size again');
    expect(await size()).not.toEqual([width, height]);
  });

  it('keeps it when the debugger was taken off, when the worker died, and until the client gives the tab up', async () => {
    const tabId = pageTab(await open('/size'));
    const [ownWidth] = list(await size());
    await call('resize', { width: 640, height: 480 });
    await call('emulate', { colorScheme: 'dark' });
    const both = '[innerWidth, innerHeight, matchMedia("(prefers-color-scheme: dark)").matches]';
    expect(await value(both)).toEqual([640, 480, true]);
    await nextWorker();
    expect(await value(both)).toEqual([640, 480, true]);
    // Chrome takes the debugger off where no extension may be.
    await browser.evaluate(`chrome.tabs.update(${tabId}, { url: 'chrome://version' })`);
    await eventually('the debugger is off', async () => (await call('snapshot')).error.code === 'unsupported');
    await open('/second');
    expect(await value(both)).toEqual([640, 480, true]);
    // And the next worker finds neither its predecessor nor its debugger.
    await browser.evaluate(`chrome.debugger.detach({ tabId: ${tabId} })`);
    await nextWorker();
    expect(await value(both)).toEqual([640, 480, true]);
    hub.send({ type: 'event', payload: { name: 'client_gone', clientId: 'client-a' } });
    const page = await browser.session('/second');
    // Its own height is not always the same: Chrome's bar about debugging comes with the debugger and leaves seconds after it.
    await eventually('its own size again', async () => {
      const [width, height] = list(await page.evaluate('[innerWidth, innerHeight]'));
      return width === ownWidth && height !== 480;
    });
    page.close();
    await eventually('nothing is kept of it', async () => JSON.stringify(await browser.evaluate("chrome.storage.session.get('emulation').then((it) => it.emulation)")) === '{}');
  });

  it.each([[{ width: 10, height: 400 }], [{ width: 400 }], [{ width: 400, height: 99_999 }]])('refuses %j', async (params) => expect(code(await call('resize', params))).toBe('invalid_params'));
});

describe('a tab that emulates', () => {
  it('colours, medium and user agent, also in a frame of another site, until told otherwise', async () => {
    await open('/size');
    const seen = '[matchMedia("(prefers-color-scheme: dark)").matches, matchMedia("print").matches, navigator.userAgent]';
    const inner = async (): Promise<unknown> => value(`() => ${seen}`, { ref: refOf(yaml(await call('snapshot')), 'inner') });
    const before = await value(seen);
    const answer = await call('emulate', { colorScheme: 'dark', media: 'print', userAgent: 'Mine/1.0' });
    expect(said(answer)).toContain('colorScheme dark, media print, userAgent Mine/1.0');
    expect(await value(seen)).toEqual([true, true, 'Mine/1.0']);
    expect(await inner()).toEqual([true, true, 'Mine/1.0']);
    // A frame that comes later, in a process of its own, is told as well.
    await open('/size');
    expect(await inner()).toEqual([true, true, 'Mine/1.0']);
    await call('emulate', { media: 'screen' });
    expect(await value(seen)).toEqual([true, false, 'Mine/1.0']);
    await call('resize', { width: 700, height: 500 });
    expect(said(await call('emulate'))).toContain('Nothing is emulated');
    expect(await value(`[...${seen}, innerWidth]`)).toEqual([...list(before), 700]);
    await call('resize');
  });

  it('a slow network, none at all, and the usual one again', async () => {
    await open('/fetch');
    await call('emulate', { network: 'offline' });
    expect(await value('() => fetch("/count").then(() => "came", (error) => error.name)')).toBe('TypeError');
    expect((await call('navigate', { url: `${site.origin}/second` })).error.message).toContain('ERR_INTERNET_DISCONNECTED');
    await call('emulate', { network: 'online' });
    expect(yaml(await open('/second'))).toContain('Second page');
    await call('emulate', { network: 'slow-3g' });
    expect(await value('() => { const at = performance.now(); return fetch("/count").then(() => performance.now() - at > 1500); }')).toBe(true);
    await call('emulate');
  });

  it('a place, which the page is told where the person allows it', async () => {
    await open('/second');
    const geolocation = { latitude: 48.85, longitude: 2.35 };
    expect(notes(await call('emulate', { geolocation }))).toContain('only the person may allow it');
    // What a session grants holds as long as the session.
    const person = await browser.session('/second');
    await person.send('Browser.grantPermissions', { origin: site.origin, permissions: ['geolocation'] });
    expect(notes(await call('emulate', { geolocation }))).toBe('');
    const where = '() => new Promise((done) => navigator.geolocation.getCurrentPosition((it) => done([it.coords.latitude, it.coords.longitude]), (error) => done(error.message)))';
    expect(await value(where)).toEqual([48.85, 2.35]);
    person.close();
    await call('emulate');
    expect(code(await call('emulate', { geolocation: { latitude: 100, longitude: 0 } }))).toBe('invalid_params');
  });
});

describe('the mouse at a point', () => {
  const out = (): Promise<unknown> => value('out.textContent');

  it('is where the last screenshot shows it, whatever its scale', async () => {
    await open('/points');
    for (const params of [{}, { maxWidth: 400 }, { maxWidth: 333, type: 'jpeg' }, { maxHeight: 200, type: 'webp' }]) {
      const shot = picture(await call('screenshot', params));
      for (const [x, y] of [[0, 0], [137, 211], [500, 333]] as const) {
        const [px, py] = [x * shot.scale, y * (shot.height / Number(await value('innerHeight')))];
        const answer = await call('mouse_click_xy', { x: px, y: py });
        expect(await out()).toMatch(new RegExp(`^click ${x} ${y} `));
        if (params.maxWidth !== undefined && x > 0) expect(said(answer)).toContain(`(${x}, ${y}) in CSS pixels`);
      }
    }
    expect(said(await call('screenshot', { maxWidth: 320 }))).toMatch(/^The picture has 320 × \d+ pixels, 0\.25 for each CSS pixel\.$/);
  });

  it('also on a dense screen, whose pictures have more pixels than the page', async () => {
    const tabId = pageTab(await open('/points'));
    await browser.evaluate(`chrome.debugger.sendCommand({ tabId: ${tabId} }, 'Emulation.setDeviceMetricsOverride', { width: 700, height: 500, deviceScaleFactor: 2, mobile: false })`);
    const shot = picture(await call('screenshot'));
    expect(shot).toMatchObject({ height: 1_000, scale: 2 });
    await call('mouse_click_xy', { x: 600, y: 444 });
    expect(await out()).toMatch(/^click 300 222 /);
    await browser.evaluate(`chrome.debugger.sendCommand({ tabId: ${tabId} }, 'Emulation.clearDeviceMetricsOverride')`);
  });

  it('in a picture of the full page, or of an element, leads there if it is in view', async () => {
    await open('/points');
    const full = picture(await call('screenshot', { fullPage: true }));
    const point = { x: 100 * full.scale, y: 1_600 * (full.height / Number(await value('document.documentElement.scrollHeight'))) };
    const error = await call('mouse_click_xy', point);
    expect([code(error), error.error.next]).toEqual(['not_actionable', expect.stringContaining('browser_scroll')]);
    await call('scroll', { to: 'bottom' });
    await call('scroll', { direction: 'up', amount: 1_000 });
    await call('mouse_click_xy', point);
    expect(String(await out()).split(' ').slice(0, 4)).toEqual(['click', '100', expect.anything(), '1600']);
    const canvas = picture(await call('screenshot', { ref: 'canvas', maxWidth: 150 }));
    expect(canvas.width).toBe(150);
    await nextWorker();
    const answer = await call('mouse_click_xy', { x: 50, y: 25 });
    expect(String(await out()).split(' ').slice(0, 4)).toEqual(['click', '140', expect.anything(), '1550']);
    expect(said(answer)).toContain('of your screenshot');
    expect(code(await call('mouse_click_xy', { x: 151, y: 5 }))).toBe('invalid_params');
    await open('/points');
    expect((await call('mouse_click_xy', { x: 5, y: 5 })).error.message).toContain('another page');
  });

  it('moves, clicks with other buttons, drags and turns the wheel', async () => {
    await open('/points');
    await call('screenshot');
    await call('mouse_move_xy', { x: 320, y: 240 });
    expect(await out()).toMatch(/^mousemove 320 240 /);
    await call('mouse_click_xy', { x: 12, y: 34, button: 'right' });
    expect(await out()).toMatch(/^(contextmenu|mouseup) 12 34 34 2/);
    await call('mouse_click_xy', { x: 12, y: 34, doubleClick: true, modifiers: ['Shift'] });
    expect(await out()).toMatch(/^dblclick 12 34 34 0 true/);
    expect(said(await call('mouse_drag_xy', { startX: 50, startY: 50, endX: 250, endY: 150 }))).toBe('Dragged from (50, 50) to (250, 150).');
    expect(await out()).toMatch(/^(mouseup|click) 250 150 /);
    const turned = await call('mouse_wheel', { x: 200, y: 200, deltaY: 300 });
    expect(said(turned)).toContain('by (0, 300) at (200, 200)');
    await eventually('the page has scrolled', async () => (await value('scrollY')) === 300);
    expect(said(await call('mouse_wheel', { deltaY: -120 }))).toContain('the middle of the page');
    await eventually('and back', async () => (await value('scrollY')) === 180);
    expect(code(await call('mouse_wheel', {}))).toBe('invalid_params');
  });

  it('waits for what a click starts, and tells what it changed', async () => {
    await open('/fetch');
    await call('screenshot');
    const [x, y] = list(await value('() => { const r = now.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }'));
    const answer = await call('mouse_click_xy', { x, y });
    expect(yaml(answer)).toContain('answer 1 slow');
    expect(said(answer)).toContain('on button "Now"');
  });
});

describe('a drop', () => {
  const file = async (name: string, content: string): Promise<string> => {
    const at = path.join(browser.folder, name);
    await writeFile(at, content);
    return at;
  };

  it('of files and data comes as a person’s does, also into a frame of another site', async () => {
    await open('/drop');
    const paths = [await file('a.txt', 'first'), await file('b ü.csv', 'second')];
    const answer = await call('drop', { ref: '#zone', paths, data: { 'text/plain': 'words', 'application/x-mine': { a: 1 } } });
    expect(said(answer)).toContain('"a.txt", "b ü.csv", text/plain');
    await eventually('the files are read', async () => (await value('out.textContent')) !== '');
    expect(JSON.parse(String(await value('out.textContent')))).toEqual([true, 'words', '{"a":1}', 'a.txt=first', 'b ü.csv=second']);
    const inner = refOf(yaml(await call('snapshot')), 'Inner zone');
    expect(yaml(await call('drop', { ref: inner, paths: paths.slice(0, 1) }))).toContain('inner got a.txt');
  });

  it('and a drag are told as taken only where the page takes them, whichever effect it wants', async () => {
    const zone = (id: string, over: string): string => `<div id="${id}" style="height:30px" ondragenter="event.preventDefault()" ondragover="${over}" ondrop="event.preventDefault(); out.textContent += ' ${id}'">${id}</div>`;
    const places = ['any', 'copy', 'move', 'link'].map((id) => zone(id, `event.preventDefault(); ${id === 'any' ? '' : `event.dataTransfer.dropEffect = '${id}'`}`));
    site.pages.set('/zones', `<title>Zones</title>${places.join('')}${zone('none', "event.preventDefault(); event.dataTransfer.dropEffect = 'none'")}<div id="refuses" style="height:30px">refuses</div><input id="field"><input type="file" id="file"><b id="it" draggable="true" ondragstart="event.dataTransfer.setData('text/plain', 'X')">It</b><p id="out"></p>`);
    await open('/zones');
    for (const id of ['any', 'copy', 'move', 'link', 'none', 'refuses', 'field']) {
      const isTaken = id !== 'none' && id !== 'refuses';
      const heard = async (): Promise<unknown> => value(`() => { const heard = [out.textContent, field.value].join(); out.textContent = field.value = ''; return heard }`);
      const dropped = await call('drop', { ref: `#${id}`, data: { 'text/plain': 'X' } });
      if (id === 'refuses') expect([code(dropped), await heard()], id).toEqual(['not_actionable', ',']);
      else expect([said(dropped), await heard()], id).toEqual([isTaken ? expect.stringMatching(/^Dropped text/) : expect.stringMatching(/nothing there took the drop\.$/), id === 'field' ? ',X' : isTaken ? ` ${id},` : ',']);
      const dragged = await call('drag', { startRef: '#it', endRef: `#${id}` });
      expect([said(dragged), await heard()], id).toEqual([isTaken ? expect.stringMatching(/and dropped it\.$/) : expect.stringMatching(/the page did not take it there: nothing was dropped\.$/), id === 'field' ? ',X' : isTaken ? ` ${id},` : ',']);
    }
    expect(said(await call('drop', { ref: '#file', paths: [await file('d.txt', 'x')] }))).toMatch(/^Dropped/);
    expect(await value('document.querySelector("#file").files.length')).toBe(1);
  });

  it('where nothing takes it says so, and the page stays where it is', async () => {
    await open('/drop');
    const tabs = async (): Promise<number> => list(record((await call('tabs', { action: 'list' })).result.value).tabs).length;
    const before = await tabs();
    const paths = [await file('c.html', '<a href="file:///etc/hostname">x</a>')];
    for (const ref of ['#no', '#text']) {
      const answer = await call('drop', { ref, paths });
      expect([code(answer), text(answer.error.message)]).toEqual(['not_actionable', expect.stringContaining('takes no such drop')]);
    }
    const address = await call('drop', { ref: '#no', data: { 'text/uri-list': `${site.origin}/second` } });
    expect(code(address)).toBe('not_actionable');
    // One that takes the drag, and then leaves the file to Chrome.
    await call('drop', { ref: '#half', paths });
    expect((await call('snapshot')).result.page).toMatchObject({ title: 'Drop' });
    expect(await tabs()).toBe(before);
    expect(notes(await call('drop', { ref: '#zone', data: { 'text/plain': 'x' } }))).toBe('');
    // Fields take by themselves what is theirs.
    expect(said(await call('drop', { ref: '#file', paths }))).toContain('c.html');
    expect(await value('document.querySelector("#file").files[0].name')).toBe('c.html');
    expect(said(await call('drop', { ref: '#text', data: { 'text/plain': 'dropped words' } }))).toContain('text/plain');
    expect(await value('document.querySelector("#text").value')).toBe('dropped words');
    expect(code(await call('drop', { ref: '#zone' }))).toBe('invalid_params');
    expect(code(await call('drop', { ref: '#zone', data: { nonsense: 'x' } }))).toBe('invalid_params');
  });
});

describe('cookies and storage', () => {
  /** As a person does it. */
  async function allow(allowed: boolean): Promise<void> {
    await browser.command('Target.createTarget', { url: `${EXTENSION_PAGE}` });
    await eventually('the popup', async () => browser.evaluate("document.querySelector('#version').textContent !== ''", 'popup.html').then((it) => it === true, () => false));
    const box = "document.querySelector('#site-data')";
    await browser.evaluate(`${box}.checked === ${allowed} || ${box}.click()`, 'popup.html');
    await eventually('the setting', async () => (await browser.evaluate("chrome.storage.local.get('siteDataAllowed').then((it) => it.siteDataAllowed === true)")) === allowed);
    await browser.evaluate('chrome.tabs.query({}).then((tabs) => chrome.tabs.remove(tabs.filter((tab) => tab.url.includes("popup.html")).map((tab) => tab.id)))');
  }
  const EXTENSION_PAGE = 'chrome-extension://bjpogejgifbgelpbgkecdflkgogkbkjg/popup.html';
  const cookies = (answer: Answer): JsonRecord[] => {
    expect(answer.error).toEqual({});
    return list(record(answer.result.value).cookies).map(record);
  };
  const entries = (answer: Answer): unknown => {
    expect(answer.error).toEqual({});
    return record(answer.result.value).entries;
  };

  it('are refused until the person switches them on, and again when they switch them off', async () => {
    await open('/data');
    for (const tool of ['cookies', 'storage']) {
      const answer = await call(tool, { action: 'get' });
      expect([code(answer), text(answer.error.next)]).toEqual(['not_allowed', expect.stringContaining('“Cookies and storage” in the tabhub popup')]);
    }
    await allow(true);
    expect(cookies(await call('cookies', {}))).toHaveLength(1);
    await allow(false);
    expect(code(await call('cookies', {}))).toBe('not_allowed');
    await allow(true);
  });

  it('of the tab’s own site are read, with values only where they are asked for', async () => {
    await open('/data');
    const [cookie] = cookies(await call('cookies', {}));
    expect(cookie).toMatchObject({ name: 'plain', value: '••••', path: '/', httpOnly: false });
    expect(cookies(await call('cookies', { values: true }))[0]).toMatchObject({ value: 'tea' });
    expect(entries(await call('storage', { values: false }))).toEqual([{ key: 'theme', value: '••••', chars: 4 }]);
    expect(entries(await call('storage', { area: 'session', values: true }))).toEqual([{ key: 'step', value: '3', chars: 1 }]);
    const other = await call('navigate', { url: `${site.other}/second` });
    expect(yaml(other)).toContain('Second page');
    expect(cookies(await call('cookies', { values: true }))).toEqual([]);
    expect(entries(await call('storage', {}))).toEqual([]);
  });

  it('are set, deleted and cleared, for no other site', async () => {
    await open('/data');
    await call('cookies', { action: 'set', name: 'mine', value: 'x y', httpOnly: true, sameSite: 'Lax', expires: '2100-01-01' });
    expect(cookies(await call('cookies', { name: 'mine', values: true }))).toEqual([{ name: 'mine', value: 'x y', domain: '127.0.0.1', path: '/', expires: expect.stringMatching(/^20\d\d-/), httpOnly: true, secure: false, sameSite: 'Lax' }]);
    expect(await value('document.cookie')).toBe('plain=tea');
    for (const domain of ['example.org', 'localhost', '0.0.1', '1']) expect(code(await call('cookies', { action: 'set', name: 'n', value: 'v', domain }))).toBe('not_allowed');
    expect(code(await call('cookies', { action: 'set', name: '__Host-x', value: 'v' }))).toBe('tool_failed');
    expect(code(await call('cookies', { action: 'delete', name: 'none' }))).toBe('tool_failed');
    await call('cookies', { action: 'delete', name: 'plain' });
    expect(await value('document.cookie')).toBe('');
    expect(said(await call('cookies', { action: 'clear' }))).toContain('One cookie');
    expect(cookies(await call('cookies', {}))).toEqual([]);
    await call('storage', { action: 'set', key: 'a', value: '1' });
    await call('storage', { action: 'set', area: 'session', key: 'a', value: '2' });
    expect(await value('[localStorage.a, sessionStorage.a]')).toEqual(['1', '2']);
    expect(said(await call('storage', { action: 'delete', key: 'a' }))).toContain('Deleted "a"');
    expect(said(await call('storage', { action: 'clear' }))).toContain('one entry deleted');
    expect(await value('[localStorage.length, sessionStorage.a]')).toEqual([0, '2']);
  });

  it('of a page that has none are said to be none', async () => {
    await call('navigate', { url: 'about:blank' });
    expect(code(await call('cookies', {}))).toBe('unsupported');
    expect(code(await call('storage', {}))).toBe('unsupported');
    site.headers = { 'content-security-policy': 'sandbox allow-scripts' };
    await open('/inner');
    site.headers = {};
    const answer = await call('storage', {});
    expect([code(answer), text(answer.error.message)]).toEqual(['unsupported', expect.stringContaining('no local storage')]);
  });
});

describe('a PDF', () => {
  const bytes = (answer: Answer): Buffer => {
    expect(answer.error).toEqual({});
    return Buffer.from(String(record(answer.result.file).data), 'base64');
  };

  it('of a page is whole, however long, and of chosen pages', async () => {
    site.pages.set('/book', `<!doctype html><title>The book</title>${Array.from({ length: 7 }, (_, i) => `<h1 style="break-after: page">Chapter ${i}</h1>`).join('')}`);
    await open('/book');
    const whole = await call('pdf_save');
    expect(record(whole.result.file)).toMatchObject({ name: 'The book', mimeType: 'application/pdf' });
    expect(bytes(whole).subarray(0, 5).toString()).toBe('%PDF-');
    expect(bytes(whole).subarray(-6).toString().trim()).toBe('%%EOF');
    expect(pagesOf(bytes(whole))).toBe(7);
    expect(pagesOf(bytes(await call('pdf_save', { pages: '2-3, 5' })))).toBe(3);
    expect(code(await call('pdf_save', { pages: '50-60' }))).toBe('invalid_params');
    expect(code(await call('pdf_save', { pages: 'all' }))).toBe('invalid_params');
    // Of many pieces: noise cannot be packed.
    const noise = `() => { const c = document.createElement('canvas'); c.width = c.height = 1500; const x = c.getContext('2d'); const d = x.createImageData(1500, 1500);
      for (let at = 0; at < d.data.length; at += 65536) crypto.getRandomValues(d.data.subarray(at, at + 65536)); for (let i = 3; i < d.data.length; i += 4) d.data[i] = 255; x.putImageData(d, 0, 0); document.body.replaceChildren(c); }`;
    await value(noise);
    const large = bytes(await call('pdf_save'));
    expect(large.length).toBeGreaterThan(4_000_000);
    expect(large.subarray(-6).toString().trim()).toBe('%%EOF');
  });

  it('that is too long for its way is not saved, and that is said', async () => {
    site.pages.set('/noise', '<!doctype html><title>Noise</title>');
    await open('/noise');
    const made = `async () => { for (let n = 0; n < 6; n++) { const c = document.createElement('canvas'); c.width = c.height = 1700; const x = c.getContext('2d'); const d = x.createImageData(1700, 1700);
      for (let at = 0; at < d.data.length; at += 65536) crypto.getRandomValues(d.data.subarray(at, at + 65536)); for (let i = 3; i < d.data.length; i += 4) d.data[i] = 255; x.putImageData(d, 0, 0); document.body.append(c); } }`;
    await call('evaluate', { function: made });
    const answer = await call('pdf_save', {}, { timeout: 55_000 });
    expect([code(answer), text(answer.error.message), text(answer.error.next)]).toEqual(['tool_failed', expect.stringContaining('MiB'), expect.stringContaining('pages')]);
    expect(yaml(await open('/second'))).toContain('Second page');
  });
});

function pagesOf(pdf: Buffer): number {
  return pdf.toString('latin1').match(/\/Type \/Page(?!s)/g)?.length ?? 0;
}

/** The ref of the first line that contains `what`. */
function refOf(snapshot: string, what: string): string {
  const line = snapshot.split('\n').find((one) => one.includes(what)) ?? '';
  return /\[ref=(\w+)\]/.exec(line)?.[1] ?? `no ref of ${what} in ${snapshot}`;
}
