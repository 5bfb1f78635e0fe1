// browser_mouse_click_xy, browser_mouse_move_xy, browser_mouse_drag_xy, browser_mouse_wheel: the mouse at a point of the last
// screenshot, for what no ref names: canvases, maps, games. What they start is waited for and told as after any other action.

import { drag as dragMouse } from '../input/drag.ts';
import { bitsOf, modifierOf } from '../input/keys.ts';
import { click as clickMouse, move, wheel } from '../input/mouse.ts';
import { finite, record } from '../json.ts';
import { rounded, toViewport, type Picture, type Point, type View } from '../pictures.ts';
import { act, pageTool, tabChange, type Run } from './page-tool.ts';
import { optionalFlag, optionalWord, requiredNumber, texts, wrong } from './params.ts';
import type { Tool } from './tool.ts';

const ACTION = { need: 'content', kind: 'action' } as const;
const FRAME_MS = 60;
const WHEEL_MS = 300;
const FILE_CHOOSER_MS = 500;
const NOTHING = { what: '', isFile: false };

/** A point as the caller gave it, where it is, and how to say so. */
interface Place extends Point {
  said: string;
}

export const clickXy: Tool = pageTool(ACTION, async (run) => {
  const { params, services } = run.call;
  const button = optionalWord(params, 'button', ['left', 'right', 'middle']) ?? 'left';
  const double = optionalFlag(params, 'doubleClick') ?? false;
  const modifiers = texts(params, 'modifiers').map((name) => modifierOf(name, services.isMac) ?? refuse());
  const place = await placeOf(run, pointOf(run, 'x', 'y'));
  // On a page that no extension can look into, the mouse works all the same.
  const what = await services.pages.askPage(run.tabId, 'describeAt', { x: place.x, y: place.y }).catch(() => NOTHING);
  const verb = double ? 'Double-clicked' : button === 'left' ? 'Clicked' : `Clicked (${button} button)`;
  return act(run, `${verb} at ${place.said}${what.what === '' ? '' : `, on ${what.what}`}.`, async () => {
    const since = run.tab.tick;
    await clickMouse(run.tab.root, place, { button, double, modifiers: bitsOf(modifiers) });
    if (what.isFile) await tabChange(run, FILE_CHOOSER_MS, () => run.tab.fileChooserAt > since);
  }, true);
});

export const moveXy: Tool = pageTool(ACTION, async (run) => {
  const place = await placeOf(run, pointOf(run, 'x', 'y'));
  return act(run, `Moved the mouse to ${place.said}.`, async () => {
    move(run.tab.root, place);
    await frames(run, 1);
  });
});

export const dragXy: Tool = pageTool(ACTION, async (run) => {
  const start = await placeOf(run, pointOf(run, 'startX', 'startY'));
  const end = await placeOf(run, pointOf(run, 'endX', 'endY'));
  return act(run, `Pressed the mouse at ${start.said}.`, async () => {
    await dragMouse(run.tab, start, {
      modifiers: 0,
      frame: () => run.call.services.pages.quiet(run.tabId, FRAME_MS),
      end: async () => end,
    });
    run.said = `Dragged from ${start.said} to ${end.said}.`;
  });
});

export const mouseWheel: Tool = pageTool(ACTION, async (run) => {
  const { params } = run.call;
  const [deltaX, deltaY] = [finite(params.deltaX) ?? 0, finite(params.deltaY) ?? 0];
  if (deltaX === 0 && deltaY === 0) throw wrong('deltaY', 'a number that is not 0 (or give deltaX)');
  const view = await viewOf(run);
  const isGiven = params.x !== undefined || params.y !== undefined;
  const middle = { x: Math.floor(view.width / 2), y: Math.floor(view.height / 2), said: 'the middle of the page' };
  const place = isGiven ? await placeOf(run, pointOf(run, 'x', 'y'), view) : middle;
  const result = await act(run, `Turned the wheel at ${place.said}.`, async () => {
    move(run.tab.root, place);
    wheel(run.tab.root, place, deltaX, deltaY);
    await frames(run, 2);
  });
  const after = await viewOf(run);
  const moved = after.left !== view.left || after.top !== view.top;
  const now = moved ? ` The page is at (${rounded(after.left)}, ${rounded(after.top)}) px now.` : '';
  return { ...result, text: `Turned the wheel by (${deltaX}, ${deltaY}) at ${place.said}.${now}` };
});

function pointOf({ call: { params } }: Run, x: string, y: string): Point {
  return { x: requiredNumber(params, x), y: requiredNumber(params, y) };
}

async function placeOf(run: Run, given: Point, view?: View): Promise<Place> {
  const { services, clientId } = run.call;
  const picture: Picture | undefined = await services.pictures.of(clientId, run.tabId);
  const { x, y } = toViewport(picture, given, view ?? (await viewOf(run)));
  const same = Math.abs(x - given.x) < 0.005 && Math.abs(y - given.y) < 0.005;
  const css = same ? '' : ` of your screenshot, (${rounded(x)}, ${rounded(y)}) in CSS pixels`;
  return { x, y, said: `(${given.x}, ${given.y})${css}` };
}

export async function viewOf({ tab }: Run): Promise<View> {
  const viewport = record((await tab.root.send('Page.getLayoutMetrics')).cssVisualViewport);
  return {
    left: finite(viewport.pageX) ?? 0,
    top: finite(viewport.pageY) ?? 0,
    width: finite(viewport.clientWidth) ?? 0,
    height: finite(viewport.clientHeight) ?? 0,
    loaderId: tab.frame.loaderId,
  };
}

/** What a move or a turn of the wheel sets off is there after the page's next frames. */
async function frames({ call, tabId }: Run, n: number): Promise<void> {
  for (let i = 0; i < n; i++) await call.services.pages.quiet(tabId, WHEEL_MS);
}

function refuse(): never {
  throw wrong('modifiers', 'a list of Alt, Control, ControlOrMeta, Meta, Shift');
}
