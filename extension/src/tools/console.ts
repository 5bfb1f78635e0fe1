// browser_get_console_logs: what the tab's pages logged since the client uses it.

import { lastThatFit, roomBeside } from '../bounded.ts';
import { ToolError, messageOf } from '../errors.ts';
import type { ConsoleRead } from '../debugger/console-record.ts';
import { header, mustHold, pageTool } from './page-tool.ts';
import { optionalFlag, optionalNumber, optionalText, optionalWord } from './params.ts';
import type { Tool } from './tool.ts';

const DEFAULT_LIMIT = 100;
/** What a line holds beside the text and where it comes from. */
const LINE_CHARS = 24;

export const consoleLogs: Tool = pageTool({ need: 'content', kind: 'reader' }, async (run) => {
  const { params } = run.call;
  const clear = optionalFlag(params, 'clear') === true;
  if (clear) mustHold(run); // Whoever only reads must not take the messages from the others.
  const record = run.tab.console;
  const level = optionalWord(params, 'level', ['error', 'warning', 'info', 'debug']) ?? 'debug';
  const limit = optionalNumber(params, 'limit');
  const page = await header(run.tabId);
  const found = record.read({ level, pattern: patternOf(optionalText(params, 'pattern')), limit: Math.floor(limit ?? DEFAULT_LIMIT) });
  const read = limit === undefined ? fitting(found, page.url) : found;
  // Those that are not shown now are forgotten as well: no larger limit brings them.
  const value = clear ? { ...read, more: 0, dropped: read.dropped + read.more } : read;
  for (const gap of record.gaps) run.notes.push(`The record of the console may miss messages ${gap}.`);
  if (clear) record.clear();
  return { page, value };
});

/** What a default answer has room for. */
function fitting(found: ConsoleRead, url: string): ConsoleRead {
  const entries = lastThatFit(found.entries, roomBeside(url), ({ text, source }) => text.length + (source?.length ?? 0) + LINE_CHARS);
  return { ...found, entries, more: found.more + found.entries.length - entries.length };
}

function patternOf(pattern: string | undefined): RegExp | undefined {
  if (pattern === undefined) return undefined;
  try {
    return new RegExp(pattern, 'i');
  } catch (error) {
    throw new ToolError('invalid_params', `pattern is not a regular expression: ${messageOf(error)}.`, 'Correct the pattern.');
  }
}
