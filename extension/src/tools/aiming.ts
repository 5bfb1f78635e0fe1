// Finds the element that an action is about and waits until it is ready for it. It exists because every action begins so.

import type { Purpose } from '../page/protocol.ts';
import type { Target } from '../pages/types.ts';
import type { Run } from './page-tool.ts';

/** How long an element may take to become visible, still, enabled and uncovered. */
const ACTIONABLE_MS = 5_000;

export async function locate(run: Run, ref: string, purpose: Purpose): Promise<Target> {
  const { call, tabId } = run;
  call.waitingFor(`${ref} to be ready for the action`);
  const deadline = Math.min(call.deadline, performance.now() + ACTIONABLE_MS);
  const target = await call.services.pages.locate(tabId, ref, purpose, run.signal, deadline);
  call.waitingFor(`the page to take the action on ${target.what}`);
  return target;
}
