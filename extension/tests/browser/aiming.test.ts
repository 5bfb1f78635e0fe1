// The promise: what is aimed at is hit, also through frames that are scaled, turned, mirrored or covered at their edges; and what
// is in the way is named.

import { describe, expect, it } from 'vitest';
import { text } from '../../src/json.ts';
import { code, eventually, notes, rig, yaml } from '../support/rig.ts';

const { site, browser, call, open } = rig();

const INNER = `<title>Inner</title><style>body{margin:0;position:relative;width:100%;height:100vh}button{position:absolute}</style>
  <button style="left:5px;top:5px" onclick="said.textContent='kept'">Keep</button><button style="right:5px;bottom:5px" onclick="said.textContent='deleted'">Delete</button>
  <button style="right:5px;top:5px" onclick="said.textContent='other'">Other</button><p id="said" style="position:absolute;top:60px;left:60px">nothing</p>`;
const refOf = (snapshot: string, name: string): string => new RegExp(`button "${name}".*?\\[ref=(\\w+)\\]`).exec(snapshot)?.[1] ?? `no ${name}`;

async function show(html: string): Promise<string> {
  site.pages.set('/inner', INNER);
  site.pages.set('/outer', `<title>Outer</title>${html}`);
  const seen = yaml(await open('/outer'));
  // A frame of another site may come a moment later than the page.
  return seen.includes('"Keep"') ? seen : yaml(await call('wait_for', { text: 'nothing' }).then(() => call('snapshot')));
}

describe('a button in a frame', () => {
  it.each([
    'transform:rotate(180deg)', 'transform:rotate(90deg)', 'transform:rotate(30deg) scale(.7)', 'transform:scaleX(-1)', 'rotate:-90deg', 'scale:-1 1', 'rotate:y 180deg',
    'zoom:.6', 'zoom:.8;transform:rotate(180deg)', 'transform:skewX(20deg)', 'transform:scale(.15)', 'border:7px solid;padding:11px 3px 0 20px;transform:rotate(45deg)',
  ])('is hit whatever stands around it (%s)', async (style) => {
    for (const frame of [`<iframe src="/inner" style="margin:120px;width:400px;height:200px;${style}"></iframe>`, `<div style="${style};width:500px;height:300px;margin:100px"><iframe src="{other}/inner" style="width:400px;height:200px"></iframe></div>`]) {
      const seen = await show(frame);
      for (const [name, said] of [['Keep', 'kept'], ['Delete', 'deleted'], ['Other', 'other']] as const) {
        expect(yaml(await call('click', { ref: refOf(seen, name) })), `${name} in ${frame}`).toContain(said);
      }
    }
  });

  it('that is seen in a perspective is hit, or the answer says why not', async () => {
    const seen = await show('<div style="perspective:300px"><iframe src="/inner" style="width:400px;height:200px;transform:rotateY(50deg)"></iframe></div>');
    for (const [name, said] of [['Keep', 'kept'], ['Delete', 'deleted'], ['Other', 'other']] as const) {
      const answer = await call('click', { ref: refOf(seen, name) });
      if (answer.ok) expect(yaml(answer)).toContain(said);
      else expect(text(answer.error.message)).toMatch(/has happened there|The frame around the element/);
    }
  });

  it.each([
    ['a bar at the bottom', '<div style="position:fixed;bottom:0;left:0;right:0;height:120px;background:#ccc;z-index:5">cookie bar</div>', 1_500],
    ['a bar at the top', '<div style="position:fixed;top:0;left:0;right:0;height:120px;background:#ccc;z-index:5">header</div>', 1_500],
    ['bars at both edges', '<div style="position:fixed;top:0;left:0;right:0;height:150px;background:#ccc;z-index:5">header</div><div style="position:fixed;bottom:0;left:0;right:0;height:150px;background:#ccc;z-index:5">bar</div>', 800],
  ])('comes out from under %s', async (_what, bars, above) => {
    for (const origin of ['', '{other}']) {
      const seen = await show(`${bars}<div style="height:${above}px"></div><iframe src="${origin}/inner" style="width:300px;height:100px"></iframe><div style="height:2000px"></div>`);
      await call('scroll', { to: 'bottom' });
      for (const [name, said] of [['Keep', 'kept'], ['Delete', 'deleted']] as const) {
        expect(yaml(await call('click', { ref: refOf(seen, name) }))).toContain(said);
      }
    }
  });
});

