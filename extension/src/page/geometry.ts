// From the coordinates of a child frame to those of the frame around it. It exists because a frame may be scaled, turned or mirrored
// by itself or with all that is around it, and a click must not land on what lies opposite.

import { flatParent, rectOf } from './dom.ts';
import type { Point } from './hit.ts';
import type { Rect } from './protocol.ts';

/** What a frame's box does to a distance inside it: a linear map, x' = a x + c y, y' = b x + d y. */
interface Linear {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/**
 * Where points of its content stand. A transformed box keeps its middle in the middle of its bounding box; around that, the
 * transforms of the frame and of all elements around it turn it, and what they leave of its size is zoom.
 */
export function mapOf(frame: HTMLElement): (point: Point) => Point {
  const rect = rectOf(frame);
  const style = getComputedStyle(frame);
  const { offsetWidth: width, offsetHeight: height } = frame;
  const left = frame.clientLeft + Number.parseFloat(style.paddingLeft);
  const top = frame.clientTop + Number.parseFloat(style.paddingTop);
  const { a, b, c, d } = fitted(turnOf(frame), rect, width, height);
  const middle = { x: rect.left + rect.width / 2, y: rect.top + rect.height / 2 };
  return (point) => {
    const [x, y] = [point.x + left - width / 2, point.y + top - height / 2];
    return { x: middle.x + a * x + c * y, y: middle.y + b * x + d * y };
  };
}

/** The box around a rectangle inside, as the frame around sees it. */
export function boxAround(map: (point: Point) => Point, { x, y, width, height }: Rect): Rect {
  const corners = [map({ x, y }), map({ x: x + width, y }), map({ x, y: y + height }), map({ x: x + width, y: y + height })];
  const [xs, ys] = [corners.map((corner) => corner.x), corners.map((corner) => corner.y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { x: left, y: top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
}

/** All transforms from the frame up; null where none of them does anything but move. */
function turnOf(frame: HTMLElement): Linear | null {
  let turned = false;
  let all = new DOMMatrix();
  for (let at: Element | null = frame; at; at = flatParent(at)) {
    const { transform, rotate, scale } = getComputedStyle(at);
    if (transform === 'none' && rotate === 'none' && scale === 'none') continue;
    turned = true;
    all = own(transform, rotate, scale).multiply(all);
  }
  return turned ? { a: all.m11, b: all.m12, c: all.m21, d: all.m22 } : null;
}

/** In the order of CSS Transforms 2, section 5: rotate, scale, transform. */
function own(transform: string, rotate: string, scale: string): DOMMatrix {
  const matrix = new DOMMatrix();
  if (rotate !== 'none') {
    const parts = rotate.split(' ');
    const angle = Number.parseFloat(parts.at(-1) ?? '0');
    const [x = 0, y = 0, z = 1] = parts.length === 2 ? ['x', 'y', 'z'].map((axis) => (axis === parts[0] ? 1 : 0)) : parts.length === 4 ? parts.slice(0, 3).map(Number) : [];
    matrix.rotateAxisAngleSelf(x, y, z, angle);
  }
  if (scale !== 'none') {
    const [x = 1, y = x] = scale.split(' ').map(Number);
    matrix.scaleSelf(x, y);
  }
  return transform === 'none' ? matrix : matrix.multiply(new DOMMatrix(transform));
}

/** The map with the size that the box really has: transforms know nothing of zoom, and a depth shrinks what lies behind. */
function fitted(turn: Linear | null, rect: DOMRect, width: number, height: number): Linear {
  const { a, b, c, d } = turn ?? { a: 1, b: 0, c: 0, d: 1 };
  const wide = Math.abs(a) * width + Math.abs(c) * height;
  const high = Math.abs(b) * width + Math.abs(d) * height;
  const [x, y] = [wide > 0 ? rect.width / wide : 1, high > 0 ? rect.height / high : 1];
  return { a: a * x, c: c * x, b: b * y, d: d * y };
}
