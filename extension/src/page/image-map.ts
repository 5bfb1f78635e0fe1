// Where the areas of image maps are. They have no box of their own: they lie on the picture that uses their map.

import { attr, closest, queryAll, rectOf, rootOf } from './dom.ts';
import type { Point } from './hit.ts';

/** Along each side of the picture so many places are tried. */
const PLACES = 24;

/** The links on a picture that uses a map. */
export function areasOn(picture: Element): Element[] {
  const name = nameIn(picture);
  const map = name && queryAll(rootOf(picture), 'map').find((one) => attr(one, 'name') === name || attr(one, 'id') === name);
  return map ? queryAll(map, 'area[href]') : [];
}

function nameIn(picture: Element): string | undefined {
  return attr(picture, 'usemap')?.replace(/^[^#]*#/, '');
}

/** The pictures that use the map of this area. */
export function picturesOf(area: HTMLAreaElement): Element[] {
  const map = closest(area, 'map');
  const names = map === null ? [] : [attr(map, 'name'), attr(map, 'id')].filter((name) => name !== null && name !== '');
  return queryAll(rootOf(area), 'img[usemap]').filter((picture) => names.includes(nameIn(picture) ?? null));
}

/** Points to try in order: the middle of the area by its own numbers, then, where that is no use, all over the picture, those near to it first. */
export function* pointsOn(area: HTMLAreaElement, picture: Element): Generator<Point> {
  const rect = rectOf(picture);
  const middle = middleOf(area, picture, rect);
  if (isInView(middle)) yield middle;
  const points: Point[] = [];
  for (let row = 0.5; row < PLACES; row += 1) {
    for (let column = 0.5; column < PLACES; column += 1) {
      points.push({ x: rect.left + (rect.width * column) / PLACES, y: rect.top + (rect.height * row) / PLACES });
    }
  }
  const distance = (point: Point): number => Math.hypot(point.x - middle.x, point.y - middle.y);
  yield* points.filter(isInView).sort((one, other) => distance(one) - distance(other));
}

function isInView({ x, y }: Point): boolean {
  return x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
}

/** Its numbers count from the corner of what the picture shows. */
function middleOf(area: HTMLAreaElement, picture: Element, rect: DOMRect): Point {
  const numbers = (attr(area, 'coords') ?? '').split(/[\s,;]+/).map(Number).filter(Number.isFinite);
  const corners = area.shape === 'circle' ? numbers.slice(0, 2) : numbers;
  const along = (start: number): number => {
    const own = corners.filter((_, i) => i % 2 === start);
    return own.length === 0 ? Number.NaN : own.reduce((sum, number) => sum + number, 0) / own.length;
  };
  const style = getComputedStyle(picture);
  const x = rect.left + picture.clientLeft + Number.parseFloat(style.paddingLeft) + along(0);
  const y = rect.top + picture.clientTop + Number.parseFloat(style.paddingTop) + along(1);
  return Number.isNaN(x + y) ? { x: rect.left + rect.width / 2, y: rect.top + rect.height / 2 } : { x, y };
}
