// Chooses in lists that the page made itself: opens them as a person does, clicks the options, and closes them again. It exists because
// such lists differ in all but that: some are typed into, some hold only what is in view, some stay open for more.

import { pressChord } from '../input/keyboard.ts';
import { parseChord } from '../input/keys.ts';
import { asToolError, ToolError } from '../errors.ts';
import type { OptionFacts } from '../page/protocol.ts';
import type { Target } from '../pages/types.ts';
import { locate, PLAIN, press } from './aiming.ts';
import { tabChange, type Run } from './page-tool.ts';
import { typeText } from './typing.ts';

/** How long a list may take to show its options. */
const OPTIONS_MS = 2_000;
/** One that is typed into shows at once, or only when something is typed. */
const UNTYPED_MS = 300;
/** One that says that it is open may unfold slowly. */
const UNFOLDED_MS = 700;
/** A list that shows its options only as it is scrolled is gone through for so long. */
const SCROLL_MS = 20_000;
const MORE_MS = 1_500;
/** How long a list that closes by itself may say that it is open, and may fade away where it says nothing. */
const UPDATED_MS = 100;
const FADED_MS = 400;
const CLOSED_MS = 600;
const MAX_LISTED = 40;

interface List {
  readonly ref: string;
  readonly field: Target;
  readonly isTyped: boolean;
  readonly exact: boolean;
  look(wanted: string, begin?: boolean): Promise<OptionFacts>;
}

export async function chooseOptions(run: Run, ref: string, values: readonly string[]): Promise<string> {
  const list = await listOf(run, ref, false);
  await closingAfter(run, list, async () => {
    for (const wanted of values) {
      const { option, labels } = await findOption(run, list, wanted);
      if (option === undefined) throw noOption(list, wanted, labels);
      await choose(run, list, wanted, option);
    }
    return true;
  });
  return list.field.what;
}

/** Chooses the option of just this name; false where there is none: then the text is in the field, and its list may be open. */
export async function chooseExactly(run: Run, ref: string, wanted: string): Promise<boolean> {
  const list = await listOf(run, ref, true);
  return closingAfter(run, list, async () => {
    const { option } = await findOption(run, list, wanted);
    if (option !== undefined) await choose(run, list, wanted, option);
    return option !== undefined;
  });
}

async function closingAfter(run: Run, list: List, choosing: () => Promise<boolean>): Promise<boolean> {
  const { isOpen: saysOpen, labels } = await list.look('', true);
  const isOpen = saysOpen || labels.length > 0;
  let isDone = true;
  try {
    isDone = await choosing();
  } catch (error) {
    if (!run.signal.aborted) await putBack(run, list, isOpen).catch(() => undefined);
    throw error;
  }
  // Escape would take out again what was only typed.
  if (isDone) await closeList(run, list.field, isOpen);
  return isDone;
}

/** What was only typed is taken back by the page when the field is left. */
async function putBack(run: Run, list: List, wasOpen: boolean): Promise<void> {
  await closeList(run, list.field, wasOpen);
  if (list.isTyped) await leaveField(run, list.field);
}

/** Until its list is closed too, and faded: a press on a list that is about to close does not open it. */
export async function leaveField(run: Run, field: Target): Promise<void> {
  const { pages } = run.call.services;
  await pages.ask(run.tabId, field, 'leave', {});
  await waitFor(run, CLOSED_MS, async () => {
    const { isOpen, expanded } = await pages.ask(run.tabId, field, 'openOptions', { wanted: '' });
    return !isOpen && !expanded;
  });
  await tabChange(run, FADED_MS, () => false);
}

async function listOf(run: Run, ref: string, exact: boolean): Promise<List> {
  const { pages } = run.call.services;
  // The open list itself may lie over its field.
  const field = await locate(run, ref, 'handle');
  const { control } = await pages.ask(run.tabId, field, 'field', {});
  return {
    ref, field, exact, isTyped: control === 'filter',
    look: (wanted, isFirst = false) => pages.ask(run.tabId, field, 'openOptions', { wanted, exact, begin: isFirst }),
  };
}

/** The option, or all labels that the list showed. */
async function findOption(run: Run, list: List, wanted: string): Promise<{ option?: OptionFacts; labels: readonly string[] }> {
  const { ref, field, isTyped, exact } = list;
  let options = await list.look(wanted);
  const shows = (ms: number, test: () => boolean): Promise<boolean> => waitFor(run, ms, async () => {
    options = await list.look(wanted);
    return test();
  });
  const open = async (): Promise<void> => {
    run.call.waitingFor(`the options of ${field.what} to be shown`);
    // Lists unfold with the frames that Chrome draws, of which it draws few in a tab that is not looked at.
    run.tab.wantFrames();
    // A press would close one that is open and has nothing to show.
    if (!isTyped || !options.expanded) await press(run, await locate(run, ref, 'press'), PLAIN);
    if (!isTyped) return void (await shows(OPTIONS_MS, () => options.pick !== undefined));
    const isShown = await shows(UNTYPED_MS, () => options.labels.length > 0);
    if (!isShown && options.expanded) await shows(UNFOLDED_MS, () => options.labels.length > 0);
  };
  if (!options.isOpen) await open();
  const untyped = options;
  if (isTyped && options.pick === undefined) {
    await typeText(run, ref, field, wanted, { replace: true });
    run.call.waitingFor(`the options of ${field.what} to be shown`);
    await shows(OPTIONS_MS, () => options.pick !== undefined);
    // Some filter by other words than those they show: what is typed is taken back then, and all of the list gone through.
    if (options.pick === undefined && !exact && untyped.labels.length > 0) {
      await leaveField(run, field);
      options = await list.look(wanted);
      if (!options.isOpen) await open();
    }
  }
  if (options.pick === undefined && options.labels.length > 0) options = await furtherDown(run, list, wanted, options);
  return { ...(options.pick === undefined ? {} : { option: options }), labels: options.labels.length > 0 ? options.labels : untyped.labels };
}

