// What all tools on a page have in common: the tab is found or opened and the debugger attached; a dialog that opens, a tab
// that closes and a call that is cancelled end the wait at once; tabs that the page opened are named. It exists so that no tool
// can hang on a page that does not answer.

import { ignore, reasonOf } from '../async.ts';
import { shortTitle, shortUrl } from '../bounded.ts';
import type { Access, Need } from '../clients/leases.ts';
import { describeDialog, shortDialog } from '../debugger/dialog-text.ts';
import type { DebugTab } from '../debugger/debug-tab.ts';
import { asToolError, ToolError } from '../errors.ts';
import type { Look } from '../pages/types.ts';
import { settle } from '../settle.ts';
import { closedFile } from './address-rules.ts';
import { closedUnder } from './closing.ts';
import { noteOnOutside } from './outside.ts';
import { isAside, optionalNumber, optionalWord } from './params.ts';
import { whyUnreachable } from './unreachable.ts';
import type { CallContext, PageHeader, Result, SnapshotResult, Tool } from './tool.ts';

/** One call at work on one tab. */
export interface Run {
  readonly call: CallContext;
  readonly tab: DebugTab;
  readonly tabId: number;
  /** Aborted when the call is, and when the wait ended early (a dialog, a closed tab). */
  readonly signal: AbortSignal;
  readonly notes: string[];
  /** What has been done so far, for an answer that comes early because a dialog opened. */
  said: string;
  /** The last look at the page, with the form in which an answer would tell of it. */
  looked?: { readonly look: Look; readonly snapshot: SnapshotResult };
  /** Whether input was sent: 'several', and more may be to come; 'whole': all of it. */
  input: 'none' | 'several' | 'whole';
  /** What is said in place of that where a dialog opened before it was done. */
  saidAtDialog?: string | undefined;
}

/** From a page's wish for a window to the window, on a machine that has much to do. */
const WINDOW_MS = 1_000;

export type PageWork = (run: Run) => Promise<Result>;

export interface PageToolOptions {
  need: Need;
  /**
   * A reader leaves the page as it is, so those with whom the tab is shared may use it; it fails when a dialog opens under it. An
   * action is for the tab's holder; it has done its work when a dialog opens, and names it.
   */
  kind: 'action' | 'reader';
  /** browser_handle_dialog itself. */
  evenWithDialog?: boolean;
  /** It leaves the page without a look at it, so it may when that is a file which is closed to clients. */
  evenOnFile?: boolean;
}

export function pageTool(options: PageToolOptions, work: PageWork): Tool {
  return async (call) => {
    const { services, clientId, clientName, params } = call;
    const { tabs } = services;
    const access = accessOf(options);
    const tabId = await tabs.tabFor(clientId, clientName, optionalNumber(params, 'tabId'), options.need, access);
    call.usesTab(tabId);
    const isOwn = tabs.leases.ownerOf(tabId)?.id === clientId;
    const tab = await services.debuggers.ensure(tabId);
    const outcome = runOnTab(call, tab, options, work);
    if (isOwn) return outcome;
    // What another client shares it may take back while a reader waits: then the reader must not see how it ended, be it badly.
    const mayStill = (): Promise<number> => tabs.tabFor(clientId, clientName, tabId, options.need, access);
    await outcome.then(mayStill, mayStill);
    return outcome;
  };
}

function accessOf({ kind }: PageToolOptions): Access {
  return kind === 'reader' ? 'read' : 'write';
}

/** How a reader's tool looks for an element: who does not hold the tab must not move the page under its holder. */
export function viewing({ call, tabId }: Run): 'view' | 'glance' {
  return call.services.tabs.leases.ownerOf(tabId)?.id === call.clientId ? 'view' : 'glance';
}

/** For what a reader's tool does only for the tab's holder. */
export function mustHold({ call, tabId }: Run): void {
  const { leases } = call.services.tabs;
  const holder = leases.ownerOf(tabId);
  if (holder !== undefined && holder.id !== call.clientId) throw leases.taken(leases.client(call.clientId, call.clientName), tabId, holder);
}

