// browser_handle_dialog: answers the alert, confirm, prompt or "leave this page?" that holds a page up.

import { sleep } from '../async.ts';
import { bounded } from '../bounded.ts';
import { CdpError } from '../debugger/cdp.ts';
import type { RunningScript } from '../debugger/debug-tab.ts';
import { describeDialog } from '../debugger/dialog-text.ts';
import { messageOf, ToolError } from '../errors.ts';
import { finish, pageTool, type Run } from './page-tool.ts';
import { optionalFlag, optionalText, wrong } from './params.ts';
import type { Tool } from './tool.ts';

/** A script that goes on for longer has something else to wait for. */
const SCRIPT_MS = 1_000;
const VALUE_CHARS = 10_000;

export const handleDialog: Tool = pageTool({ need: 'content', kind: 'action', evenWithDialog: true }, async (run) => {
  const { tab, call } = run;
  const accept = optionalFlag(call.params, 'accept');
  if (accept === undefined) throw wrong('accept', 'true or false');
  const { dialog, script } = tab;
  if (dialog === undefined) throw noDialog();
  // A person who just presses OK gives the answer that stands there already; without this Chrome would give an empty one.
  const promptText = optionalText(call.params, 'promptText') ?? dialog.defaultPrompt;
  const since = tab.tick;
  try {
    await tab.root.send('Page.handleJavaScriptDialog', { accept, ...(promptText === undefined ? {} : { promptText }) });
  } catch (error) {
    tab.dialogGone();
    // The person was faster.
    if (error instanceof CdpError && /no dialog/i.test(error.detail)) throw noDialog();
    throw error;
  }
  tab.dialogGone(dialog);
  run.said = `${accept ? 'Accepted' : 'Dismissed'} the ${describeDialog(dialog)}`;
  const told = await valueAfter(script, run);
  return finish(run, since, `${run.said}${told}`);
});

/** What became of the script that waited for the dialog, if the same client ran it with browser_evaluate. */
async function valueAfter(script: RunningScript | undefined, { call }: Run): Promise<string> {
  if (script === undefined || script.clientId !== call.clientId) return '';
  const ended = script.outcome.then(
    ({ value, notes }) => ` The script that waited for it returned ${bounded(JSON.stringify(value), VALUE_CHARS)}${notes.map((note) => ` (${note})`).join('')}`,
    (error: unknown) => ` The script that waited for it failed: ${messageOf(error)}`,
  );
  return Promise.race([ended, sleep(SCRIPT_MS, call.signal).then(() => ' The script that waited for it still runs.')]);
}

function noDialog(): ToolError {
  return new ToolError('tool_failed', 'No dialog is open in this tab.', 'Go on with browser_snapshot.');
}
