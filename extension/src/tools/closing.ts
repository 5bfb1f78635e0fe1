// A tab that closes under an action, as popup windows do that have done their work. It exists so that the client hears what was
// done before, and where it is now, instead of only that the tab is gone.

import { asToolError, ToolError } from '../errors.ts';
import { sleep } from '../async.ts';
import type { Run } from './page-tool.ts';
import type { Result } from './tool.ts';

/** The end of the debugger's session is heard of a moment before the end of the tab. */
const END_MS = 500;
const LOOK_MS = 20;

/** The answer of an action under which the tab closed; undefined: it did not, or nothing was done before. */
export async function closedUnder(run: Run, error: unknown): Promise<Result | undefined> {
  const { call, tab, tabId, said, input } = run;
  const { tabs } = call.services;
  if (input === 'none' || call.signal.aborted || asToolError(error).code !== 'tab_gone') return undefined;
  const until = performance.now() + END_MS;
  while (tabs.leases.ownerOf(tabId) !== undefined && performance.now() < until) await sleep(LOOK_MS);
  if (tabs.leases.ownerOf(tabId) !== undefined) return undefined;
  const current = await tabs.goOn(tabs.leases.client(call.clientId, call.clientName), tabId);
  const now = current === undefined ? 'You have no tab now: browser_navigate opens one.' : `Your current tab is ${current} now.`;
  if (input === 'several') throw new ToolError('tab_gone', `${said} Then tab ${tabId} closed, before all was done: the page closed it, or the person did.`, now, { tabId });
  run.notes.push(`Tab ${tabId} closed with that: the page closed it, or the person did. ${now}`);
  return { page: { tabId, url: tab.frame.url, title: '' }, text: said };
}
