// When an action is done: everything that began because of it has ended (a navigation is committed and loaded, requests are
// answered), then one frame passed without a change. It exists instead of a fixed pause, which is too long for a click that
// does nothing and too short for one that fetches.

import { ignore, reasonOf } from './async.ts';
import { shortUrl } from './bounded.ts';
import type { DebugTab } from './debugger/debug-tab.ts';
import { maskedUrl } from './debugger/secrets.ts';

/** Requests that take longer count as long polls; navigations have their own patience. */
export const REQUESTS_MS = 3_000;
const NAVIGATION_MS = 20_000;
const LOAD_MS = 10_000;
const QUIET_MS = 500;
/** A page that changes all the time (a clock, an animation in script) is not waited for more often than this. */
const MAX_ROUNDS = 20;

export interface SettleOptions {
  /** The tab's tick before the action. */
  since: number;
  signal: AbortSignal;
  /** Resolves once a frame passed without a change; `calm`: nothing is known to be under way, so this may well be all. */
  quiet: (maxMs: number, calm: boolean) => Promise<unknown>;
  waitingFor: (what: string) => void;
  requestsMs?: number;
}

export interface Settled {
  /** On what was not waited for to its end. */
  notes: string[];
  /** Nothing was under way any more after the last quiet frame. */
  still: boolean;
}

export async function settle(tab: DebugTab, options: SettleOptions): Promise<Settled> {
  const { since, signal, quiet, waitingFor, requestsMs = REQUESTS_MS } = options;
  let patience: number | undefined;
  const notes: string[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    stopIf(signal, tab);
    const began = tab.tick;
    await quietFrame(tab, (ms) => quiet(ms, !isUnderWay(tab, since)));
    stopIf(signal, tab);
    if (tab.dialog !== undefined) return { notes, still: false };
    if (tab.frame.pendingSince(since) || tab.frame.loadingSince(since)) {
      waitingFor(`the page to load (${shortUrl(tab.frame.pendingUrl() ?? tab.frame.url)})`);
      const note = await loaded(tab, since, signal);
      if (note === undefined) continue;
      notes.push(note);
      return { notes, still: false };
    }
    const pending = tab.requests.pendingSince(since);
    if (pending.length === 0) {
      // What ended while the frame passed may have changed the page after it.
      if (tab.requests.lastEnd > began) continue;
      return { notes, still: true };
    }
    // Counted from the first look after the last document came: a slow page has not used it up.
    patience ??= performance.now() + requestsMs;
    const left = patience - performance.now();
    if (left <= 0) {
      tab.requests.giveUpOn(pending);
      notes.push(`${count(pending.length, 'request')} of the page still running after ${requestsMs} ms: ${maskedUrl(shortUrl(pending[0]?.url ?? ''))}`);
      return { notes, still: false };
    }
    waitingFor(`${count(pending.length, 'request')} of the page (${maskedUrl(shortUrl(pending[0]?.url ?? ''))})`);
    await answered(tab, since, left, signal);
  }
  return { notes, still: false };
}

function isUnderWay(tab: DebugTab, since: number): boolean {
  return tab.frame.pendingSince(since) || tab.frame.loadingSince(since) || tab.requests.pendingSince(since).length > 0;
}

/** One frame without a change in the page, and all events up to then taken. */
async function quietFrame(tab: DebugTab, quiet: (maxMs: number) => Promise<unknown>): Promise<void> {
  if (tab.frame.unreachableUrl !== undefined) return; // Chrome's error page: nothing can be asked there.
  tab.wantFrames();
  try {
    const still = quiet(QUIET_MS).then(() => tab.caughtUp(QUIET_MS));
    ignore(still);
    // Whatever begins or opens meanwhile is looked at once the frame is over; only a dialog would keep it from ending.
    await Promise.race([still, dialogOf(tab, QUIET_MS * 2)]);
  } catch {
    // The document went away in the middle: a navigation, which the caller sees.
  }
}

async function dialogOf(tab: DebugTab, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (tab.dialog === undefined && !tab.gone.signal.aborted && performance.now() < until) await tab.changed.next(until - performance.now());
}

async function loaded(tab: DebugTab, since: number, signal: AbortSignal): Promise<string | undefined> {
  const began = performance.now();
  while (tab.frame.pendingSince(since)) {
    if (performance.now() - began > NAVIGATION_MS) return `The page that the action asked for has not answered after ${NAVIGATION_MS} ms: ${shortUrl(tab.frame.pendingUrl() ?? '')}`;
    await tab.changed.next(250);
    stopIf(signal, tab);
    if (tab.dialog !== undefined) return undefined;
  }
  const committed = performance.now();
  while (tab.frame.loadingSince(since) && !tab.frame.pendingSince(since)) {
    if (performance.now() - committed > LOAD_MS) return `The page is still loading after ${LOAD_MS} ms.`;
    await tab.changed.next(250);
    stopIf(signal, tab);
    if (tab.dialog !== undefined) return undefined;
  }
  return undefined;
}

async function answered(tab: DebugTab, since: number, ms: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + ms;
  while (tab.requests.pendingSince(since).length > 0 && performance.now() < until) {
    await tab.changed.next(Math.min(250, until - performance.now()));
    stopIf(signal, tab);
    if (tab.dialog !== undefined || tab.frame.pendingSince(since)) return;
  }
}

function stopIf(signal: AbortSignal, tab: DebugTab): void {
  if (signal.aborted) throw reasonOf(signal);
  if (tab.gone.signal.aborted) throw reasonOf(tab.gone.signal);
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