function noOption({ field, isTyped }: List, wanted: string, labels: readonly string[]): ToolError {
  const next = labels.length === 0 ? 'Look at the page with browser_snapshot: its options may need another way to be shown.' : 'Give the label of one of these.';
  const none = labels.length === 0 ? ` It showed no options when it was clicked${isTyped ? ' and typed into' : ''}.` : listed(labels);
  return new ToolError('invalid_params', `${field.what} has no option ${JSON.stringify(wanted)}.${none}`, next);
}

async function choose(run: Run, list: List, wanted: string, found: OptionFacts): Promise<void> {
  if (found.disabled === true) {
    throw new ToolError('not_actionable', `The option ${JSON.stringify(found.label)} of ${list.field.what} is disabled.`, 'Choose another option.');
  }
  if (found.isOn === true) return;
  // Lists that hold only what is in view make their options anew when one of them is scrolled into view.
  for (let pick = found.pick ?? '', attempt = 1; ; attempt++) {
    try {
      await press(run, await locate(run, pick, 'press'), PLAIN);
      return;
    } catch (error) {
      if (attempt === 3 || asToolError(error).code !== 'stale_ref') throw error;
      const again = await list.look(wanted);
      if (again.pick === undefined) throw error;
      pick = again.pick;
    }
  }
}

/** Leaves no list lying over the next field. Escape might close the dialog around a list that is closed already, or never closes. */
export async function closeList(run: Run, field: Target, wasOpen: boolean): Promise<void> {
  const { pages, isMac } = run.call.services;
  // Choosing may have led to another page.
  const look = (): Promise<OptionFacts | undefined> => pages.ask(run.tabId, field, 'openOptions', { wanted: '' }).catch(() => undefined);
  const isClosed = async (): Promise<boolean> => {
    const now = await look();
    // Some fields say that they are closed whatever they show.
    return now === undefined || (!now.expanded && (now.labels.length === 0 || wasOpen));
  };
  const first = await look();
  if (await waitFor(run, first?.expanded === true ? UPDATED_MS : FADED_MS, isClosed)) return;
  await pressChord(run.tab.root, parseChord('Escape', isMac), isMac);
  if (await waitFor(run, CLOSED_MS, isClosed)) return;
  await pages.ask(run.tabId, field, 'leave', {}).catch(() => false);
}

/** The wanted option, or all that the list shows from its begin to its end. */
async function furtherDown(run: Run, list: List, wanted: string, shown: OptionFacts): Promise<OptionFacts> {
  const { pages } = run.call.services;
  const labels = new Set(shown.labels);
  let options = shown;
  const until = performance.now() + SCROLL_MS;
  run.call.waitingFor(`the list of ${list.field.what} to show ${JSON.stringify(wanted)} as it is scrolled`);
  for (let to: 'start' | 'next' = 'start'; performance.now() < until && !run.signal.aborted; to = 'next') {
    run.tab.wantFrames();
    const moved = await pages.ask(run.tabId, list.field, 'scrollOptions', { to });
    if (!moved && to === 'next') break;
    if (!moved) continue;
    const before = options.labels.join();
    const hasMore = async (): Promise<boolean> => {
      options = await list.look(wanted);
      return options.pick !== undefined || options.labels.join() !== before;
    };
    // A list that has just opened may scroll itself to what is chosen in it.
    const isCarriedBack = (): Promise<boolean> => pages.ask(run.tabId, list.field, 'scrollOptions', { to: 'start' });
    // All options were there from the begin.
    if (!(await waitFor(run, MORE_MS, hasMore)) && !(to === 'start' && (await isCarriedBack()) && (await waitFor(run, MORE_MS, hasMore)))) break;
    if (options.pick !== undefined) return options;
    for (const label of options.labels) labels.add(label);
  }
  return { isOpen: shown.isOpen, expanded: shown.expanded, labels: [...labels] };
}

export function listed(labels: readonly string[]): string {
  if (labels.length === 0) return '';
  const more = labels.length > MAX_LISTED ? ` and ${labels.length - MAX_LISTED} more` : '';
  return ` It has ${labels.slice(0, MAX_LISTED).map((label) => JSON.stringify(label)).join(', ')}${more}.`;
}

export async function waitFor(run: Run, ms: number, test: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + ms;
  for (;;) {
    if (await test()) return true;
    if (performance.now() >= until || run.signal.aborted) return false;
    await tabChange(run, 25, () => false);
  }
}
