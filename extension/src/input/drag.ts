// Drags with the mouse from one point to another. It exists because there are two kinds: what a page does itself with pointer
// events, and HTML5 drag and drop, which the browser takes over once it has begun: Chrome then hands us what is dragged, and we
// say where it goes.

import { ignore } from '../async.ts';
import type { DebugTab } from '../debugger/debug-tab.ts';
import type { JsonRecord } from '../json.ts';
import type { Point } from './mouse.ts';

const INPUT_MS = 30_000;
/** Pages and the browser take a press for a drag once it has moved a few pixels. */
const THRESHOLD = 12;
const STEPS = 8;

export interface DragOptions {
  /** Asked once the drag has begun: the page may have shown where to drop only then. */
  end: () => Promise<Point>;
  /** A frame of the page passed. */
  frame: () => Promise<unknown>;
  modifiers: number;
}

export type DragKind = 'html5' | 'pointer';

export async function drag(tab: DebugTab, start: Point, { end, frame, modifiers }: DragOptions): Promise<DragKind> {
  const { root } = tab;
  const move = ({ x, y }: Point, buttons: number): void => {
    // Not awaited: acknowledged late in a hidden tab (see mouse.ts). The order of events is kept.
    ignore(root.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y, modifiers, buttons, button: buttons === 0 ? 'none' : 'left' }, INPUT_MS));
  };
  tab.dragged = undefined;
  await root.send('Input.setInterceptDrags', { enabled: true });
  let at = start;
  let pressed = false;
  try {
    move(start, 0);
    await root.send('Input.dispatchMouseEvent', { type: 'mousePressed', ...start, button: 'left', buttons: 1, clickCount: 1, modifiers }, INPUT_MS);
    pressed = true;
    for (const part of [0.4, 0.8, 1.2]) {
      at = { x: start.x + THRESHOLD * part, y: start.y + THRESHOLD * part };
      move(at, 1);
      await frame();
    }
    const target = await end();
    if (tab.dragged !== undefined) {
      pressed = false;
      await drop(tab, tab.dragged, at, target, modifiers, frame);
      return 'html5';
    }
    for (let step = 1; step <= STEPS; step++) {
      move({ x: at.x + ((target.x - at.x) * step) / STEPS, y: at.y + ((target.y - at.y) * step) / STEPS }, 1);
      await frame();
      // A page may begin a native drag late, by a move of its own threshold.
      if (tab.dragged !== undefined) {
        pressed = false;
        await drop(tab, tab.dragged, at, target, modifiers, frame);
        return 'html5';
      }
    }
    at = target;
    await release(tab, target, modifiers);
    pressed = false;
    return 'pointer';
  } finally {
    // Whatever failed, the button does not stay down.
    if (pressed) ignore(release(tab, at, modifiers));
    tab.dragged = undefined;
    ignore(root.send('Input.setInterceptDrags', { enabled: false }));
  }
}

async function drop(tab: DebugTab, data: JsonRecord, from: Point, to: Point, modifiers: number, frame: () => Promise<unknown>): Promise<void> {
  const { root } = tab;
  const send = (type: string, { x, y }: Point): Promise<JsonRecord> => root.send('Input.dispatchDragEvent', { type, x, y, data, modifiers }, INPUT_MS);
  try {
    await send('dragEnter', from);
    for (const part of [0.5, 1]) {
      await send('dragOver', { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part });
      await frame();
    }
    await send('dragOver', to);
    await send('drop', to);
  } catch (error) {
    ignore(send('dragCancel', to));
    throw error;
  } finally {
    await release(tab, to, modifiers);
  }
}

async function release({ root }: DebugTab, { x, y }: Point, modifiers: number): Promise<void> {
  await root.send('Input.dispatchMouseEvent', { type: 'mouseReleased', x, y, button: 'left', buttons: 0, clickCount: 1, modifiers }, INPUT_MS);
}
