// browser_tabs with claim, release, share and handoff: whose a tab is. One client acts in a tab, its holder; others read it if the
// holder shares it. Nothing here brings a tab or a window to the front.

import { reasonOf } from '../async.ts';
import { tabGone, type Client } from '../clients/leases.ts';
import { isEndOfWorker, ToolError } from '../errors.ts';
import { addressOf, closedToClients } from './address-rules.ts';
import { currentNow, listed } from './listed-tabs.ts';
import { optionalNumber, optionalText, requiredText, wrong } from './params.ts';
import { permission } from './permission.ts';
import type { CallContext, Result } from './tool.ts';

/** What a question shows of a title or an address. */
const SHOWN_CHARS = 300;

/** Takes a tab that nobody holds, as the person's setting allows. */
export async function claim(call: CallContext, client: Client): Promise<Result> {
  const tabId = optionalNumber(call.params, 'tabId');
  if (tabId === undefined) throw wrong('tabId', 'the id of a tab that no client holds');
  const { tabs } = call.services;
  if (tabs.leases.ownerOf(tabId) === client) return listed(call, client, `Tab ${tabId} is yours already.`);
  const before = await claimable(call, client, tabId);
  await permission(call, {
    heading: 'asks to use a tab of yours:',
    message: `${(before.title ?? '').slice(0, SHOWN_CHARS)}\n${addressOf(before).slice(0, SHOWN_CHARS)}\n\nIt could read this page and act in it as you, go elsewhere in this tab and back through its history, until it lets the tab go.`,
    what: `use tab ${tabId}`,
  });
  // The person may have taken their time, and the tab may have gone on meanwhile.
  const now = await claimable(call, client, tabId);
  if (originOf(now) !== originOf(before)) {
    throw new ToolError('not_allowed', `Tab ${tabId} went to another site while the person was asked; it is still theirs.`, 'Call again if you still need it.', { tabId });
  }
  if (call.signal.aborted) throw reasonOf(call.signal);
  call.usesTab(tabId);
  await tabs.take(client, tabId);
  return listed(call, client, `Tab ${tabId} is yours now, and your current tab.`);
}

async function claimable(call: CallContext, client: Client, tabId: number): Promise<chrome.tabs.Tab> {
  const { tabs } = call.services;
  const holder = tabs.leases.ownerOf(tabId);
  if (holder !== undefined) throw tabs.leases.taken(client, tabId, holder);
  const tab = await chrome.tabs.get(tabId).catch((error: unknown) => {
    throw isEndOfWorker(error) ? error : tabGone(tabId);
  });
  const closed = closedToClients(addressOf(tab), call.services.allowFileUrls());
  if (closed !== undefined) throw closed;
  return tab;
}

/** Lets a tab go. */
export async function release(call: CallContext, client: Client, tabId: number): Promise<Result> {
  call.usesTab(tabId);
  await call.services.tabs.release(client, tabId);
  return listed(call, client, `Tab ${tabId} is not yours any more; it stays open. ${currentNow(client)}`);
}

/** Lets another client read a tab, or all; or none any more. */
export async function share(call: CallContext, client: Client, tabId: number): Promise<Result> {
  const { tabs, roster } = call.services;
  const to = optionalText(call.params, 'to') ?? 'all';
  call.usesTab(tabId);
  if (to === 'all' || to === 'none') {
    await tabs.share(tabId, to);
    const said = to === 'all' ? `Every client may read tab ${tabId} now; only you act in it.` : `Nobody but you may read tab ${tabId} now.`;
    return listed(call, client, said);
  }
  const { id, name } = await roster.other(to, client.id);
  await tabs.share(stillOwn(call, client, tabId), { id, name });
  return listed(call, client, `${name} may read tab ${tabId} now, by its tabId; only you act in it.`);
}

/** Gives a tab to another client. */
export async function handOff(call: CallContext, client: Client, tabId: number): Promise<Result> {
  const { tabs, roster } = call.services;
  const { id, name, state } = await roster.other(requiredText(call.params, 'to'), client.id);
  if (state !== 'connected') {
    throw new ToolError('tool_failed', `${name} is away now, so the tab would be left to nobody; it is still yours.`, 'Call again when browser_status shows it connected, or release the tab.');
  }
  call.usesTab(tabId);
  await tabs.handOff(client, stillOwn(call, client, tabId), { id, name });
  return listed(call, client, `Tab ${tabId} is held by ${name} now. ${currentNow(client)}`);
}

/** The wait for news of who is here is short, and long enough for the person to close the tab. */
function stillOwn({ services: { tabs } }: CallContext, client: Client, tabId: number): number {
  tabs.leases.resolve(client, tabId, 'any', (id) => tabs.exists(id));
  return tabId;
}

function originOf(tab: chrome.tabs.Tab): string {
  const url = addressOf(tab);
  return URL.canParse(url) ? `${new URL(url).protocol}//${new URL(url).host}` : url;
}
