// browser_navigate, browser_go_back, browser_go_forward, browser_reload: they leave one page for another, wait as far as asked,
// and show the new one. A page's "leave this page?" is accepted and noted: the caller has said that it wants to leave.

import { ignore, reasonOf, sleep } from '../async.ts';
import { shortUrl } from '../bounded.ts';
import { CdpError, isWall } from '../debugger/cdp.ts';
import type { DebugTab } from '../debugger/debug-tab.ts';
import { asToolError, ToolError } from '../errors.ts';
import { finite, list, record, text, type JsonRecord } from '../json.ts';
import { settle } from '../settle.ts';
import { closedFile, openableAddress } from './address-rules.ts';
import { letGo } from './let-go.ts';
import { header, look, pageTool, runOnTab, tabChange, unreachable, type Run } from './page-tool.ts';
import { ASK_PERSON, ASKS_WHO } from './unreachable.ts';
import { optionalFlag, optionalNumber, optionalWord, requiredText } from './params.ts';
import type { CallContext, Result, Tool } from './tool.ts';

const WAIT_UNTIL = ['load', 'domcontentloaded', 'commit'] as const;
type WaitUntil = (typeof WAIT_UNTIL)[number];
const DEFAULT_TIMEOUT_MS = 30_000;
/** What a page fetches while it loads is worth a shorter wait than what a click asked for. */
const PAGE_REQUESTS_MS = 1_000;
/** These follow Chrome's answer to the order within a moment. */
const ERROR_PAGE_MS = 500;
const DOWNLOAD_MS = 300;
const ASIDE_MS = 3_000;
const KNOWN_MS = 2_000;

export const navigate: Tool = async (call) => {
  const { services, params } = call;
  const url = openableAddress(requiredText(params, 'url'), services.allowFileUrls());
  const tab = await tabToLeave(call);
  if (optionalFlag(params, 'background') === false) ignore(chrome.tabs.update(tab.tabId, { active: true }));
  return runOnTab(call, tab, { need: 'any', kind: 'action', evenOnFile: true }, (run) => openPage(run, url));
};

/** Opens an address in the run's tab: also what `browser_tabs new` with a url does. */
export function openPage(run: Run, url: string): Promise<Result> {
  const { params } = run.call;
  const plan: Plan = {
    url: shortUrl(url),
    waitUntil: optionalWord(params, 'waitUntil', WAIT_UNTIL) ?? 'load',
    timeout: optionalNumber(params, 'timeout') ?? DEFAULT_TIMEOUT_MS,
  };
  return leave(run, plan, async (timeoutMs) => {
    // Behind a tab that shows Chrome's own warning the debugger is attached and refused: then the tab goes by itself.
    const byTab = async (): Promise<undefined> => void (await chrome.tabs.update(run.tabId, { url }));
    const answer = await run.tab.root.send('Page.navigate', { url }, timeoutMs).catch(orElse(byTab));
    if (answer === undefined) return {};
    const errorText = text(answer.errorText);
    if (errorText !== undefined && errorText !== '') return { failed: errorText };
    const loaderId = text(answer.loaderId);
    return loaderId === undefined ? { within: true } : { loaderId };
  });
}

export const reload: Tool = pageTool({ need: 'content', kind: 'action' }, (run) => {
  const ignoreCache = optionalFlag(run.call.params, 'ignoreCache') ?? false;
  const plan: Plan = { url: shortUrl(run.tab.frame.unreachableUrl ?? run.tab.frame.url), waitUntil: 'load', timeout: DEFAULT_TIMEOUT_MS };
  return leave(run, plan, async (timeoutMs) => {
    await run.tab.root.send('Page.reload', { ignoreCache }, timeoutMs).catch(orElse(() => chrome.tabs.reload(run.tabId, { bypassCache: ignoreCache })));
    return {};
  });
});

