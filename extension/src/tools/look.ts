// browser_snapshot and browser_wait_for: they look at the page and change nothing.

import { reasonOf, sleep } from '../async.ts';
import { bounded } from '../bounded.ts';
import { asToolError, ToolError } from '../errors.ts';
import type { SnapshotOptions } from '../pages/types.ts';
import { finish, look, pageTool, type Run, viewing } from './page-tool.ts';
import { isAside, optionalFlag, optionalNumber, optionalText, optionalWord } from './params.ts';
import type { Tool } from './tool.ts';

const READER = { need: 'content', kind: 'reader' } as const;
const WAIT_MS = 30_000;
const IDLE_MS = 500;
const STEP_MS = 100;
/** Of a text that is waited for, to be known by. */
const MAX_TOLD = 200;

export const snapshot: Tool = pageTool(READER, async (run) => {
  const { services, clientId, params } = run.call;
  const { pages } = services;
  const options = snapshotOptions(run);
  const diff = optionalWord(params, 'mode', ['full', 'diff']) === 'diff';
  return look(run, () => (diff ? pages.changes(run.tabId, clientId) : pages.snapshot(run.tabId, clientId, options)));
});

function snapshotOptions({ call: { params } }: Run): SnapshotOptions {
  const options: SnapshotOptions = {};
  const ref = optionalText(params, 'ref');
  const depth = optionalNumber(params, 'depth');
  const interactiveOnly = optionalFlag(params, 'interactiveOnly');
  const viewportOnly = optionalFlag(params, 'viewportOnly');
  const maxChars = optionalNumber(params, 'maxChars');
  const cursor = optionalText(params, 'cursor');
  if (ref !== undefined) options.ref = ref;
  if (depth !== undefined) options.depth = depth;
  if (interactiveOnly !== undefined) options.interactiveOnly = interactiveOnly;
  if (viewportOnly !== undefined) options.viewportOnly = viewportOnly;
  if (maxChars !== undefined) options.maxChars = maxChars;
  if (cursor !== undefined) options.cursor = cursor;
  if (isAside(params)) options.aside = true;
  return options;
}

interface Condition {
  /** For the answer, and for the error if it never holds: `the text "Saved"`. */
  what: string;
  holds(run: Run): Promise<boolean>;
}

export const waitFor: Tool = pageTool(READER, async (run) => {
  const { params } = run.call;
  const since = run.tab.tick;
  const seconds = optionalNumber(params, 'time');
  const conditions = wanted(run);
  if (seconds === undefined && conditions.length === 0) {
    throw new ToolError(
      'invalid_params',
      'There is nothing to wait for.',
      'Give one of time, text, textGone, ref, url, networkIdle.',
    );
  }
  const timeout = optionalNumber(params, 'timeout') ?? WAIT_MS;
  if (seconds !== undefined) {
    run.call.waitingFor(`${seconds} s to pass`);
    await sleep(seconds * 1_000, run.signal);
  }
  // The call's own deadline aborts it, whichever condition it is in.
  const deadline = performance.now() + timeout;
  for (const condition of conditions) await until(run, condition, deadline, timeout);
  const passed = seconds === undefined ? [] : [`${seconds} s`];
  return finish(run, since, `Waited for ${[...passed, ...conditions.map(({ what }) => what)].join(' and ')}.`);
});

function wanted({ call: { params } }: Run): Condition[] {
  const conditions: Condition[] = [];
  const text = optionalText(params, 'text');
  const textGone = optionalText(params, 'textGone');
  const ref = optionalText(params, 'ref');
  const url = optionalText(params, 'url');
  if (text !== undefined) {
    conditions.push({ what: `the text ${JSON.stringify(bounded(text, MAX_TOLD))}`, holds: (run) => hasText(run, text) });
  }
  if (textGone !== undefined) {
    conditions.push({
      what: `the text ${JSON.stringify(bounded(textGone, MAX_TOLD))} to go`,
      holds: async (run) => !(await hasText(run, textGone)),
    });
  }
  if (ref !== undefined) conditions.push({ what: `${ref} to be visible`, holds: (run) => isVisible(run, ref) });
  if (url !== undefined) conditions.push({ what: `the address ${url}`, holds: (run) => isAt(run, url) });
  if (optionalFlag(params, 'networkIdle') === true) conditions.push({ what: 'the network to be idle', holds: isIdle });
  return conditions;
}

async function until(run: Run, condition: Condition, deadline: number, timeout: number): Promise<void> {
  for (;;) {
    run.call.waitingFor(condition.what);
    if (await condition.holds(run)) return;
    if (run.signal.aborted) throw reasonOf(run.signal);
    const left = deadline - performance.now();
    if (left <= 0) {
      throw new ToolError(
        'deadline_exceeded',
        `Waited ${timeout} ms for ${condition.what}, in vain.`,
        'See what the page shows with browser_snapshot.',
      );
    }
    await run.tab.changed.next(Math.min(STEP_MS, left));
  }
}

async function hasText(run: Run, text: string): Promise<boolean> {
  try {
    return await run.call.services.pages.hasText(run.tabId, text);
  } catch (error) {
    const failure = asToolError(error);
    if (failure.code === 'tool_failed' || failure.code === 'internal') return false; // Between two documents.
    throw failure;
  }
}

async function isVisible(run: Run, ref: string): Promise<boolean> {
  try {
    await run.call.services.pages.locate(run.tabId, ref, viewing(run), run.signal, performance.now() + STEP_MS);
    return true;
  } catch (error) {
    const failure = asToolError(error);
    const isSelector = !/^(f\d+)?e\d+$/.test(ref);
    if (failure.code === 'not_actionable' || (isSelector && failure.code === 'stale_ref')) return false;
    throw failure;
  }
}

async function isAt(run: Run, wantedUrl: string): Promise<boolean> {
  const tab = await chrome.tabs.get(run.tabId);
  return matchesUrl(tab.url ?? '', wantedUrl);
}

/** A part of the address, or a glob: `*` within a path segment, `**` anything. */
export function matchesUrl(url: string, wantedUrl: string): boolean {
  if (!wantedUrl.includes('*')) return url.includes(wantedUrl);
  const pattern = wantedUrl
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${pattern}$`).test(url);
}

async function isIdle(run: Run): Promise<boolean> {
  const { tab } = run;
  let idleSince = performance.now();
  while (performance.now() - idleSince < IDLE_MS) {
    if (run.signal.aborted) throw reasonOf(run.signal);
    if (performance.now() >= run.call.deadline) return false;
    if (tab.requests.busy().length > 0) {
      await tab.changed.next(STEP_MS);
      idleSince = performance.now();
      if (tab.requests.busy().length > 0) return false; // Lets the caller look at its deadline.
      continue;
    }
    await tab.changed.next(IDLE_MS - (performance.now() - idleSince));
    if (tab.requests.busy().length > 0) idleSince = performance.now();
  }
  return true;
}
