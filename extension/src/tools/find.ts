// browser_find: where on the page something is, without reading all of the page. It exists because a snapshot of a large page
// costs more than the one button that is looked for.

import { ToolError } from '../errors.ts';
import { header, pageTool } from './page-tool.ts';
import { optionalNumber, optionalText } from './params.ts';
import type { Tool } from './tool.ts';

const LIMIT = 10;
const MAX_LIMIT = 200;

export const find: Tool = pageTool({ need: 'content', kind: 'reader' }, async (run) => {
  const { params, services, waitingFor } = run.call;
  const asked = Object.fromEntries(['text', 'regex', 'role', 'name'].flatMap((name) => {
    const value = optionalText(params, name);
    return value === undefined || value === '' ? [] : [[name, value]];
  }));
  if (Object.keys(asked).length === 0) {
    throw new ToolError('invalid_params', 'There is nothing to look for.', 'Give text, regex, or role (with name if you like).');
  }
  const limit = Math.max(1, Math.min(MAX_LIMIT, Math.floor(optionalNumber(params, 'limit') ?? LIMIT)));
  waitingFor('the page to be searched');
  const value = await services.pages.find(run.tabId, { ...asked, limit });
  return { page: await header(run.tabId), value };
});