export const goBack: Tool = pageTool({ need: 'content', kind: 'action', evenOnFile: true }, (run) => moveInHistory(run, -1));
export const goForward: Tool = pageTool({ need: 'content', kind: 'action', evenOnFile: true }, (run) => moveInHistory(run, 1));

async function moveInHistory(run: Run, step: -1 | 1): Promise<Result> {
  const known = await run.tab.root.send('Page.getNavigationHistory').catch(orElse(() => undefined));
  if (known === undefined && step > 0) return forwardFromWall(run);
  const history = known ?? (await historyBesideWall(run));
  const current = finite(history.currentIndex) ?? 0;
  const from = known === undefined ? current - 1 : current;
  const index = from + step;
  const entry = record(list(history.entries)[index]);
  const entryId = finite(entry.id);
  const url = text(entry.url) ?? '';
  // The blank page that every tab of a client starts with is nothing to go back to.
  if (entryId === undefined || (index === 0 && url === 'about:blank')) {
    if (known === undefined) ignore(run.tab.root.send('Page.navigateToHistoryEntry', { entryId: record(list(history.entries)[from]).id }));
    throw new ToolError(
      'navigation_failed',
      `There is no page to go ${step < 0 ? 'back' : 'forward'} to in this tab.`,
      'Open a page with browser_navigate.',
    );
  }
  if (closedFile(url, run.call.services.allowFileUrls()) !== undefined) {
    throw new ToolError('not_allowed', `The page ${step < 0 ? 'before' : 'after'} this one in the tab is a file, and file: pages are refused by the settings.`, 'Open a page with browser_navigate.');
  }
  const plan: Plan = { url: shortUrl(url), waitUntil: 'load', timeout: DEFAULT_TIMEOUT_MS };
  return leave(run, plan, async (timeoutMs) => {
    await run.tab.root.send('Page.navigateToHistoryEntry', { entryId }, timeoutMs);
    return {};
  });
}

/**
 * Chrome tells no debugger the history of a tab that shows its own warning, and chrome.tabs.goBack passes over pages that nobody
 * has touched: so the tab steps aside, onto a blank page behind the warning, where its history can be asked for.
 */
async function historyBesideWall(run: Run): Promise<JsonRecord> {
  const until = performance.now() + ASIDE_MS;
  await chrome.tabs.update(run.tabId, { url: 'about:blank' });
  for (;;) {
    const history = await run.tab.root.send('Page.getNavigationHistory').catch((error: unknown) => {
      if (performance.now() < until) return orElse(() => undefined)(error);
      throw error;
    });
    if (history !== undefined) return history;
    await sleep(20, run.signal);
  }
}

/** A step aside would cost what comes after the warning: here Chrome itself must know the way. */
async function forwardFromWall(run: Run): Promise<Result> {
  const plan: Plan = { url: 'the page after', waitUntil: 'load', timeout: DEFAULT_TIMEOUT_MS };
  return leave(run, plan, async () => {
    await chrome.tabs.goForward(run.tabId).catch(() => {
      throw new ToolError('navigation_failed', 'Chrome goes to no page after its own warning, which this tab shows.', 'Open the page with browser_navigate.');
    });
    return {};
  });
}

/** Where Chrome refuses the debugger because of the page that the tab shows, another way; any other failure stays one. */
function orElse<T>(way: () => T): (error: unknown) => T {
  return (error) => {
    if (error instanceof CdpError && isWall(error.detail)) return way();
    throw error;
  };
}

interface Plan {
  /** As answers tell it. */
  url: string;
  waitUntil: WaitUntil;
  timeout: number;
}

/** How the order to go was answered: not at all yet, by a reason of Chrome's, or by a move inside the same document. */
interface Started {
  failed?: string;
  /** Of the document to come. */
  loaderId?: string;
  within?: true;
}

