// browser_network_requests and browser_network_request: what the tab's pages asked their servers since the client holds the tab,
// with secrets masked.

import { bounded, roomBeside } from '../bounded.ts';
import { CdpError } from '../debugger/cdp.ts';
import type { NetworkEntry } from '../debugger/network-record.ts';
import { maskedBody, maskedHeaders } from '../debugger/secrets.ts';
import { ToolError } from '../errors.ts';
import { text } from '../json.ts';
import { header, pageTool, type Run } from './page-tool.ts';
import { optionalFlag, optionalNumber, optionalText, optionalWord, wrong } from './params.ts';
import type { Tool } from './tool.ts';

const LIMIT = 100;
/** What a header's line holds beside its name and value, and what says that the value was cut. */
const HEADER_CHARS = 5;
const CUT_CHARS = 22;
const READER = { need: 'content', kind: 'reader' } as const;

export const networkRequests: Tool = pageTool(READER, async (run) => {
  const { params } = run.call;
  const { network } = run.tab;
  const limit = optionalNumber(params, 'limit');
  const page = await header(run.tabId);
  const found = network.read({
    filter: optionalText(params, 'filter'),
    withStatic: optionalFlag(params, 'static') ?? false,
    limit: Math.max(1, Math.floor(limit ?? LIMIT)),
    room: limit === undefined ? roomBeside(page.url) : undefined,
  });
  for (const gap of network.gaps) run.notes.push(`The record of requests misses what happened ${gap}.`);
  return { page, value: { ...found, requests: found.requests.map(summary) } };
});

function summary({ key: _key, untold: _untold, requestHeaders: _sent, responseHeaders: _got, postData: _post, hasPostData: _has, ...told }: NetworkEntry): Record<string, unknown> {
  return { ...told, type: told.type.toLowerCase() };
}

export const networkRequest: Tool = pageTool(READER, async (run) => {
  const { params } = run.call;
  const id = optionalNumber(params, 'id');
  if (id === undefined) throw wrong('id', 'the number of a request');
  const entry = run.tab.network.get(id);
  if (entry === undefined) {
    const known = run.tab.network.last === 0 ? 'No request was made' : `Requests up to ${run.tab.network.last} were made; the oldest are not kept`;
    throw new ToolError('invalid_params', `This tab has no request ${id}. ${known}.`, 'See them with browser_network_requests.');
  }
  const part = optionalWord(params, 'part', ['headers', 'body', 'request']) ?? 'headers';
  const page = await header(run.tabId);
  const room = roomBeside(page.url) - entry.url.length;
  return { page, value: { ...summary(entry), part, ...(await partOf(run, entry, part, room, optionalNumber(params, 'maxChars'))) } };
});

/** `maxChars` bounds a body; more of it than a default answer has room for is room for headers as well. */
async function partOf(run: Run, entry: NetworkEntry, part: 'headers' | 'body' | 'request', room: number, maxChars: number | undefined): Promise<Record<string, unknown>> {
  const half = Math.max(room, maxChars ?? 0) / 2;
  const shown = (headers: Headers): Headers => headersThatFit(maskedHeaders(headers), half);
  switch (part) {
    case 'headers':
      return { requestHeaders: shown(entry.requestHeaders), responseHeaders: shown(entry.responseHeaders) };
    case 'request': {
      const sent = await sentBody(run, entry);
      const requestHeaders = shown(entry.requestHeaders);
      return { requestHeaders, ...(sent === undefined ? {} : cut(maskedBody(sent), maxChars ?? Math.max(0, room - charsOf(requestHeaders)))) };
    }
    case 'body':
      return cut(await body(run, entry), maxChars ?? room);
  }
}

type Headers = Record<string, string>;

function charsOf(headers: Headers): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length + HEADER_CHARS, 0);
}

/** The headers, their values cut alike where all of them do not fit. */
function headersThatFit(headers: Headers, room: number): Headers {
  if (charsOf(headers) <= room) return headers;
  const told = Object.entries(headers);
  const each = room / told.length - HEADER_CHARS - CUT_CHARS;
  return Object.fromEntries(told.map(([name, value]) => [name, shorter(value, Math.floor(each - name.length))]));
}

/** Cut where that makes it shorter. */
function shorter(value: string, most: number): string {
  const cut = bounded(value, Math.max(0, most));
  return cut.length < value.length ? cut : value;
}

function cut(body: string, maxChars: number): { body: string; remainingChars?: number } {
  return body.length <= maxChars ? { body } : { body: body.slice(0, maxChars), remainingChars: body.length - maxChars };
}

async function sentBody({ tab, notes }: Run, entry: NetworkEntry): Promise<string | undefined> {
  const { key, postData, hasPostData } = entry;
  const asked = key === undefined || (postData ?? hasPostData) === undefined ? {} : await tab.session(key.sessionId).send('Network.getRequestPostData', { requestId: key.requestId }).catch(() => ({}));
  const sent = text(Reflect.get(asked, 'postData')) || postData;
  if (sent === undefined && hasPostData === true) notes.push('The request had a body that Chrome does not keep, as with a form that sends files (multipart); what it held is not known.');
  return sent;
}

async function body({ tab, notes }: Run, entry: NetworkEntry): Promise<string> {
  if (entry.error !== undefined) throw new ToolError('tool_failed', `Request ${entry.id} failed (${entry.error}); it has no body.`, 'See its headers with part headers.');
  if (entry.key === undefined) throw new ToolError('tool_failed', `Request ${entry.id} was redirected; it has no body.`, 'Ask for the body of the request after it.');
  if (entry.type === 'WebSocket') throw new ToolError('tool_failed', `Request ${entry.id} is a WebSocket: it has no body, and its messages are not recorded.`, 'See its headers with part headers.');
  if (entry.untold === true) throw new ToolError('tool_failed', `Request ${entry.id} is the script that a worker starts from; Chrome tells this extension nothing of its answer.`, 'Read the script with browser_evaluate and fetch, in a page of its site.');
  if (entry.ms === undefined) throw new ToolError('tool_failed', `Request ${entry.id} is still running.`, 'Wait with browser_wait_for and networkIdle, then ask again.');
  const { sessionId, requestId } = entry.key;
  try {
    const answer = await tab.session(sessionId).send('Network.getResponseBody', { requestId });
    const content = text(answer.body) ?? '';
    if (answer.base64Encoded !== true) return content;
    const bytes = Math.floor((content.length * 3) / 4);
    notes.push(`The body is no text but ${bytes} bytes of ${entry.mimeType ?? 'some other type'}; its bytes are not shown.`);
    return '';
  } catch (error) {
    if (!(error instanceof CdpError)) throw error;
    throw new ToolError('tool_failed', `Chrome does not hold the body of request ${entry.id} any more: the page that made it is gone, it was too large, or it is the document of a frame of another site.`, 'Load the page again and ask before it is left; read what a frame shows with browser_snapshot.');
  }
}
