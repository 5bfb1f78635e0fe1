// Shapes and transforms that leave nothing of an element, by the words of its computed style. It exists because they are written
// in a dozen ways, and apart from what reads styles because it needs none.

/** So little is left of a length: scale(.04) makes a letter less than a pixel. */
const LEAST_SCALE = 0.04;
const LEAST_AREA = 0.002;
/** So little of it left is nothing to an eye. */
export const LEAST_OPACITY = 0.05;

/** Whether a `clip-path` leaves nothing; of those that are not understood something is left. */
export function clipsAll(clipPath: string): boolean {
  const shape = /^([a-z]+)\((.*)\)/.exec(clipPath);
  if (shape === null) return false;
  const [, kind = '', inner = ''] = shape;
  if (kind === 'inset') return insetLeavesNothing(inner);
  if (kind === 'circle') return /^0(?![.\d])/.test(inner);
  if (kind === 'ellipse') return /^(?:0(?![.\d])|\S+ 0(?![.\d]))/.test(inner);
  return kind === 'polygon' && polygonHasNoArea(inner);
}

/** What `rect()` and `xywh()` compute to as well. */
function insetLeavesNothing(inner: string): boolean {
  const [edges = ''] = inner.split(' round ');
  const [top = '0', right = top, bottom = top, left = right] = edges.match(/calc\([^()]*\)|\S+/g) ?? [];
  return leavesNothing(top, bottom) || leavesNothing(left, right);
}

/** Two opposite edges: per cent of the box, and pixels more than these. */
function leavesNothing(one: string, other: string): boolean {
  const sums = [one, other].map((edge) => ({ percent: sumOf(edge, '%'), px: sumOf(edge, 'px') }));
  return sums.reduce((sum, { percent }) => sum + percent, 0) >= 100 && sums.reduce((sum, { px }) => sum + px, 0) > -2;
}

function sumOf(edge: string, unit: string): number {
  let sum = 0;
  for (const [, sign, number] of edge.matchAll(new RegExp(`([-+] )?(-?[\\d.]+(?:e-?\\d+)?)${unit}`, 'g'))) sum += (sign === '- ' ? -1 : 1) * Number(number);
  return sum;
}

function polygonHasNoArea(inner: string): boolean {
  const points = inner.replace(/^(?:nonzero|evenodd),\s*/, '').split(/,\s*/).map((point) => /^(-?[\d.]+)(%|px|) (-?[\d.]+)(%|px|)$/.exec(point)?.slice(1) ?? []);
  // Zero is the same in every unit; others cannot be compared.
  for (const axis of [0, 2]) if (new Set(points.filter((point) => Number(point[axis]) !== 0).map((point) => point[axis + 1])).size > 1) return false;
  const corners = points.map(([x, , y]) => ({ x: Number(x), y: Number(y) }));
  const area = corners.reduce((sum, { x, y }, i) => {
    const next = corners[(i + 1) % corners.length] ?? { x: 0, y: 0 };
    return sum + x * next.y - next.x * y;
  }, 0);
  return Math.abs(area) < 1e-6;
}

/** Whether a computed `transform` makes a line or a point of what it is applied to. */
export function collapses(transform: string): boolean {
  const matrix = /^matrix(3d)?\((.*)\)$/.exec(transform);
  if (matrix === null) return false;
  const numbers = (matrix[2] ?? '').split(',').map(Number);
  const [a = 1, b = 0, c = 0, d = 1] = matrix[1] === undefined ? numbers : [numbers[0], numbers[1], numbers[4], numbers[5]];
  return Math.abs(a * d - b * c) < LEAST_AREA;
}

/** The same of a computed `scale`. */
export function scalesToNothing(scale: string): boolean {
  return scale !== 'none' && scale.split(' ').slice(0, 2).some((factor) => Math.abs(Number(factor)) < LEAST_SCALE);
}
