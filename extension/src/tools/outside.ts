// Links to other programs (mailto:, tel:, a meeting's own scheme). It exists because Chrome takes the debugger off a tab the moment
// its page asks for such an address, though the tab stays where it is: the action has done its work, and says what became of it.

import { asToolError } from '../errors.ts';
import type { DebugTab } from '../debugger/debug-tab.ts';

const OF_BROWSER = /^(?:https?|file|ftp|about|blob|data|filesystem|javascript|wss?|view-source|chrome[\w-]*|devtools):/i;
/** A refused command may be heard of a moment before the end of the session. */
const END_MS = 500;

/** What is to be told, if the debugger was taken off because the page asked for another program. */
export async function noteOnOutside(tab: DebugTab): Promise<string | undefined> {
  const address = addressOutside(tab);
  if (address === undefined) return undefined;
  const until = performance.now() + END_MS;
  while (!tab.gone.signal.aborted && performance.now() < until) await tab.changed.next(until - performance.now());
  if (!tab.gone.signal.aborted || asToolError(tab.gone.signal.reason).code !== 'tab_gone') return undefined;
  return `The page asked for another program (${address.slice(0, 200)}). Whether one opened cannot be seen from here; the tab stays where it was. Chrome may ask the person about it first, and gives the page no more clicks until they have answered.`;
}

function addressOutside({ frame }: DebugTab): string | undefined {
  const url = frame.pendingUrl();
  return url === undefined || url === '' || OF_BROWSER.test(url) ? undefined : url;
}
