// browser_cookies: those of the site that the tab shows, and of no other. Values are masked unless they are asked for.

import { list, record, text, finite, type JsonRecord } from '../json.ts';
import { MASK } from '../debugger/secrets.ts';
import { ToolError } from '../errors.ts';
import { siteData } from '../site-data.ts';
import { header, pageTool, type Run } from './page-tool.ts';
import { optionalFlag, optionalText, optionalWord, requiredText, wrong } from './params.ts';
import type { Result, Tool } from './tool.ts';

const ACTIONS = ['get', 'set', 'delete', 'clear'] as const;
const SAME_SITE = ['Strict', 'Lax', 'None'] as const;

export const cookies: Tool = pageTool({ need: 'content', kind: 'action' }, async (run) => {
  const { params } = run.call;
  const action = optionalWord(params, 'action', ACTIONS) ?? 'get';
  await siteData.check();
  const site = siteOf(run);
  switch (action) {
    case 'get':
      return get(run, site);
    case 'set':
      return set(run, site);
    case 'delete':
      return remove(run, site, requiredText(params, 'name'));
    case 'clear':
      return remove(run, site, undefined);
  }
});

async function get(run: Run, site: URL): Promise<Result> {
  const { params } = run.call;
  const name = optionalText(params, 'name');
  const showsValues = optionalFlag(params, 'values') ?? false;
  const found = (await cookiesOf(run, site)).filter((cookie) => name === undefined || cookie.name === name);
  const value = found.map((cookie) => told(cookie, showsValues));
  const masked = !showsValues && value.length > 0 ? ' Their values are masked; values: true shows them.' : '';
  return answer(run, `${count(value.length)} of ${site.host}.${masked}`, value);
}

async function set(run: Run, site: URL): Promise<Result> {
  const { params } = run.call;
  const name = requiredText(params, 'name');
  const value = requiredText(params, 'value');
  const domain = optionalText(params, 'domain');
  if (domain !== undefined) checkDomain(domain, site);
  const sameSite = optionalWord(params, 'sameSite', SAME_SITE);
  const expires = expiryOf(params.expires);
  const wanted: JsonRecord = { url: site.href, name, value, path: optionalText(params, 'path') ?? '/' };
  for (const [key, given] of Object.entries({ domain, sameSite, expires, httpOnly: optionalFlag(params, 'httpOnly'), secure: optionalFlag(params, 'secure') })) {
    if (given !== undefined) wanted[key] = given;
  }
  const { success } = await run.tab.root.send('Network.setCookie', wanted);
  if (success === false) {
    throw new ToolError('tool_failed', `Chrome did not take the cookie ${JSON.stringify(name)} for ${site.host}.`, 'A secure cookie needs https, SameSite=None needs secure, __Host- and __Secure- names have rules of their own.');
  }
  return answer(run, `Set the cookie ${JSON.stringify(name)} of ${site.host}. Pages see it at once, servers with the next request.`, []);
}

async function remove(run: Run, site: URL, name: string | undefined): Promise<Result> {
  const found = (await cookiesOf(run, site)).filter((cookie) => name === undefined || cookie.name === name);
  if (name !== undefined && found.length === 0) {
    throw new ToolError('tool_failed', `${site.host} has no cookie ${JSON.stringify(name)}.`, 'See its cookies with browser_cookies action get.');
  }
  for (const { name: own, domain, path, partitionKey } of found) {
    await run.tab.root.send('Network.deleteCookies', { name: own, domain, path, ...(partitionKey === undefined ? {} : { partitionKey }) });
  }
  return answer(run, `Deleted ${count(found.length)} of ${site.host}.`, found.map((cookie) => told(cookie, false)));
}

/** What goes with requests to the page itself and to the site's root. */
async function cookiesOf({ tab }: Run, site: URL): Promise<JsonRecord[]> {
  const { cookies: found } = await tab.root.send('Network.getCookies', { urls: [site.href, `${site.origin}/`] });
  return list(found).map(record);
}

function told({ name, value, domain, path, expires, httpOnly, secure, sameSite, session }: JsonRecord, showsValue: boolean): JsonRecord {
  const ends = finite(expires);
  return {
    name: text(name) ?? '',
    value: showsValue ? (text(value) ?? '') : MASK,
    domain: text(domain) ?? '',
    path: text(path) ?? '',
    ...(session === true || ends === undefined || ends < 0 ? {} : { expires: new Date(ends * 1_000).toISOString() }),
    httpOnly: httpOnly === true,
    secure: secure === true,
    ...(text(sameSite) === undefined ? {} : { sameSite: text(sameSite) }),
  };
}

/** Chrome itself would let a debugger set any site's. */
function checkDomain(domain: string, { hostname }: URL): void {
  const bare = domain.replace(/^\./, '').toLowerCase();
  if (hostname === bare || (hostname.endsWith(`.${bare}`) && bare.includes('.') && !/^[\d.]+$/.test(hostname))) return;
  throw new ToolError('not_allowed', `The tab shows ${hostname}: a cookie for ${domain} is not its own.`, 'Leave domain out, give the host or a domain above it, or go to the other site first.');
}

/** Seconds since 1970, or a date. */
function expiryOf(given: unknown): number | undefined {
  if (given === undefined || given === null || given === '') return undefined;
  const word = text(given)?.trim() ?? '';
  const seconds = finite(given) ?? (/^\d+(\.\d+)?$/.test(word) ? Number(word) : Date.parse(word) / 1_000);
  if (!Number.isFinite(seconds)) throw wrong('expires', 'a date in ISO form, or seconds since 1970');
  return seconds;
}

export function siteOf({ tab }: Run): URL {
  const shown = tab.frame.unreachableUrl === undefined && /^https?:/i.test(tab.frame.url) ? tab.frame.url : undefined;
  if (shown !== undefined && URL.canParse(shown)) return new URL(shown);
  throw new ToolError('unsupported', 'The tab shows no page of a web site, so there is nothing of its own to read or change.', 'Open a page of the site with browser_navigate.');
}

async function answer(run: Run, said: string, value: readonly JsonRecord[]): Promise<Result> {
  return { page: await header(run.tabId), text: said, value: { cookies: value } };
}

function count(n: number): string {
  return n === 1 ? 'One cookie' : `${n === 0 ? 'No' : n} cookies`;
}
