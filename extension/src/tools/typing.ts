// Text and keys for one element. It exists because they go to whatever has the focus when they come: the page's agent says, at the
// same time, whether they arrived; what the page led away from the element was held back, and is tried again or told.

import { ignore, reasonOf, sleep } from '../async.ts';
import { insertText, pressChord, typeSlowly } from '../input/keyboard.ts';
import { parseChord } from '../input/keys.ts';
import { ToolError } from '../errors.ts';
import type { Arrived, Prepared } from '../page/protocol.ts';
import type { Target } from '../pages/types.ts';
import { ACTIONABLE_MS, locate } from './aiming.ts';
import type { Run } from './page-tool.ts';

/** A page takes the focus away either each time, or only while something of it closes. */
const TRIES = 4;
const AGAIN_MS = 100;
/** The page's word comes at about the time when Chrome says that the text is in. */
const WORD_MS = 1_000;
const GRACE_MS = 50;
/** Each of them, however many. */
const ALL = 1_000_000;

export interface Typing {
  replace: boolean;
  slowly?: boolean;
  submit?: boolean;
}

/** Undefined: done; an error: not to be tried again. */
type Attempt = Pick<Prepared, 'how' | 'what' | 'instead'> | ToolError | undefined;

/** `named`: the ref or the selector that the caller gave for the element. */
export async function typeText(run: Run, named: string, located: Target, text: string, { replace, slowly = false, submit = false }: Typing): Promise<void> {
  const { pages } = run.call.services;
  const isNothing = text === '' && !replace;
  await focused(run, named, located, async (target) => {
    const bySteps = slowly && text !== '';
    const count = bySteps ? ALL : Number(!isNothing) + Number(submit);
    const [prepared] = await Promise.all([pages.ask(run.tabId, target, 'prepareTyping', { text, replace, count }), pages.holdBack(run.tabId, target, true)]);
    if (prepared.how === 'set' && submit) await pressIn(run, named, target, () => pressEnter(run));
    if (prepared.how !== 'typing') return prepared.how === 'set' ? undefined : prepared;
    const before = Number(prepared.selectsByKey === true);
    if (before > 0) {
      const selected = await arrived(run, target, before, () => selectAll(run));
      if (isLost(selected, before)) return lost(target, selected);
    }
    if (bySteps) return key(run, target, text, submit, before);
    if (!isNothing) {
      const typed = await arrived(run, target, before + 1, () => put(run, text));
      // A field that has the focus and heard nothing may have had it back only after the text went nowhere.
      if (isLost(typed, before + 1) || (text !== '' && typed.came === before && !typed.isChanged)) return lost(target, typed);
    }
    return submit ? send(run, target, count, before) : undefined;
  });
}

/** Presses keys, the first of them in this element. */
export async function pressIn(run: Run, named: string, located: Target, press: () => Promise<void>): Promise<void> {
  await focused(run, named, located, async (target) => {
    const { pages } = run.call.services;
    const [prepared] = await Promise.all([pages.ask(run.tabId, target, 'focus', { count: 1 }), pages.holdBack(run.tabId, target, true)]);
    if (prepared.how !== 'typing') return prepared;
    const pressed = await arrived(run, target, 1, press);
    return isLost(pressed, 1) ? lost(target, pressed) : undefined;
  });
}

/** Tries until the page lets it, as long as an element may take to be ready. */
async function focused(run: Run, named: string, located: Target, attempt: (target: Target) => Promise<Attempt>): Promise<void> {
  const deadline = Math.min(run.call.deadline, performance.now() + ACTIONABLE_MS);
  let target = located;
  for (let tries = 1; ; ) {
    const outcome = await attempt(target).catch((error: unknown) => {
      if (error instanceof ToolError) return error;
      throw error;
    }).finally(() => ignore(run.call.services.pages.holdBack(run.tabId, located, false)));
    if (outcome === undefined) return;
    if (run.signal.aborted) throw reasonOf(run.signal);
    if (outcome instanceof ToolError) {
      // A selector means what it matches now.
      if (outcome.code !== 'stale_ref' || /^(?:f\d+)?e\d+$/.test(named) || tries >= TRIES) throw outcome;
      target = await locate(run, named, 'type');
      tries += 1;
      continue;
    }
    const isDisabled = outcome.how === 'disabled';
    if (!isDisabled) tries += 1;
    if (tries > TRIES || performance.now() >= deadline) throw refused(outcome);
    run.call.waitingFor(isDisabled ? `${outcome.what} to be enabled` : `the page to leave the focus in ${outcome.what}`);
    await sleep(AGAIN_MS, run.signal);
  }
}