export async function runOnTab(call: CallContext, tab: DebugTab, options: PageToolOptions, work: PageWork): Promise<Result> {
  const { tabId } = tab;
  // Where a dialog was open when the debugger came, its events have not told the address yet.
  const closed = isClosed(call, tab, tab.frame.url === '' ? (await header(tabId)).url : '');
  if (closed !== undefined && (options.evenOnFile !== true || tab.dialog !== undefined)) throw closed;
  if (tab.dialog !== undefined && options.evenWithDialog !== true) throw dialogOpen(tab);
  tab.wantFrames();
  // Long before the input: the page takes this order on another way than the mouse, which may overtake it.
  if (options.kind === 'action') tab.keepFileDialogsClosed();
  const stop = new AbortController();
  // To the tab's holder, who shall not miss what the page opens between two calls either.
  const tells = !isAside(call.params) && call.services.tabs.leases.ownerOf(tabId)?.id === call.clientId;
  const asked = tab.windowsAsked;
  const opened: number[] = [];
  const unwatch = call.services.tabs.watchOpened((news) => {
    if (news.openerTabId !== tabId || !tells) return false;
    opened.push(news.tabId);
    tab.changed.beat();
    return true;
  });
  const run: Run = { call, tab, tabId, signal: AbortSignal.any([call.signal, stop.signal]), notes: [], said: '', input: 'none' };
  try {
    const result = await unlessClosed(run, options, answerOf(run, options, work));
    // The page tells of a window before the browser does, which has it to make first.
    if (tells && options.kind === 'action') await tabChange(run, WINDOW_MS, () => opened.length >= tab.windowsAsked - asked || tab.gone.signal.aborted);
    if (tells) opened.unshift(...call.services.tabs.takeUntold(tabId));
    const own = opened.filter((id) => call.services.tabs.leases.ownerOf(id)?.id === call.clientId);
    for (const id of own) run.notes.push(await openedNote(call, id));
    const { leases } = call.services.tabs;
    for (const { tabId: given, from } of isAside(call.params) ? [] : leases.news(leases.client(call.clientId, call.clientName))) {
      run.notes.push(`${from} handed tab ${given} to you; browser_tabs with action select makes it your current tab.`);
    }
    if (opened.length > 0) await call.services.tabs.publish(); // The hub hears of a client's tabs before the answer names them.
    if (run.notes.length > 0) result.notes = [...run.notes, ...(result.notes ?? [])];
    opened.length = 0;
    // Only now: work that was left to itself may have looked as well, and nobody is told of that.
    if (run.looked !== undefined && run.looked.snapshot === result.snapshot && !call.signal.aborted) await run.looked.look.tell();
    return result;
  } finally {
    stop.abort(new ToolError('cancelled', 'The call has ended.', ''));
    unwatch();
    call.services.tabs.leaveUntold(tabId, opened); // By an answer that is none: the next one tells of them.
    tab.lastUsed = performance.now();
  }
}

async function answerOf(run: Run, options: PageToolOptions, work: PageWork): Promise<Result> {
  const ended = Promise.race([work(run), interruption(run, options)]);
  const outcome = await (options.kind === 'action' ? ended.catch((error: unknown) => leftToOthers(run, error)) : ended);
  return outcome === 'dialog' ? dialogResult(run, options) : outcome;
}

/** Why the tab is closed to the client now; `url`: where it is by another source than the debugger's events. */
function isClosed({ services }: CallContext, { frame }: DebugTab, url = ''): ToolError | undefined {
  const allowed = services.allowFileUrls();
  return closedFile(frame.unreachableUrl ?? frame.url, allowed) ?? closedFile(url, allowed);
}

/** The answer; nothing of it if the tab has come to show a file meanwhile, since errors name what is on the page as well. */
async function unlessClosed(run: Run, { kind }: PageToolOptions, answer: Promise<Result>): Promise<Result> {
  const { call, tab, notes } = run;
  let closed: ToolError | undefined;
  try {
    const result = await answer;
    closed = isClosed(call, tab, result.page?.url);
    if (closed === undefined) return result;
  } catch (error) {
    closed = isClosed(call, tab);
    if (closed === undefined || run.signal.aborted || tab.gone.signal.aborted) throw error;
  }
  // What has been done is told as done: an error would have it done again.
  if (kind === 'reader' || run.said === '') throw closed;
  notes.push(`${closed.message} ${closed.next}`);
  return { text: run.said };
}

/** Resolves when a dialog opens, fails when the tab is gone, shows a file, or the call is to end; the work is then left to itself. */
async function interruption({ call, tab, signal }: Run, { evenWithDialog, evenOnFile }: PageToolOptions): Promise<'dialog'> {
  const before = evenWithDialog === true ? tab.dialog : undefined;
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (signal.aborted) reject(reasonOf(signal));
      else if (tab.gone.signal.aborted) reject(reasonOf(tab.gone.signal));
      else if (evenOnFile !== true && isClosed(call, tab) !== undefined) reject(isClosed(call, tab));
      else if (tab.dialog !== undefined && tab.dialog !== before) resolve('dialog');
      else ignore(tab.changed.next(60_000).then(look));
    };
    signal.addEventListener('abort', look, { once: true });
    look();
  });
}

