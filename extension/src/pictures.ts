// The last picture that each client was given of each tab: which part of the page it shows, and on which scale. It exists so that
// a point in a picture, which may have been scaled down, is the same point of the page to the pixel.

import { ToolError } from './errors.ts';
import { finite, list, record, text } from './json.ts';
import type { Session } from './session.ts';

export interface Point {
  x: number;
  y: number;
}

export interface Picture {
  /** The part of the page that it shows, in CSS pixels from the page's corner. */
  area: { x: number; y: number; width: number; height: number };
  /** Of the picture, in its own pixels. */
  width: number;
  height: number;
  /** It shows what was in view: it goes with the viewport, not with the page. */
  ofViewport: boolean;
  /** The document that it shows. */
  loaderId: string;
}

/** Where a tab is scrolled to, how large its viewport is, and which document it shows. */
export interface View {
  left: number;
  top: number;
  width: number;
  height: number;
  loaderId: string;
}

const STORED = 'pictures';
const MAX_KEPT = 100;

export class Pictures {
  readonly #session: Session;
  #kept: Map<string, Picture> | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  async of(clientId: string, tabId: number): Promise<Picture | undefined> {
    return (await this.#load()).get(keyOf(clientId, tabId));
  }

  /** Kept beyond the worker: a point in a picture must not mean another one because Chrome has ended it meanwhile. */
  async keep(clientId: string, tabId: number, picture: Picture | undefined): Promise<void> {
    const kept = await this.#load();
    const key = keyOf(clientId, tabId);
    kept.delete(key);
    if (picture !== undefined) kept.set(key, picture);
    for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - MAX_KEPT))) kept.delete(oldest);
    await this.#session.set({ [STORED]: [...kept] });
  }

  async #load(): Promise<Map<string, Picture>> {
    if (this.#kept !== undefined) return this.#kept;
    const stored = await this.#session.boot();
    this.#kept ??= new Map(list(stored[STORED]).flatMap(entryOf));
    return this.#kept;
  }
}

/** Pixels of the picture for one CSS pixel. */
export function scaleOf({ area, width }: Picture): number {
  return width / area.width;
}

/** From a point in the picture to CSS pixels of the viewport as it is now. Without a picture they are the same. */
export function toViewport(picture: Picture | undefined, { x, y }: Point, view: View): Point {
  if (picture !== undefined && (x > picture.width || y > picture.height)) {
    throw new ToolError('invalid_params', `The point (${x}, ${y}) is outside your last screenshot, which has ${picture.width} × ${picture.height} pixels.`, 'Give a point in it, counted in its own pixels from its upper left corner.');
  }
  if (picture !== undefined && !picture.ofViewport && picture.loaderId !== view.loaderId) {
    throw new ToolError('not_actionable', 'The tab shows another page than your last screenshot, of an element or of the full page.', 'Take a new browser_screenshot, and count in that one.');
  }
  const { area = { x: 0, y: 0, width: 1, height: 1 }, width = 1, height = 1, ofViewport = true } = picture ?? {};
  const point = {
    x: exact(x * (area.width / width) + (ofViewport ? 0 : area.x - view.left)),
    y: exact(y * (area.height / height) + (ofViewport ? 0 : area.y - view.top)),
  };
  if (point.x < 0 || point.y < 0 || point.x >= view.width || point.y >= view.height) {
    throw new ToolError(
      'not_actionable',
      `The point (${x}, ${y}) is not in view now: it is (${rounded(point.x)}, ${rounded(point.y)}) in CSS pixels, and the viewport has ${view.width} × ${view.height}.`,
      'Scroll there with browser_scroll, or take a browser_screenshot of what is in view and count in that one.',
    );
  }
  return point;
}

/** Pages are told whole pixels, cut off: 136.99999 is 137 that went through two divisions. */
function exact(n: number): number {
  return Math.round(n * 1_000) / 1_000;
}

/** For people: no more than two decimals. */
export function rounded(n: number): number {
  return Math.round(n * 100) / 100;
}

function keyOf(clientId: string, tabId: number): string {
  return `${clientId} ${tabId}`;
}

function entryOf(stored: unknown): [string, Picture][] {
  const [key, value] = list(stored);
  const picture = record(value);
  const area = record(picture.area);
  const [x, y, areaWidth, areaHeight] = [finite(area.x), finite(area.y), finite(area.width), finite(area.height)];
  const [width, height] = [finite(picture.width), finite(picture.height)];
  if (typeof key !== 'string' || x === undefined || y === undefined || areaWidth === undefined || areaHeight === undefined || width === undefined || height === undefined) return [];
  return [[key, { area: { x, y, width: areaWidth, height: areaHeight }, width, height, ofViewport: picture.ofViewport === true, loaderId: text(picture.loaderId) ?? '' }]];
}
