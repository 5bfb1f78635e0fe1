// A page whose script does not end keeps its tab: Chrome waits for that script before it shows the next page, and lets no
// extension end it. It exists so that a caller who wants to leave such a page hears that, and not that a server is silent.

import { CdpTimeout } from '../debugger/cdp.ts';
import { ToolError } from '../errors.ts';
import type { Run } from './page-tool.ts';

/** A script that has taken so long is not waited for. */
const BUSY_MS = 8_000;

/** Resolves once the page can be left. */
export async function letGo(run: Run, timeoutMs: number): Promise<void> {
  const { root, dialog, frame } = run.tab;
  if (dialog !== undefined || frame.unreachableUrl !== undefined) return;
  const ms = Math.min(BUSY_MS, timeoutMs);
  try {
    await root.send('Runtime.evaluate', { expression: '0' }, ms);
  } catch (error) {
    // Whatever else Chrome says, it says it at once.
    if (!(error instanceof CdpTimeout) || run.tab.dialog !== undefined) return;
    throw new ToolError(
      'tool_failed',
      `The page in the tab does not let go of it: a script of its own has kept it busy for ${ms} ms.`,
      'Wait a moment and try again, or close the tab with browser_tabs and open a new one.',
    );
  }
}