async function dialogResult(run: Run, options: PageToolOptions): Promise<Result> {
  const { dialog } = run.tab;
  if (dialog === undefined || options.kind === 'reader') throw dialogOpen(run.tab);
  const said = run.saidAtDialog ?? run.said;
  const text = `${said === '' ? '' : `${said} `}A dialog opened: ${describeDialog(dialog)}`;
  return { page: await header(run.tabId), text, dialog: shortDialog(dialog) };
}

/** Of showOpenFilePicker and its like. */
export const ONLY_PERSON = 'It did so in a way that only a person can answer (showOpenFilePicker or showSaveFilePicker), and was told that nothing was chosen.';

export function dialogOpen(tab: DebugTab): ToolError {
  const { dialog } = tab;
  const what = dialog === undefined ? 'A dialog' : describeDialog(dialog);
  return new ToolError(
    'dialog_open',
    `The page in tab ${tab.tabId} waits for an answer to a dialog: ${what}`,
    'Answer it with browser_handle_dialog. A page that asks again and again is left by closing its tab with browser_tabs.',
    dialog === undefined ? undefined : { dialog: { ...shortDialog(dialog) } },
  );
}

export async function header(tabId: number): Promise<PageHeader> {
  const tab = await chrome.tabs.get(tabId).catch(() => undefined);
  return { tabId, url: shortUrl(tab?.url ?? tab?.pendingUrl ?? ''), title: shortTitle(tab?.title ?? '') };
}

async function openedNote({ services }: CallContext, tabId: number): Promise<string> {
  const { url, title } = await header(tabId);
  const isFile = closedFile(url, services.allowFileUrls()) !== undefined;
  const what = isFile ? 'a file' : title === '' || title === url ? url : `${url} (${title})`;
  return `The page opened a new tab, which is yours: tabId ${tabId}${what === '' ? '' : `, ${what}`}. Use browser_tabs to select it.`;
}

/** Waits, a moment at most, until what is known of the tab changes as wanted. */
export async function tabChange({ tab }: Run, ms: number, holds: () => boolean): Promise<void> {
  const until = performance.now() + ms;
  while (!holds() && performance.now() < until) await tab.changed.next(until - performance.now());
}

/**
 * Does something to the page and waits until what began because of it is done; answers with what changed. `isOne`: the input is
 * one press, of which nothing is left out if the tab closes meanwhile.
 */
export async function act(run: Run, said: string, input: () => Promise<void>, isOne = false): Promise<Result> {
  const { tab } = run;
  const since = tab.tick;
  tab.keepFileDialogsClosed();
  run.said = said;
  run.input = isOne ? 'whole' : 'several';
  await input();
  run.input = 'whole';
  return finish(run, since, run.said);
}

/** The second half of an action: wait, then look. */
export async function finish(run: Run, since: number, said: string, requestsMs?: number): Promise<Result> {
  const { call, tab, tabId } = run;
  const { pages } = call.services;
  const after = wantedAfter(run);
  const early = new EarlyLook();
  const { notes, still } = await settle(tab, {
    since,
    signal: run.signal,
    quiet: async (ms, calm) => {
      early.drop();
      if (calm && after === 'changes') await early.take(run, pages.settled(tabId, call.clientId, ms));
      else await pages.quiet(tabId, ms);
    },
    waitingFor: (what) => call.waitingFor(what),
    ...(requestsMs === undefined ? {} : { requestsMs }),
  });
  run.notes.push(...notes);
  // The question may come a moment after the answer to the click: then the next one tells of it.
  if (tab.fileChooserAt > tab.fileChooserTold) {
    tab.fileChooserTold = tab.fileChooserAt;
    run.notes.push(
      tab.fileChooser === undefined
        ? `The page asked for a file. ${ONLY_PERSON}`
        : 'The page asked for a file; its file dialog was kept closed. Answer it with browser_file_upload, without ref.',
    );
  }
  if (tab.frame.download !== undefined && tab.frame.download.tick > since) {
    run.notes.push(`A download began: ${tab.frame.download.name} (${shortUrl(tab.frame.download.url)}). browser_downloads with action wait tells where it is.`);
  }
  return shownAfter(run, said, still ? early : undefined);
}

/** What the caller wants to see of the page; sets of tools whose answers have an older form want something else than what changed. */
function wantedAfter({ call }: Run): 'changes' | 'page' | 'nothing' {
  const after = optionalWord(call.params, 'after', ['page', 'nothing']);
  return call.brief === true ? 'nothing' : (after ?? 'changes');
}