describe('a frame of another site that is not drawn yet', () => {
  it.each([
    ['click', (seen: string) => ({ ref: refOf(seen, 'Go') }), 'pressed'],
    ['hover', (seen: string) => ({ ref: refOf(seen, 'Go') }), 'pointed at'],
    ['drag', (seen: string) => ({ startRef: refOf(seen, 'Card'), endRef: refOf(seen, 'Place') }), 'dropped'],
  ])('is waited for: %s', async (tool, params, said) => {
    site.pages.set('/late', `<button onmouseover="said.textContent='pointed at'" onclick="said.textContent='pressed'">Go</button><p id="said"></p>
      <button draggable="true" ondragstart="event.dataTransfer.setData('text/plain', '1')">Card</button><br><br><button ondragover="event.preventDefault()" ondrop="said.textContent='dropped'">Place</button>`);
    site.pages.set('/around', '<iframe src="{other}/late" width="600" height="300"></iframe>');
    site.hits.delete('/late');
    const opening = open('/around');
    await eventually('the frame is asked for', async () => site.hits.has('/late'));
    const [answer] = await Promise.all([opening.then((seen) => call(tool, params(yaml(seen)))), browser.drawNothingFor(800)]);
    expect([yaml(answer), notes(answer)]).toEqual([expect.stringContaining(said), '']);
  });
});

it('a page that keeps all of the mouse to itself is pressed once', async () => {
  site.pages.set('/keeps', `<button>Go</button><p id="said">0</p><script>for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'])
    addEventListener(type, (e) => { e.stopImmediatePropagation(); if (type === 'pointerdown') said.textContent++; }, true);</script>`);
  const seen = yaml(await open('/keeps'));
  const answer = await call('click', { ref: refOf(seen, 'Go') });
  expect([yaml(answer), notes(answer)]).toEqual([expect.stringContaining('"1"'), '']);
});

it('what has a frame in it is pressed once, and the frame hears it', async () => {
  site.pages.set('/counts', '<body style="margin:0" onpointerdown="said.textContent++"><p id="said" style="margin:0;font-size:60px">0</p>');
  const frame = (origin: string): string => `<iframe src="${origin}/counts" width="300" height="100" style="border:0;display:block"></iframe>`;
  site.pages.set('/holds', `<figure id="plain" style="margin:0;width:300px">${frame('')}</figure><figure id="other" style="margin:0;width:300px">${frame('{other}')}</figure><div id="sealed" style="width:300px;height:100px"></div>
    <div id="opens" style="width:300px;height:100px" onmouseenter="this.innerHTML = frame.innerHTML">Preview</div><template id="frame">${frame('')}</template>
    <script>sealed.attachShadow({ mode: 'closed' }).innerHTML = frame.innerHTML</script>`);
  await open('/holds');
  for (const id of ['plain', 'other', 'sealed', 'opens']) {
    const answer = await call('click', { ref: `#${id}` });
    expect([yaml(answer), notes(answer)], id).toEqual([expect.not.stringMatching(/"([2-9]|\d\d+)"/), '']);
    expect(yaml(await call('snapshot')), id).not.toMatch(/"([2-9]|\d\d+)"/);
  }
  expect(yaml(await call('snapshot')).match(/"1"/g)).toHaveLength(3);
});

it('what lies on a button everywhere is named, not the bar that lies on it at the edge', async () => {
  site.pages.set('/spinner', `<header style="position:fixed;top:0;left:0;right:0;height:90px;background:#ccc;z-index:9">Header</header><div style="height:1500px"></div>
    <div style="position:relative;width:200px;height:40px"><button style="width:200px;height:40px">Save</button><div id="spinner" style="position:absolute;inset:0;background:#8888">busy</div></div><div style="height:1500px"></div>`);
  const seen = yaml(await open('/spinner'));
  const answer = await call('click', { ref: refOf(seen, 'Save') });
  expect([code(answer), text(answer.error.message)]).toEqual(['not_actionable', expect.stringContaining('id="spinner"')]);
});
