// Draws refs onto a picture. It exists so that a model which looks at a picture can name what it sees; the drawing happens on the
// picture alone, in the worker, so that no page can notice it.

import { bitmapOf, canvasOf, encoded } from './canvas.ts';
import type { Box } from './pages/boxes.ts';

const COLORS = ['#d00000', '#0050d0', '#008030', '#9000b0', '#b05000', '#006080'];
const FONT = 12;

export interface Drawn {
  data: string;
  labels: number;
}

/** `toPicture`: from CSS pixels of the viewport to pixels of the picture. */
export async function annotate(data: string, type: string, quality: number, boxes: readonly Box[], toPicture: (x: number, y: number) => [number, number]): Promise<Drawn> {
  const bitmap = await bitmapOf(data, type);
  const { canvas, context } = canvasOf(bitmap.width, bitmap.height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  context.font = `bold ${FONT}px sans-serif`;
  context.textBaseline = 'top';
  const taken: [number, number, number][] = [];
  let labels = 0;
  for (const [i, { ref, rect }] of boxes.entries()) {
    const [left, top] = toPicture(rect.x, rect.y);
    const [right, bottom] = toPicture(rect.x + rect.width, rect.y + rect.height);
    if (right <= 0 || bottom <= 0 || left >= canvas.width || top >= canvas.height) continue;
    const color = COLORS[i % COLORS.length] ?? '#d00000';
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.strokeRect(left + 1, top + 1, Math.max(2, right - left - 2), Math.max(2, bottom - top - 2));
    const width = Math.ceil(context.measureText(ref).width) + 4;
    const [x, y] = place(taken, Math.min(Math.max(0, left), canvas.width - width), Math.max(0, top - FONT - 2), width, canvas.height);
    taken.push([x, y, width]);
    context.fillStyle = color;
    context.fillRect(x, y, width, FONT + 3);
    context.fillStyle = '#fff';
    context.fillText(ref, x + 2, y + 2);
    labels += 1;
  }
  return { data: await encoded(canvas, type, quality), labels };
}

/** Further down, as long as another label is there. */
function place(taken: readonly [number, number, number][], x: number, top: number, width: number, height: number): [number, number] {
  const isFree = (at: number): boolean => taken.every(([left, y, wide]) => Math.abs(y - at) >= FONT + 3 || left >= x + width || left + wide <= x);
  let y = top;
  while (!isFree(y) && y + 2 * FONT < height) y += FONT + 3;
  return [x, isFree(y) ? y : top];
}