/** The answer of an action that is over. */
async function shownAfter(run: Run, said: string, early?: EarlyLook): Promise<Result> {
  const { call, tabId } = run;
  const { pages } = call.services;
  const after = wantedAfter(run);
  if (after === 'nothing') return { page: await header(tabId), text: said };
  if (after === 'page') return { ...(await look(run, () => pages.snapshot(tabId, call.clientId, {}))), text: said };
  const seen = await early?.tell(run);
  const result = seen ?? (await look(run, () => pages.changes(tabId, call.clientId)));
  return { ...result, text: said };
}

/** The answer of an action that failed because of what it set off outside the page (another program, the tab's end): it has done its work. */
async function leftToOthers(run: Run, error: unknown): Promise<Result> {
  const note = run.said === '' || run.call.signal.aborted ? undefined : await noteOnOutside(run.tab);
  if (note === undefined || (await header(run.tabId)).url === '') { // Without an address the tab itself is closed.
    const closed = await closedUnder(run, error);
    if (closed !== undefined) return closed;
    throw error;
  }
  run.notes.push(note);
  return shownAfter(run, run.said);
}

/** The look that is taken together with the wait for a quiet frame: the right one if that frame was the last. */
class EarlyLook {
  #taken: { look: Look; page: Promise<PageHeader>; document: number } | undefined;

  drop(): void {
    this.#taken = undefined;
  }

  async take({ tab, tabId }: Run, looking: Promise<Look | null>): Promise<void> {
    const document = tab.frame.committedAt;
    const look = await looking;
    if (look !== null) this.#taken = { look, document, page: header(tabId) };
  }

  async tell(run: Run): Promise<Result | undefined> {
    const taken = this.#taken;
    if (taken === undefined || taken.document !== run.tab.frame.committedAt) return undefined;
    const page = await taken.page;
    return { page, ...asResult(run, taken.look) };
  }
}

/** The page's header and a snapshot of it; just the header where there is nothing to see into. */
export async function look(run: Run, snapshot: () => Promise<Look>): Promise<Result> {
  const { tab, tabId } = run;
  if (tab.frame.unreachableUrl !== undefined) {
    const { message, next } = await unreachable(run, tab.frame.unreachableUrl, reasonOfErrorPage(tab));
    run.notes.push(`The tab shows Chrome’s error page: ${message} ${next}`);
    return { page: await header(tabId) };
  }
  if (/^(about:blank|data:|about:srcdoc)/.test(tab.frame.url)) return blind(run, snapshot);
  try {
    run.call.waitingFor('the page to answer, which a script of its own keeps busy');
    const [page, seen] = await Promise.all([header(tabId), snapshot()]);
    return { page, ...asResult(run, seen) };
  } catch (error) {
    const failure = asToolError(error);
    // The document may have gone away under the snapshot: look once more at the next one.
    if (failure.code !== 'internal' && failure.code !== 'tool_failed') throw failure;
    if (run.signal.aborted || tab.gone.signal.aborted) throw failure;
  }
  await tab.changed.next(200);
  const seen = await snapshot();
  return { page: await header(tabId), ...asResult(run, seen) };
}

/** Chrome lets extensions into blank and data: pages only when another page of theirs opened them. */
async function blind(run: Run, snapshot: () => Promise<Look>): Promise<Result> {
  try {
    const seen = await snapshot();
    return { page: await header(run.tabId), ...asResult(run, seen) };
  } catch (error) {
    if (asToolError(error).code !== 'not_allowed') throw error;
    const blank = run.tab.frame.url.startsWith('about:');
    run.notes.push(
      blank
        ? 'The tab shows a blank page. Open one with browser_navigate.'
        : 'Chrome lets no extension look into data: pages; browser_screenshot and browser_evaluate work here.',
    );
    return { page: await header(run.tabId), snapshot: { yaml: '', mode: 'full' } };
  }
}

/** Why an address could not be opened in the run's tab, by Chrome's reason and what else is known. */
export async function unreachable({ call, tab, tabId }: Run, url: string, reason: string | undefined): Promise<ToolError> {
  const { network } = await call.services.debuggers.emulation(tabId);
  const { status, loaderId } = tab.frame;
  return whyUnreachable(url, reason, { status: status?.loaderId === loaderId ? status?.code : undefined, isOffline: network === 'offline' });
}

function reasonOfErrorPage({ frame }: DebugTab): string | undefined {
  return frame.lastFailure?.loaderId === frame.loaderId ? frame.lastFailure.errorText : undefined;
}

function asResult(run: Run, seen: Look): Result {
  const { notes, yaml, mode, cursor, remainingChars } = seen;
  run.notes.push(...notes);
  const snapshot: SnapshotResult = {
    yaml,
    mode,
    ...(cursor === undefined ? {} : { cursor }),
    ...(remainingChars === undefined ? {} : { remainingChars }),
  };
  run.looked = { look: seen, snapshot };
  return { snapshot };
}
