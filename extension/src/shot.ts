// What Chrome is asked to draw for a picture of a part of a page, and how the part is cut out of it. It exists because Chrome
// never draws a strip of a page that is scrolled and wider than its window, and because drawing beyond the window resizes the page
// for a moment, which pages notice.

import { bitmapOf, canvasOf, encoded } from './canvas.ts';

/** In CSS pixels from the page's corner. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Shot {
  clip: Area;
  /** The window is too small for it. */
  beyond: boolean;
}

/** What is in view is drawn as it is; of the rest nothing smaller than the window. `page`: all of it. */
export function shotOf(area: Area, view: Area, page: Area): Shot {
  const isIn = area.x >= view.x && area.y >= view.y && area.x + area.width <= view.x + view.width && area.y + area.height <= view.y + view.height;
  if (isIn) return { clip: area, beyond: false };
  const [width, height] = [Math.max(area.width, view.width), Math.max(area.height, view.height)];
  const x = Math.min(area.x, Math.max(0, page.width - width));
  const y = Math.min(area.y, Math.max(0, page.height - height));
  return { clip: { x, y, width, height }, beyond: true };
}

export function isWhole({ clip }: Shot, area: Area): boolean {
  return clip.x === area.x && clip.y === area.y && clip.width === area.width && clip.height === area.height;
}

/** The area's part of a PNG of the shot, in the type that is asked for. */
export async function cut(data: string, { clip }: Shot, area: Area, type: string, quality: number): Promise<string> {
  const bitmap = await bitmapOf(data, 'image/png');
  // Chrome rounds both sides to whole pixels: the longer one tells the scale best.
  const scale = clip.width > clip.height ? bitmap.width / clip.width : bitmap.height / clip.height;
  const [width, height] = [Math.max(1, Math.round(area.width * scale)), Math.max(1, Math.round(area.height * scale))];
  const { canvas, context } = canvasOf(width, height);
  context.drawImage(bitmap, -Math.round((area.x - clip.x) * scale), -Math.round((area.y - clip.y) * scale));
  bitmap.close();
  return encoded(canvas, type, quality);
}
