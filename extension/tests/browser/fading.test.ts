// The promise: what a click opens or closes is told, also where the page fades or folds it: by where that leads, without waiting for
// its end.

import { expect, it } from 'vitest';
import { rig, yaml } from '../support/rig.ts';

const { site, call, open } = rig();

const ORDER = 'Words of the part that opens, long enough to be looked at for themselves';

// So slow that each look comes in the middle.
it.each([
  ['an opacity', '.part{opacity:0;transition:opacity 4s}.part.on{opacity:1}'],
  ['an opacity beside a move', '.part{opacity:0;transform:translateY(40px) scale(.8);transition:all 4s}.part.on{opacity:1;transform:none}'],
  ['a scale', '.part{scale:0;transition:scale 4s}.part.on{scale:1}'],
  ['a transform', '.part{transform:scale(0);transition:transform 4s}.part.on{transform:scale(1)}'],
  ['a height', '.part{height:0;overflow:hidden;transition:height 4s}.part.on{height:200px}'],
  ['a greatest height', '.part{max-height:0;overflow:hidden;transition:max-height 4s}.part.on{max-height:300px}'],
])('%s is looked at by its end', async (_what, style) => {
  site.pages.set('/fading', `<title>Fading</title><style>${style}</style><button id="turn" onclick="fold.classList.toggle('on')">Turn</button><div id="fold" class="part"><p>${ORDER}</p><button>Inside</button></div>`);
  expect(yaml(await open('/fading'))).not.toContain('Words of the part');
  const opened = yaml(await call('click', { ref: '#turn' }));
  expect(opened).toContain(ORDER);
  expect(opened).toContain('button "Inside"');
  expect(opened).not.toContain('[faint]');
  const closed = yaml(await call('click', { ref: '#turn' }));
  expect(closed).toMatch(/removed: .*Words of the part/);
  expect(yaml(await call('snapshot'))).not.toContain('Words of the part');
});

it('an animation by keyframes is, too, forwards and backwards', async () => {
  site.pages.set('/keyframes', `<title>Keyframes</title><style>@keyframes in { from { opacity: 0 } }
    .in { animation: in 4s } .out { animation: in 4s reverse forwards }</style>
    <button onclick="fold.hidden = false; fold.className = 'in'">In</button><button id="out" onclick="fold.className = 'out'">Out</button><p id="fold" hidden>${ORDER}</p>`);
  await open('/keyframes');
  expect(yaml(await call('click', { ref: 'button:first-of-type' }))).toContain(ORDER);
  expect(yaml(await call('click', { ref: '#out' }))).toMatch(/removed: .*Words of the part/);
});

it('what takes for ever to come, or comes and goes without end, counts as it is', async () => {
  site.pages.set('/never', `<title>Never</title><style>@keyframes in { from { opacity: 0 } } .slow { animation: in 1e6s } .blink { animation: in 1e6s infinite }</style><button>Look</button><p class="slow">${ORDER}</p><p class="blink">${ORDER}</p>`);
  expect(yaml(await open('/never'))).not.toContain('Words of the part');
});
