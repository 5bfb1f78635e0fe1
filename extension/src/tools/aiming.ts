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
/**
 * For how long input of the mouse that no document heard is sent again. Chrome sends it past a frame of another site that it has
 * not drawn yet: on a busy machine such a frame is there to be named before that.
 */
const UNHEARD_MS = 2_000;
const BETWEEN_MS = 30;
const MOVED_MS = 100;
const HELD_NEXT = 'Ask them, or go on in a new tab (browser_navigate with newTab).';

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
 * Presses the mouse on what was located for 'press'. Where the page moved it from under the mouse in the last moment, or heard
 * nothing, nothing was pressed, and it is aimed at again.
 */
export async function press(run: Run, aimed: Target, how: Click): Promise<void> {
  const { call, tab, tabId } = run;
  const start = performance.now();
  const deadline = Math.min(call.deadline, start + ACTIONABLE_MS);
  const unheard = Math.min(deadline, start + UNHEARD_MS);
  for (let target = aimed; ; target = await locate(run, aimed.ref ?? '', 'press')) {
    await click(tab.root, target, how);
    // A document that went away with the click cannot be asked, and was hit.
    const { landed, came, instead, strayed } = await call.services.pages.ask(tabId, target, 'landed', {}).catch(() => ({ landed: true, came: true, instead: '', strayed: '' }));
    if (!came && tab.dialog === undefined && !tab.gone.signal.aborted) {
      if (aimed.ref !== undefined && performance.now() < unheard) {
        await sleep(BETWEEN_MS, run.signal);
        continue;
      }
      const held = `The page heard nothing of the press on ${target.what}: Chrome may be showing a question of its own over the tab (whether to open another program, for example) and hold all input back until the person answers it, or has not drawn the page yet.`;
      // The next steps of a batch were thought of for a page that took this one.
      if (call.brief === true) throw new ToolError('outcome_unknown', held, HELD_NEXT);
      run.notes.push(`${held} ${HELD_NEXT}`);
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

/** Brings the mouse over what was located, until the document there knows of it; that is after its next frame. */
export async function pointAt(run: Run, target: Target): Promise<void> {
  const { tab, tabId, call } = run;
  for (const end = performance.now() + UNHEARD_MS; ; await sleep(BETWEEN_MS, run.signal)) {
    move(tab.root, target);
    ignore(call.services.pages.mark(tabId));
    await call.services.pages.quiet(tabId, MOVED_MS);
    // A document that went away when the mouse came knew of it.
    const isThere = await call.services.pages.ask(tabId, target, 'isPointedAt', {}).catch(() => true);
    if (isThere || tab.dialog !== undefined || tab.gone.signal.aborted || performance.now() > end) return;
  }
}
