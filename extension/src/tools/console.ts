// browser_get_console_logs: what the tab's pages logged since the client uses it.

import { roomBeside } from '../bounded.ts';
import { ToolError, messageOf } from '../errors.ts';
import { header, mustHold, pageTool } from './page-tool.ts';
import { optionalFlag, optionalNumber, optionalText, optionalWord } from './params.ts';
import type { Tool } from './tool.ts';

const DEFAULT_LIMIT = 100;

export const consoleLogs: Tool = pageTool({ need: 'content', kind: 'reader' }, async (run) => {
  const { params } = run.call;
  const clear = optionalFlag(params, 'clear') === true;
  if (clear) mustHold(run); // Whoever only reads must not take the messages from the others.
  const record = run.tab.console;
  const level = optionalWord(params, 'level', ['error', 'warning', 'info', 'debug']) ?? 'debug';
  const limit = optionalNumber(params, 'limit');
  const page = await header(run.tabId);
  const read = record.read({
    level,
    pattern: patternOf(optionalText(params, 'pattern')),
    limit: Math.floor(limit ?? DEFAULT_LIMIT),
    room: limit === undefined ? roomBeside(page.url) : undefined,
  });
  // Those that are not shown now are forgotten as well: no larger limit brings them.
  const value = clear ? { ...read, more: 0, dropped: read.dropped + read.more } : read;
  for (const gap of record.gaps) run.notes.push(`The record of the console may miss messages ${gap}.`);
  if (clear) record.clear();
  return { page, value };
});

function patternOf(pattern: string | undefined): RegExp | undefined {
  if (pattern === undefined) return undefined;
  try {
    return new RegExp(pattern, 'i');
  } catch (error) {
    throw new ToolError('invalid_params', `pattern is not a regular expression: ${messageOf(error)}.`, 'Correct the pattern.');
  }
}
