// Moves and clicks the mouse in a tab through CDP, in CSS pixels of the top frame. It exists for one rule: a move is never
// awaited, since its acknowledgement takes seconds in a hidden tab; press and release come in order after it.

import { ignore } from '../async.ts';
import type { Cdp } from '../debugger/cdp.ts';
import type { JsonRecord } from '../json.ts';

export type Button = 'left' | 'right' | 'middle';

const INPUT_MS = 30_000;
const BUTTONS: Record<Button, number> = { left: 1, right: 2, middle: 4 };

export interface Point {
  x: number;
  y: number;
}

export interface Click {
  button: Button;
  /** CDP's modifier bits. */
  modifiers: number;
  double: boolean;
}

export function move(session: Cdp, { x, y }: Point, modifiers = 0): void {
  ignore(session.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y, modifiers, button: 'none' }, INPUT_MS));
}

/** Turns the wheel over a point. Not awaited to its end: like a move, it is acknowledged late in a hidden tab. */
export function wheel(session: Cdp, { x, y }: Point, deltaX: number, deltaY: number): void {
  ignore(session.send('Input.dispatchMouseEvent', { type: 'mouseWheel', x, y, deltaX, deltaY, modifiers: 0 }, INPUT_MS));
}

export async function click(session: Cdp, point: Point, { button, modifiers, double }: Click): Promise<void> {
  move(session, point, modifiers);
  const sent: Promise<JsonRecord>[] = [];
  for (let clickCount = 1; clickCount <= (double ? 2 : 1); clickCount++) {
    const event = { x: point.x, y: point.y, button, modifiers, clickCount };
    sent.push(
      session.send('Input.dispatchMouseEvent', { ...event, type: 'mousePressed', buttons: BUTTONS[button] }, INPUT_MS),
      session.send('Input.dispatchMouseEvent', { ...event, type: 'mouseReleased', buttons: 0 }, INPUT_MS),
    );
  }
  await Promise.all(sent);
}