async function leave(run: Run, plan: Plan, go: (timeoutMs: number) => Promise<Started>): Promise<Result> {
  const { tab, call } = run;
  const since = tab.tick;
  // The call's own deadline is not looked at here: it aborts the call, and says by itself that it was the one to end it.
  const deadline = performance.now() + plan.timeout;
  const unloads = tab.unloadAccepted;
  const before = plan.waitUntil === 'load' ? undefined : await documentOf(run.tabId);
  tab.acceptUnload = true;
  const stopLoading = (): void => ignore(tab.root.send('Page.stopLoading'));
  run.call.signal.addEventListener('abort', stopLoading, { once: true });
  try {
    call.waitingFor('the page to let go of the tab, which a script of its own keeps busy');
    await letGo(run, plan.timeout);
    call.waitingFor(`${plan.url} to answer`);
    run.said = `Opening ${plan.url}.`;
    const started = await startedBy(run, plan, deadline, go);
    if (started.failed === undefined) await arrived(run, plan, since, deadline, started);
    else await failedStart(run, plan, since, started.failed);
    return await shown(run, plan, since, before);
  } finally {
    run.call.signal.removeEventListener('abort', stopLoading);
    tab.acceptUnload = false;
    if (tab.unloadAccepted > unloads) run.notes.push('The page asked whether to leave it; that was accepted.');
  }
}

/** Page.navigate answers when the server has: a silent server is told from a slow page here. */
async function startedBy(run: Run, plan: Plan, deadline: number, go: (timeoutMs: number) => Promise<Started>): Promise<Started> {
  const left = Math.max(1, deadline - performance.now());
  try {
    return await go(left).catch((error: unknown) => {
      const failure = asToolError(error);
      // The page itself went elsewhere at once, which drops the order: what it shows is waited for below.
      if (/changed its page/.test(failure.message)) return {};
      throw failure;
    });
  } catch (error) {
    if (performance.now() < deadline - 10) throw error;
    ignore(run.tab.root.send('Page.stopLoading'));
    throw silent(plan);
  }
}

async function arrived(run: Run, plan: Plan, since: number, deadline: number, started: Started): Promise<void> {
  const { tab, call } = run;
  for (;;) {
    if (run.signal.aborted) throw reasonOf(run.signal);
    const { frame } = tab;
    const committed = started.loaderId === undefined ? frame.committedAt > since : frame.hasShown(started.loaderId);
    if (committed && frame.unreachableUrl !== undefined) throw await unreachable(run, plan.url, frame.lastFailure?.errorText);
    if (committed && frame.reached(plan.waitUntil)) return;
    if (frame.movedAt > since && !committed) return;
    if (started.within === true && !frame.pendingSince(since)) return;
    if (frame.download !== undefined && frame.download.tick > since) return;
    if (performance.now() >= deadline) {
      if (!committed) {
        ignore(tab.root.send('Page.stopLoading'));
        throw silent(plan);
      }
      throw new ToolError(
        'deadline_exceeded',
        `${shortUrl(frame.url)} answered, but had not finished loading after ${plan.timeout} ms (waited for ${plan.waitUntil}).`,
        'See what is there with browser_snapshot, or wait for less with waitUntil domcontentloaded.',
      );
    }
    call.waitingFor(committed ? `${shortUrl(frame.url)} to finish loading` : `${plan.url} to answer`);
    await tab.changed.next(Math.min(250, deadline - performance.now()));
  }
}

/** Chrome gave the navigation up: a download or an empty answer leaves the page as it was, anything else is a failure. */
async function failedStart(run: Run, plan: Plan, since: number, errorText: string): Promise<void> {
  const { frame } = run.tab;
  if (errorText === 'net::ERR_ABORTED' && /^https?:/i.test(plan.url)) {
    await tabChange(run, DOWNLOAD_MS, () => frame.download !== undefined && frame.download.tick > since);
    const { download } = frame;
    if (download !== undefined && download.tick > since) return;
    run.notes.push(`${plan.url} gave no page to show (a download, or an empty answer); the tab stays where it was.`);
    return;
  }
  // Chrome's error page follows; had it not come yet, the next call would meet it.
  await tabChange(run, ERROR_PAGE_MS, () => frame.committedAt > since);
  throw await unreachable(run, plan.url, errorText);
}

