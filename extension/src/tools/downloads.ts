// browser_downloads: the client's downloads: what there is, where it lies, waiting until it is whole, and giving one up.

import { reasonOf, sleep } from '../async.ts';
import type { Download } from '../downloads.ts';
import { ToolError } from '../errors.ts';
import { optionalNumber, optionalWord } from './params.ts';
import type { CallContext, Result, Tool } from './tool.ts';

const WAIT_MS = 30_000;
const LOOK_EVERY_MS = 100;
/** What an answer needs to come before its call's deadline. */
const ANSWER_MS = 300;

export const downloads: Tool = async (call) => {
  const { params, services, clientId } = call;
  const action = optionalWord(params, 'action', ['list', 'wait', 'cancel']) ?? 'list';
  const id = optionalNumber(params, 'id');
  const all = await services.downloads.of(clientId);
  if (id !== undefined && !all.some((one) => one.id === id)) {
    throw new ToolError('invalid_params', `You have no download ${id}.`, 'See yours with browser_downloads action list.');
  }
  switch (action) {
    case 'list':
      return answer(call, all.length === 0 ? 'Your tabs have downloaded nothing.' : `${all.length === 1 ? 'One download' : `${all.length} downloads`} of your tabs.`, all);
    case 'wait':
      return wait(call, id);
    case 'cancel': {
      const one = all.findLast((other) => (id === undefined ? isRunning(other) : other.id === id));
      if (one === undefined || !isRunning(one)) throw new ToolError('tool_failed', id === undefined ? 'No download of yours is running.' : `Download ${id} is not running any more.`, 'See yours with browser_downloads action list.');
      await services.downloads.cancel(one.id);
      return answer(call, `Cancelled download ${one.id}.`, (await services.downloads.of(clientId)).filter((other) => other.id === one.id));
    }
  }
};

/**
 * Until the named one is done, or all that run or ended untold; if there is none, until one begins and is done. One that the client
 * knows of is not what it waits for: an action may set the next one off after a while.
 */
async function wait(call: CallContext, id: number | undefined): Promise<Result> {
  const { params, services, clientId, signal, waitingFor } = call;
  const began = performance.now();
  // At the call's own deadline nothing could be said of what was waited for.
  const until = Math.min(began + (optionalNumber(params, 'timeout') ?? WAIT_MS), call.deadline - ANSWER_MS);
  for (;;) {
    const all = await services.downloads.of(clientId);
    const untold = await services.downloads.untold(clientId);
    const wanted = all.filter((one) => (id === undefined ? isRunning(one) || untold.has(one.id) : one.id === id));
    const held = wanted.find((one) => one.state === 'held_back');
    if (held !== undefined) {
      throw new ToolError('not_allowed', `Chrome holds download ${held.id} back (${held.error ?? 'dangerous'}): ${held.path}`, 'Ask the person to keep or discard it in the browser, or cancel it with browser_downloads.');
    }
    const running = wanted.filter(isRunning);
    if (wanted.length > 0 && running.length === 0) return answer(call, ended(wanted), wanted.slice(-10));
    if (signal.aborted) throw reasonOf(signal);
    if (performance.now() >= until) {
      const what = running.length > 0 ? `download ${running.map((one) => one.id).join(', ')} to be whole` : all.length === 0 ? 'a download to begin' : 'a download to begin that you were not told of before';
      const known = running.length > 0 || id !== undefined ? undefined : all.findLast(({ state }) => state === 'complete');
      const next = known === undefined ? 'Wait once more, with a longer timeout, or see browser_downloads action list.' : `The last one you know of is download ${known.id}: ${known.path}. If you meant it, it is there; else wait once more, with a longer timeout.`;
      throw new ToolError('deadline_exceeded', `Waited ${Math.round(performance.now() - began)} ms for ${what}, in vain.`, next);
    }
    waitingFor(running[0] === undefined ? 'a download to begin' : `the download of ${running[0].path === '' ? running[0].url : running[0].path}`);
    await sleep(Math.max(0, Math.min(LOOK_EVERY_MS, until - performance.now())), signal);
  }
}

function ended(all: readonly Download[]): string {
  const broken = all.filter(({ state }) => state !== 'complete');
  if (broken.length === 0) return 'Done.';
  const each = broken.map(({ id, state, error }) => `download ${id} was ${state}${error === undefined ? '' : ` (${error})`}`).join(', ');
  return `${broken.length === all.length ? 'Nothing came whole' : 'Not all came whole'}: ${each}.`;
}

function isRunning({ state }: Download): boolean {
  return state === 'in_progress' || state === 'held_back';
}

async function answer({ services }: CallContext, text: string, value: readonly Download[]): Promise<Result> {
  await services.downloads.tell(value.filter((one) => !isRunning(one)).map(({ id }) => id));
  return { text, value: { downloads: value } };
}
