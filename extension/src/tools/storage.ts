// browser_storage: local and session storage of the page that the tab shows, of its top frame's origin alone. Values are masked
// unless they are asked for. It works in the extension's own world, where no page can bend what is read or written.

import { MASK } from '../debugger/secrets.ts';
import { messageOf, ToolError } from '../errors.ts';
import { isRecord, list, record, text, type JsonRecord } from '../json.ts';
import { siteData } from '../site-data.ts';
import { siteOf } from './cookies.ts';
import { header, pageTool, type Run } from './page-tool.ts';
import { optionalFlag, optionalText, optionalWord, requiredText } from './params.ts';
import type { Tool } from './tool.ts';

const ACTIONS = ['get', 'set', 'delete', 'clear'] as const;
const AREAS = ['local', 'session'] as const;
/** Of one value in a list; one that is named is shown in full. */
const SHOWN_CHARS = 2_000;

interface Order {
  /** The page may go to another site before the order comes to it. */
  origin?: string;
  action: (typeof ACTIONS)[number];
  area: (typeof AREAS)[number];
  key?: string;
  value?: string;
}

export const storage: Tool = pageTool({ need: 'content', kind: 'action' }, async (run) => {
  const { params } = run.call;
  const action = optionalWord(params, 'action', ACTIONS) ?? 'get';
  const area = optionalWord(params, 'area', AREAS) ?? 'local';
  await siteData.check();
  const { origin } = siteOf(run);
  const key = action === 'set' || action === 'delete' ? requiredText(params, 'key') : optionalText(params, 'key');
  const order: Order = { action, area, ...(key === undefined ? {} : { key }), ...(action === 'set' ? { value: requiredText(params, 'value') } : {}) };
  const entries = await carriedOut(run, { ...order, origin });
  const where = `${area} storage of ${origin}`;
  const showsValues = optionalFlag(params, 'values') ?? false;
  const told = action === 'get' ? entries.map(([name, value]) => entryOf(name, value, showsValues, key !== undefined)) : [];
  return { page: await header(run.tabId), text: said(order, entries.length, where, showsValues), value: { area, entries: told } };
});

async function carriedOut(run: Run, order: Order): Promise<[string, string][]> {
  const results = await chrome.scripting
    .executeScript({
      target: { tabId: run.tabId, frameIds: [0] },
      args: [order],
      injectImmediately: true,
      func: ({ action, area, key, value, origin: expected }: Order) => {
        try {
          if (location.origin !== expected) return { failed: `the page went to ${location.origin} meanwhile` };
          const store = area === 'local' ? localStorage : sessionStorage;
          const keys = Array.from({ length: store.length }, (_, i) => store.key(i) ?? '').filter((name) => key === undefined || name === key);
          const found = keys.map((name) => [name, store.getItem(name) ?? '']);
          if (action === 'set' && key !== undefined) store.setItem(key, value ?? '');
          else if (action === 'delete' && key !== undefined) store.removeItem(key);
          else if (action === 'clear') store.clear();
          return { found: action === 'get' ? found : found.map(([name]) => [name, '']) };
        } catch (error) {
          return { failed: `${error instanceof Error ? error.name : ''}: ${error instanceof Error ? error.message : String(error)}` };
        }
      },
    })
    .catch((error: unknown) => {
      throw new ToolError('unsupported', `Chrome does not let the extension into this page: ${messageOf(error)}`, 'Open a page of the site with browser_navigate.');
    });
  const outcome = record(results[0]?.result);
  const failed = text(outcome.failed);
  if (failed === undefined && isRecord(results[0]?.result)) {
    return list(outcome.found).map((pair) => [text(list(pair)[0]) ?? '', text(list(pair)[1]) ?? '']);
  }
  if (failed?.startsWith('QuotaExceeded') === true) {
    throw new ToolError('tool_failed', `The ${order.area} storage of this site is full; nothing was written.`, 'Delete what is not needed, or write less.');
  }
  throw new ToolError('unsupported', `This page has no ${order.area} storage of its own (${failed ?? 'it did not answer'}).`, 'A sandboxed page, or one whose cookies are blocked, has none; use another page of the site.');
}

function entryOf(key: string, value: string, showsValue: boolean, isNamed: boolean): JsonRecord {
  const shown = isNamed || value.length <= SHOWN_CHARS ? value : `${value.slice(0, SHOWN_CHARS).toWellFormed()}…`;
  return { key, value: showsValue ? shown : MASK, chars: value.length };
}

function said({ action, key }: Order, found: number, where: string, showsValues: boolean): string {
  const name = JSON.stringify(key);
  const entries = found === 1 ? 'one entry' : `${found} entries`;
  switch (action) {
    case 'get': {
      const masked = found > 0 && !showsValues ? ' Values are masked; values: true shows them.' : '';
      return `The ${where} has ${key === undefined ? entries : found === 0 ? `no ${name}` : name}.${masked}`;
    }
    case 'set':
      return `${found === 0 ? 'Added' : 'Replaced'} ${name} in the ${where}. Pages that are open read it when they look.`;
    case 'delete':
      return found === 0 ? `The ${where} had no ${name}.` : `Deleted ${name} from the ${where}.`;
    case 'clear':
      return `Cleared the ${where}: ${entries} deleted.`;
  }
}