/** Key by key; what came stays, so that nothing is tried twice. `before`: how many keys came ahead of the text. */
async function key(run: Run, target: Target, text: string, submit: boolean, before: number): Promise<Attempt> {
  await typeSlowly(run.tab.root, text, run.signal);
  if (submit) await pressEnter(run);
  const heard = await word(run, target, 0, 0);
  const typed = { ...heard, came: heard.came - before };
  const all = [...text.replaceAll('\r\n', '\n')].length + Number(submit);
  if (!isLost(typed, all)) {
    tellCarried(run, target, typed);
    return undefined;
  }
  if (typed.came === 0) return lost(target, typed);
  const rest = typed.came < all - Number(submit) ? `got only the first ${typed.came} of ${all - Number(submit)} characters` : 'got the text, but Enter was not pressed';
  return partly(`${target.what} ${rest}: the page ${whither(typed)} meanwhile, and what would have come elsewhere was held back.`);
}

/** Enter, behind the text in the same field. */
async function send(run: Run, target: Target, count: number, before: number): Promise<Attempt> {
  const sent = await arrived(run, target, before + count, () => pressEnter(run));
  if (isLost(sent, before + count)) return count === 1 ? lost(target, sent) : partly(`${target.what} got the text, but Enter was not pressed: the page ${whither(sent)} after the text.`);
  tellCarried(run, target, sent);
  return undefined;
}

function partly(message: string): ToolError {
  return new ToolError('not_actionable', message, 'Look at the page with browser_snapshot, and go on from what is in its fields now.');
}

/** What was typed by a call that was given up is not sent. */
async function pressEnter({ tab, call, signal }: Run): Promise<void> {
  if (signal.aborted) throw reasonOf(signal);
  const { isMac } = call.services;
  await pressChord(tab.root, parseChord('Enter', isMac), isMac);
}

async function selectAll({ tab, call }: Run): Promise<void> {
  const { isMac } = call.services;
  await pressChord(tab.root, parseChord('ControlOrMeta+a', isMac), isMac);
}

/** The content is selected: taking it away is what typing nothing over it means. */
async function put({ tab, call }: Run, text: string): Promise<void> {
  const { isMac } = call.services;
  if (text === '') await pressChord(tab.root, parseChord('Delete', isMac), isMac);
  else await insertText(tab.root, text);
}

/** The page is asked together with the input, and asked again only if it heard nothing of it. */
async function arrived(run: Run, target: Target, least: number, input: () => Promise<void>): Promise<Arrived> {
  const first = word(run, target, least, WORD_MS);
  await input();
  const early = await Promise.race([first, sleep(GRACE_MS)]);
  const now = early ?? (await word(run, target, least, 0));
  if (now.came >= least || !now.holds) return now;
  // The focus may have come back only after the input went to another frame.
  const wentAway = await run.call.services.pages.holdBack(run.tabId, target, false).catch(() => false);
  return { ...now, holds: !wentAway };
}

async function word(run: Run, target: Target, least: number, waitMs: number): Promise<Arrived> {
  // A document that went away with the input cannot be asked, and got it.
  const gone: Arrived = { came: ALL, missed: false, holds: true, isChanged: true, instead: '', carriedTo: '' };
  return run.call.services.pages.ask(run.tabId, target, 'arrived', { least, waitMs }).catch(() => gone);
}

function isLost({ missed, came, holds }: Arrived, all: number): boolean {
  return missed || (came < all && !holds);
}

function lost({ what }: Target, { instead }: Arrived): Attempt {
  return { how: 'moved', what, instead };
}

function whither({ instead }: Arrived): string {
  return instead === '' ? 'took the focus away' : `moved the focus to ${instead}`;
}

function refused({ how, what, instead }: Pick<Prepared, 'how' | 'what' | 'instead'>): ToolError {
  if (how === 'disabled') return new ToolError('not_actionable', `${what} is disabled.`, 'Do what enables it first, then try again.');
  const whereTo = instead === '' ? 'takes it away' : `moves it to ${instead}`;
  const next = instead === '' ? '' : 'Use that ref if it is what you mean. ';
  return new ToolError('not_actionable', `${what} does not keep the focus: the page ${whereTo} each time. Nothing was typed.`, `${next}browser_click or browser_snapshot may show what the page wants first.`);
}

function tellCarried(run: Run, { what }: Target, { carriedTo }: Arrived): void {
  if (carriedTo !== '') run.notes.push(`The page moved the focus on while ${what} was typed into: the rest went to ${carriedTo}.`);
}
