// The promise: a point of a picture is the same pixel of the page, on every scale.

import { expect, it } from 'vitest';
import { toViewport, type Picture } from '../../src/pictures.ts';

const view = { left: 0, top: 0, width: 1_265, height: 657, loaderId: 'one' };

it.each([320, 400, 333, 1_000, 1_265, 1_568, 2_530])('each pixel of a viewport is found again in a picture of %i pixels', (width) => {
  const height = Math.round((width * view.height) / view.width);
  const picture: Picture = { area: { x: 0, y: 40, width: view.width, height: view.height }, width, height, ofViewport: true, loaderId: 'one' };
  for (let css = 0; css < view.height; css++) {
    const point = toViewport(picture, { x: css * (width / view.width), y: css * (height / view.height) }, view);
    expect([Math.floor(point.x), Math.floor(point.y)]).toEqual([css, css]);
  }
});

it('without a picture a point is in CSS pixels', () => {
  expect(toViewport(undefined, { x: 12.5, y: 8 }, view)).toEqual({ x: 12.5, y: 8 });
  expect(() => toViewport(undefined, { x: 1_265, y: 8 }, view)).toThrow(expect.objectContaining({ code: 'not_actionable' }));
});

it('a picture of another document leads nowhere, unless it shows what is in view', () => {
  const picture: Picture = { area: { x: 100, y: 900, width: 200, height: 100 }, width: 100, height: 50, ofViewport: false, loaderId: 'before' };
  expect(() => toViewport(picture, { x: 5, y: 5 }, view)).toThrow(expect.objectContaining({ code: 'not_actionable' }));
  expect(toViewport({ ...picture, loaderId: 'one' }, { x: 50, y: 25 }, { ...view, top: 800 })).toEqual({ x: 200, y: 150 });
  expect(toViewport({ ...picture, ofViewport: true }, { x: 50, y: 25 }, view)).toEqual({ x: 100, y: 50 });
});
