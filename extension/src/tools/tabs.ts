// browser_tabs: a client's tabs, listed, opened, closed, chosen; whose a tab is stands in leases.ts.

import { shortUrl } from '../bounded.ts';
import type { Client } from '../clients/leases.ts';
import { ToolError } from '../errors.ts';
import { openableAddress } from './address-rules.ts';
import { claim, handOff, release, share } from './leases.ts';
import { currentNow, free, listed } from './listed-tabs.ts';
import { openPage } from './navigation.ts';
import { runOnTab } from './page-tool.ts';
import { optionalFlag, optionalNumber, optionalText, optionalWord, wrong } from './params.ts';
import { permission } from './permission.ts';
import type { CallContext, Result, Tool } from './tool.ts';

const ACTIONS = ['list', 'new', 'close', 'select', 'claim', 'release', 'share', 'handoff'] as const;

export const tabs: Tool = async (call) => {
  const action = optionalWord(call.params, 'action', ACTIONS);
  if (action === undefined) throw wrong('action', `one of ${ACTIONS.join(', ')}`);
  await call.services.tabs.ready();
  const client = call.services.tabs.leases.client(call.clientId, call.clientName);
  switch (action) {
    case 'list':
      return list(call, client);
    case 'new':
      return openNew(call, client);
    case 'close':
      return close(call, client);
    case 'select':
      return select(call, client);
    case 'claim':
      return claim(call, client);
    case 'release':
      return release(call, client, ownOrCurrent(call, client));
    case 'share':
      return share(call, client, ownOrCurrent(call, client));
    case 'handoff':
      return handOff(call, client, ownOrCurrent(call, client));
  }
};

/** With `all` the tabs that could be claimed are shown, too. What they show is the person's business, so their setting decides. */
async function list(call: CallContext, client: Client): Promise<Result> {
  const held = `You hold ${client.tabs.length === 1 ? 'one tab' : `${client.tabs.length} tabs`}.`;
  if (optionalFlag(call.params, 'all') !== true) return listed(call, client, held);
  await permission(call, {
    heading: 'asks to see which tabs you have open:',
    message: 'It would read the titles and addresses of all your tabs, this once. To act in one of them it must ask again.',
    what: 'see the person’s open tabs',
  });
  const others = await free(call);
  const said = others.length === 1 ? 'One tab is free to be claimed.' : `${others.length} tabs are free to be claimed.`;
  return listed(call, client, `${held} ${said}`, others);
}

async function openNew(call: CallContext, client: Client): Promise<Result> {
  const { services, params } = call;
  const url = optionalText(params, 'url');
  const address = url === undefined ? undefined : openableAddress(url, services.allowFileUrls());
  const tabId = await services.tabs.open(client, true);
  call.usesTab(tabId);
  if (optionalFlag(params, 'background') === false) await chrome.tabs.update(tabId, { active: true });
  const tab = await services.debuggers.ensure(tabId);
  if (address === undefined || address === 'about:blank') return listed(call, client, `Opened tab ${tabId}, now your current tab.`);
  const opened = await runOnTab(call, tab, { need: 'any', kind: 'action' }, (run) => openPage(run, address));
  return { ...(await listed(call, client, `Opened tab ${tabId}, now your current tab, at ${shortUrl(address)}.`)), ...withoutText(opened) };
}

async function close(call: CallContext, client: Client): Promise<Result> {
  const tabId = ownOrCurrent(call, client);
  call.usesTab(tabId);
  const tab = call.services.debuggers.attached(tabId);
  if (tab !== undefined) tab.acceptUnload = true; // The caller has said that it wants to leave.
  await call.services.tabs.close(tabId);
  return listed(call, client, `Closed tab ${tabId}. ${currentNow(client)}`);
}

async function select(call: CallContext, client: Client): Promise<Result> {
  const tabId = chosen(call, client);
  if (tabId === undefined) throw wrong('tabId', 'the id of one of your tabs (or give index)');
  call.usesTab(tabId);
  await call.services.tabs.select(client, tabId);
  if (optionalFlag(call.params, 'background') === false) await chrome.tabs.update(tabId, { active: true });
  return listed(call, client, `Tab ${tabId} is your current tab now.`);
}

function ownOrCurrent(call: CallContext, client: Client): number {
  const tabId = chosen(call, client) ?? client.current;
  if (tabId === undefined) throw new ToolError('tab_gone', 'You have no current tab.', 'Say which with tabId, or open a page with browser_navigate.');
  return tabId;
}

/** The tab that tabId or index names, if either is given: one of the client's own. */
function chosen(call: CallContext, client: Client): number | undefined {
  const { tabs: clientTabs } = call.services;
  const tabId = optionalNumber(call.params, 'tabId');
  if (tabId !== undefined) return clientTabs.leases.resolve(client, tabId, 'any', (id) => clientTabs.exists(id));
  const index = optionalNumber(call.params, 'index');
  if (index === undefined) return undefined;
  const held = client.tabs[index];
  if (held === undefined) {
    throw new ToolError(
      'tab_gone',
      `You hold ${client.tabs.length} tabs; there is none at index ${index}.`,
      'See your tabs with browser_tabs action list; the index counts from 0.',
    );
  }
  return held;
}

function withoutText(result: Result): Result {
  const { text: _text, ...rest } = result;
  return rest;
}
