// The promise: any element has its picture, however long, narrow or far away it is, and taking it changes nothing in the page.

import { expect, it } from 'vitest';
import { finite, record, text, type JsonRecord } from '../../src/json.ts';
import { code, rig } from '../support/rig.ts';

const { site, browser, call, open } = rig();

/** The size of a picture, and its colours at some points, each from 0 to 1 across. */
async function look(params: JsonRecord, points: readonly [number, number][]): Promise<{ size: number[]; colors: string[] }> {
  const answer = await call('screenshot', params);
  expect(answer.error).toEqual({});
  const { data, mimeType, width, height } = record(answer.result.image);
  const colors = await browser.evaluate(`(async () => {
    const bitmap = await createImageBitmap(await (await fetch('data:${text(mimeType)};base64,${text(data)}')).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    return [bitmap.width, bitmap.height, ${JSON.stringify(points)}.map(([x, y]) => {
      const [r, g, b] = context.getImageData(Math.floor(x * (bitmap.width - 1)), Math.floor(y * (bitmap.height - 1)), 1, 1).data;
      return r > 200 ? (g > 200 ? 'white' : 'red') : g > 100 ? 'green' : b > 200 ? 'blue' : [r, g, b].join();
    })];
  })()`);
  const [drawnWidth, drawnHeight, seen] = colors as [number, number, string[]];
  expect([drawnWidth, drawnHeight]).toEqual([finite(width), finite(height)]);
  return { size: [drawnWidth, drawnHeight], colors: seen };
}

const ENDS: readonly [number, number][] = [[0, 0], [1, 1]];

it('shows what is asked for to its corners, in a page that is wider and longer than its window', async () => {
  site.pages.set('/strips', `<body style="margin:0;background:#fff"><iframe src="/second" width="300" height="200"></iframe>
    <div id="wide" style="width:3000px;height:100px;background:linear-gradient(90deg,red 50%,blue 50%)"></div>
    <div id="tall" style="width:50px;height:9000px;background:linear-gradient(red 50%,blue 50%)"></div>
    <div id="far" style="width:40px;height:40px;margin-left:2900px;background:linear-gradient(red 50%,blue 50%)"></div>
    <div id="long" style="width:40px;height:1500px;margin-left:2950px;background:linear-gradient(red 50%,blue 50%)"></div>`);
  await open('/strips');
  expect(await look({ ref: '#tall' }, ENDS)).toEqual({ size: [9, 1_568], colors: ['red', 'blue'] });
  expect(await look({ ref: '#wide' }, ENDS)).toEqual({ size: [1_568, 52], colors: ['red', 'blue'] });
  expect(await look({ ref: '#far' }, ENDS)).toEqual({ size: [40, 40], colors: ['red', 'blue'] });
  expect(await look({ ref: '#long', type: 'jpeg' }, [[0.5, 0.1], [0.5, 0.9]])).toEqual({ size: [40, 1_500], colors: ['red', 'blue'] });
  expect(await look({ ref: '#tall', maxWidth: 50, type: 'webp' }, [[0.5, 0.1], [0.5, 0.9]])).toEqual({ size: [50, 9_000], colors: ['red', 'blue'] });
});

it('of what is in view is taken without the page being resized for it', async () => {
  site.pages.set('/resizes', '<body style="height:4000px"><div id="box" style="width:80px;height:60px;background:green"></div><script>let resizes = 0; addEventListener("resize", () => { resizes += 1 })</script>');
  await open('/resizes');
  expect(await look({ ref: '#box' }, [[0.5, 0.5]])).toEqual({ size: [80, 60], colors: ['green'] });
  expect((await call('evaluate', { function: '() => new Promise((done) => setTimeout(() => done([resizes, scrollY]), 200))' })).result.value).toEqual([0, 0]);
  expect(code(await call('screenshot', { ref: '#none' }))).toBe('not_actionable');
});

it('of a full page has the refs of all of it, and none of what a scrolled box hides', async () => {
  site.pages.set('/all', '<body style="margin:0"><button>Top</button><div style="height:3000px"></div><button>Bottom</button><div style="height:50px;overflow:hidden"><div style="height:80px"></div><button>Hidden away</button></div>');
  await open('/all');
  const drawn = async (params: JsonRecord): Promise<string> => JSON.stringify((await call('screenshot', { annotate: true, ...params })).result.notes);
  expect(await drawn({})).toContain('1 refs are drawn');
  expect(await drawn({ fullPage: true })).toContain('2 refs are drawn');
});