async function shown(run: Run, plan: Plan, since: number, before: string | undefined): Promise<Result> {
  const { tab, tabId, call } = run;
  if (plan.waitUntil === 'load') {
    const { notes } = await settle(tab, {
      since,
      signal: run.signal,
      quiet: (ms) => call.services.pages.quiet(tabId, ms),
      waitingFor: (what) => call.waitingFor(what),
      requestsMs: PAGE_REQUESTS_MS,
    });
    // That a page goes on fetching after it has loaded is nothing to report.
    run.notes.push(...notes.filter((note) => !note.includes('of the page still running')));
  }
  const { download, status } = tab.frame;
  if (download !== undefined && download.tick > since) run.notes.push(`A download began: ${download.name} (${shortUrl(download.url)}). browser_downloads with action wait tells where it is.`);
  if (status !== undefined && status.loaderId === tab.frame.loaderId && status.code >= 400) {
    run.notes.push(
      status.code === 401 && status.authenticate
        ? `The server ${ASKS_WHO}. ${ASK_PERSON}`
        : `The server answered with HTTP status ${status.code}.`,
    );
  }
  if (before !== undefined && tab.frame.committedAt > since && !(await hasLeft(run, before))) {
    run.notes.push('The page has answered, but Chrome does not show it yet; look at it with browser_snapshot.');
    return { page: { tabId, url: tab.frame.url, title: '' } };
  }
  if (call.brief === true) return { page: await header(tabId) };
  return look(run, () => call.services.pages.snapshot(tabId, call.clientId, snapshotBudget(call.params)));
}

async function documentOf(tabId: number): Promise<string | undefined> {
  return (await chrome.webNavigation.getFrame({ tabId, frameId: 0 }))?.documentId;
}

/** The page's process tells the debugger of a document before the browser knows it, whose header and frames are still the old ones. */
async function hasLeft(run: Run, before: string): Promise<boolean> {
  const until = performance.now() + KNOWN_MS;
  while ((await documentOf(run.tabId)) === before) {
    if (performance.now() > until) return false;
    await sleep(5, run.signal);
  }
  return true;
}

function snapshotBudget(params: JsonRecord): { maxChars?: number } {
  const maxChars = optionalNumber(params, 'maxChars');
  return maxChars === undefined ? {} : { maxChars };
}

/** The client's tab, one that can be left: from a page where no extension may act the way leads over a blank one. */
async function tabToLeave(call: CallContext): Promise<DebugTab> {
  const { services, clientId, clientName, params } = call;
  const { tabs, debuggers } = services;
  let tabId: number;
  if (optionalFlag(params, 'newTab') === true) {
    await tabs.ready();
    tabId = await tabs.open(tabs.leases.client(clientId, clientName), true);
  } else {
    tabId = await tabs.tabFor(clientId, clientName, optionalNumber(params, 'tabId'), 'any');
  }
  call.usesTab(tabId);
  try {
    return await debuggers.ensure(tabId);
  } catch (error) {
    if (asToolError(error).code !== 'unsupported') throw error;
  }
  await chrome.tabs.update(tabId, { url: 'about:blank' });
  for (let attempt = 0; ; attempt++) {
    await sleep(50, call.signal);
    try {
      return await debuggers.ensure(tabId);
    } catch (error) {
      if (attempt >= 20) throw error;
    }
  }
}

function silent(plan: Plan): ToolError {
  return new ToolError(
    'navigation_failed',
    `${plan.url} did not answer within ${plan.timeout} ms.`,
    'Check the address, and that its server is up; a larger timeout waits longer.',
  );
}
