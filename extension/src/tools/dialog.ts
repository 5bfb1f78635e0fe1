// browser_handle_dialog: answers the alert, confirm, prompt or "leave this page?" that holds a page up.

import { describeDialog } from '../debugger/dialog-text.ts';
import { CdpError } from '../debugger/cdp.ts';
import { ToolError } from '../errors.ts';
import { finish, pageTool } from './page-tool.ts';
import { optionalFlag, optionalText, wrong } from './params.ts';
import type { Tool } from './tool.ts';

export const handleDialog: Tool = pageTool({ need: 'content', kind: 'action', evenWithDialog: true }, async (run) => {
  const { tab, call } = run;
  const accept = optionalFlag(call.params, 'accept');
  if (accept === undefined) throw wrong('accept', 'true or false');
  const { dialog } = tab;
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
  return finish(run, since, run.said);
});

function noDialog(): ToolError {
  return new ToolError('tool_failed', 'No dialog is open in this tab.', 'Go on with browser_snapshot.');
}
