// Finds the element that an action is about, waits until it is ready for it, and presses the mouse on it. It exists because every
// action begins so.

import { ignore, sleep } from '../async.ts';
import { click, type Click, move } from '../input/mouse.ts';
import { ToolError } from '../errors.ts';
import type { Purpose } from '../page/protocol.ts';
import type { Target } from '../pages/types.ts';
import type { Run } from './page-tool.ts';

/** How long an element may take to become visible, still, enabled and uncovered. */
export const ACTIONABLE_MS = 5_000;
const LATE_MS = 1_000;
/** For how long the mouse is moved anew where the document there does not hear of it. */
const UNHEARD_MS = 2_000;
const BETWEEN_MS = 30;
const MOVED_MS = 100;
/** How often a press that a frame did not hear is made anew, once the mouse is over it. */
const MAX_AGAIN = 2;
const UNHEARD = 'Chrome may be showing a question of its own over the tab (whether to open another program, for example) and hold all input back until the person answers it, or has not drawn the page yet.';
const UNHEARD_NEXT = 'Try once more; if that is in vain, ask them, or go on in a new tab (browser_navigate with newTab).';

/** One press of the left button. */
export const PLAIN = { button: 'left', double: false, modifiers: 0 } as const;

export async function locate(run: Run, ref: string, purpose: Purpose): Promise<Target> {
  const { call, tabId } = run;
  call.waitingFor(`${ref} to be ready for the action`);
  const deadline = Math.min(call.deadline, performance.now() + ACTIONABLE_MS);
  // Within its time the page says at least that the element is not ready.
  const late = setTimeout(() => call.waitingFor(`the page to answer about ${ref}: a script of its own keeps it busy`), ACTIONABLE_MS + LATE_MS);
  const target = await call.services.pages.locate(tabId, ref, purpose, run.signal, deadline).finally(() => clearTimeout(late));
  call.waitingFor(`the page to take the action on ${target.what}`);
  return target;
}

/**
 * Presses the mouse on what was located for 'press'. Where the page moved it from under the mouse in the last moment, nothing was
 * pressed, and it is aimed at again; so it is where a frame heard nothing of the press but hears of the mouse.
 */
export async function press(run: Run, aimed: Target, how: Click): Promise<void> {
  const { call, tab, tabId } = run;
  const deadline = Math.min(call.deadline, performance.now() + ACTIONABLE_MS);
  let again = 0;
  for (let { target } = await reach(run, aimed, 'press'); ; target = await locate(run, aimed.ref ?? '', 'press')) {
    await click(tab.root, target, how);
    // A document that went away with the click cannot be asked, and was hit.
    const { landed, came, instead, strayed } = await call.services.pages.ask(tabId, target, 'landed', {}).catch(() => ({ landed: true, came: true, instead: '', strayed: '' }));
    if (!came && tab.dialog === undefined && !tab.gone.signal.aborted) {
      // Chrome's processes route the mouse by what they have drawn: while that is old, a press can go past a frame.
      if (target.frameId !== 0 && aimed.ref !== undefined && again < MAX_AGAIN && (await pointAt(run, target, 'press')).isThere) {
        again += 1;
        continue;
      }
      unheard(run, `The page heard nothing of the press on ${target.what}`);
    }
    if (strayed !== '') {
      throw new ToolError(
        'tool_failed',
        `The press meant for ${target.what} was heard on ${strayed} instead, and has happened there: the page shows the frame around it in a way that cannot be aimed through (a perspective, for example).`,
        'Look at the page with browser_snapshot for what the press did; browser_press_key with the ref and Enter needs no aim.',
      );
    }
    if (landed || aimed.ref === undefined) return;
    if (performance.now() >= deadline) {
      throw new ToolError(
        'not_actionable',
        `${target.what} moves away from under the mouse each time; the press would have hit ${instead} and was held back.`,
        'Wait until the page is at rest (browser_wait_for), or look at it with browser_screenshot.',
      );
    }
  }
}

export interface Pointed {
  /** As it was located last. */
  target: Target;
  isThere: boolean;
}

/**
 * The same where its frame has heard of the mouse before. What comes first to a frame is no press: while Chrome has not drawn a
 * frame of another site, the mouse goes to the page around it.
 */
export async function reach(run: Run, target: Target, purpose: Purpose): Promise<Pointed> {
  return target.frameId === 0 || target.heardMouse ? { target, isThere: true } : pointAt(run, target, purpose);
}

/** Brings the mouse over what was located, until the document there has heard of it; that is after its next frame. */
export async function pointAt(run: Run, aimed: Target, purpose: Purpose): Promise<Pointed> {
  const { tab, tabId, call } = run;
  const end = Math.min(call.deadline, performance.now() + UNHEARD_MS);
  for (let target = aimed; ; target = await locate(run, aimed.ref ?? '', purpose)) {
    move(tab.root, target);
    ignore(call.services.pages.mark(tabId));
    await call.services.pages.quiet(tabId, MOVED_MS);
    // A document that went away when the mouse came has heard of it.
    const isThere = await call.services.pages.ask(tabId, target, 'isPointedAt', target.own).catch(() => true);
    if (isThere || tab.dialog !== undefined || tab.gone.signal.aborted) return { target, isThere: true };
    if (aimed.ref === undefined || performance.now() > end) return { target, isThere: false };
    await sleep(BETWEEN_MS, run.signal);
  }
}

/** Notes that input was lost. The next steps of a batch were thought of for a page that took this one: there it fails. */
export function unheard(run: Run, what: string): void {
  const error = lost('outcome_unknown', what);
  if (run.call.brief === true) throw error;
  run.notes.push(`${error.message} ${UNHEARD_NEXT}`);
}

export function lost(code: 'outcome_unknown' | 'not_actionable', what: string): ToolError {
  return new ToolError(code, `${what}: ${UNHEARD}`, UNHEARD_NEXT);
}
