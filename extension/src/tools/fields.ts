// Gives one field a value, whatever kind of field it is: text, dates, ticks, radios, native lists, and lists that the page made
// itself. It exists so that browser_fill_form and browser_select_option mean the same by "set this to that".

import { pressChord } from '../input/keyboard.ts';
import { parseChord } from '../input/keys.ts';
import { asToolError, ToolError } from '../errors.ts';
import type { FieldFacts, OptionFacts } from '../page/protocol.ts';
import type { Target } from '../pages/types.ts';
import { locate, press } from './aiming.ts';
import { tabChange, type Run } from './page-tool.ts';
import { typeText } from './typing.ts';

/** How long a list that the page made itself may take to show its options. */
const OPTIONS_MS = 2_000;
/** A list that shows its options only as it is scrolled is gone through for so long. */
const SCROLL_MS = 20_000;
const MORE_MS = 1_500;
const MAX_LISTED = 40;
const PLAIN = { button: 'left', double: false, modifiers: 0 } as const;

export type FieldValue = string | number | boolean | readonly string[];

/** What was set, in words for the answer; the value itself is not told, it may be a secret. */
export interface Filled {
  readonly what: string;
  /** Its page may keep the text only if it is picked from a list. */
  readonly isFilter: boolean;
}

export async function setField(run: Run, ref: string, value: FieldValue): Promise<Filled> {
  const named = await locate(run, ref, 'handle');
  const { control } = await run.call.services.pages.ask(run.tabId, named, 'field', {});
  return { what: await setByKind(run, ref, named, control, value), isFilter: control === 'filter' };
}

/** Picks from its list what the page took away again because it was only typed. */
export async function keepText(run: Run, ref: string, { what }: Filled, value: FieldValue): Promise<void> {
  const wanted = textOf(value);
  const isGone = async (): Promise<boolean> => {
    const named = await locate(run, ref, 'handle');
    return (await run.call.services.pages.ask(run.tabId, named, 'field', {})).isEmpty === true;
  };
  if (wanted === '' || !(await isGone())) return;
  const said = `The page emptied ${what} again when the focus left it: it keeps only what is picked from its list.`;
  await chooseOptions(run, ref, [wanted]).catch((error: unknown) => {
    const { code, message, next, data } = asToolError(error);
    throw new ToolError(code, `${said} ${message}`, next, data);
  });
  if (await isGone()) throw new ToolError('tool_failed', `${said} Picking ${JSON.stringify(wanted)} there did not fill it either.`, 'Look at the page with browser_snapshot: something may have to be filled in first.');
}

async function setByKind(run: Run, ref: string, named: Target, control: FieldFacts['control'], value: FieldValue): Promise<string> {
  const { pages } = run.call.services;
  switch (control) {
    case 'list': {
      const target = await locate(run, ref, 'select');
      await pages.selectOptions(run.tabId, target, listOf(value));
      return target.what;
    }
    case 'check':
      return setTick(run, ref, value);
    case 'radio':
    case 'group':
      return setRadio(run, ref, named, value);
    case 'popup':
      return chooseOptions(run, ref, listOf(value));
    case 'file':
      throw new ToolError('invalid_params', `${named.what} takes files, not text.`, 'Use browser_file_upload for it.');
    default: {
      const target = await locate(run, ref, 'type');
      await typeText(run, ref, target, textOf(value), { replace: true });
      return target.what;
    }
  }
}

async function setTick(run: Run, ref: string, value: FieldValue): Promise<string> {
  const wanted = truthOf(value);
  const { pages } = run.call.services;
  const target = await locate(run, ref, 'press');
  const isTicked = async (): Promise<boolean> => (await pages.ask(run.tabId, target, 'field', {})).checked === true;
  if ((await isTicked()) === wanted) return target.what;
  await press(run, target, PLAIN);
  await holds(run, async () => (await isTicked()) === wanted, `${target.what} did not become ${wanted ? 'checked' : 'unchecked'} by a click.`);
  return target.what;
}

async function setRadio(run: Run, ref: string, named: Target, value: FieldValue): Promise<string> {
  const { pages } = run.call.services;
  const itself = value === true || value === 'true';
  const wanted = itself ? {} : { wanted: textOf(value) };
  const facts = await pages.ask(run.tabId, named, 'field', wanted);
  if (value === false || value === 'false' || facts.control === 'group' || (!itself && facts.pick === undefined)) {
    throw new ToolError(
      'invalid_params',
      `${named.what} has no choice ${JSON.stringify(value)}.${listed(facts.options ?? [])}`,
      'Give the label of one of the choices, or true with the ref of the radio button itself.',
    );
  }
  if (facts.checked === true) return named.what;
  const target = await locate(run, facts.pick ?? ref, 'press');
  await press(run, target, PLAIN);
  await holds(run, async () => (await pages.ask(run.tabId, target, 'field', {})).checked === true, `${target.what} did not become checked by a click.`);
  return target.what;
}

/** Opens a list that the page made itself, as a person does, and clicks the options in it. */
export async function chooseOptions(run: Run, ref: string, values: readonly string[]): Promise<string> {
  let what = ref;
  for (const wanted of values) what = await chooseOne(run, ref, wanted);
  return what;
}

async function chooseOne(run: Run, ref: string, wanted: string): Promise<string> {
  const { pages, isMac } = run.call.services;
  const list = await locate(run, ref, 'press');
  const { control } = await pages.ask(run.tabId, list, 'field', {});
  let options = await pages.ask(run.tabId, list, 'openOptions', { wanted });
  if (!options.own || options.labels.length === 0) {
    await press(run, list, PLAIN);
    if (control === 'filter') await typeText(run, ref, list, wanted, { replace: true });
    run.call.waitingFor(`the options of ${list.what} to be shown`);
    await waitFor(run, OPTIONS_MS, async () => {
      options = await pages.ask(run.tabId, list, 'openOptions', { wanted });
      return options.pick !== undefined;
    });
  }
  if (options.pick === undefined && options.labels.length > 0) options = await furtherDown(run, list, wanted, options);
  const { pick } = options;
  if (pick === undefined) {
    await pressChord(run.tab.root, parseChord('Escape', isMac), isMac);
    const next = options.labels.length === 0 ? 'Look at the page with browser_snapshot: its options may need another way to be shown.' : 'Give the label of one of these.';
    const none = options.labels.length === 0 ? ' It showed no options when it was clicked.' : listed(options.labels);
    throw new ToolError('invalid_params', `${list.what} has no option ${JSON.stringify(wanted)}.${none}`, next);
  }
  if (options.disabled === true) {
    throw new ToolError('not_actionable', `The option ${JSON.stringify(options.label)} of ${list.what} is disabled.`, 'Choose another option.');
  }
  await pressOption(run, list, wanted, pick);
  return list.what;
}

/** Lists that hold only what is in view make their options anew when one of them is scrolled into view. */
async function pressOption(run: Run, list: Target, wanted: string, first: string): Promise<void> {
  for (let pick = first, attempt = 1; ; attempt++) {
    try {
      await press(run, await locate(run, pick, 'press'), PLAIN);
      return;
    } catch (error) {
      if (attempt === 3 || asToolError(error).code !== 'stale_ref') throw error;
      const again = await run.call.services.pages.ask(run.tabId, list, 'openOptions', { wanted });
      if (again.pick === undefined) throw error;
      pick = again.pick;
    }
  }
}

/** The wanted option, or all that the list shows from its begin to its end. */
async function furtherDown(run: Run, list: Target, wanted: string, shown: OptionFacts): Promise<OptionFacts> {
  const { pages } = run.call.services;
  const labels = new Set(shown.labels);
  let options = shown;
  const until = performance.now() + SCROLL_MS;
  run.call.waitingFor(`the list of ${list.what} to show ${JSON.stringify(wanted)} as it is scrolled`);
  for (let to: 'start' | 'next' = 'start'; performance.now() < until && !run.signal.aborted; to = 'next') {
    run.tab.wantFrames();
    const moved = await pages.ask(run.tabId, list, 'scrollOptions', { to });
    if (!moved && to === 'next') break;
    if (!moved) continue;
    const before = options.labels.join();
    const hasMore = async (): Promise<boolean> => {
      options = await pages.ask(run.tabId, list, 'openOptions', { wanted });
      return options.pick !== undefined || options.labels.join() !== before;
    };
    // All options were there from the begin.
    if (!(await waitFor(run, MORE_MS, hasMore))) break;
    if (options.pick !== undefined) return options;
    for (const label of options.labels) labels.add(label);
  }
  return { own: shown.own, labels: [...labels] };
}

/** One of the suggestions that Chrome itself draws below a field, where no click reaches them. */
export async function chooseSuggestion(run: Run, ref: string, wanted: string): Promise<string> {
  const target = await locate(run, ref, 'type');
  const { pick, options = [] } = await run.call.services.pages.ask(run.tabId, target, 'field', { wanted });
  if (pick === undefined) {
    throw new ToolError('invalid_params', `${target.what} does not suggest ${JSON.stringify(wanted)}.${listed(options)}`, 'Give one of these, or put in any other text with browser_type.');
  }
  await typeText(run, ref, target, pick, { replace: true });
  return target.what;
}

function listed(labels: readonly string[]): string {
  if (labels.length === 0) return '';
  const more = labels.length > MAX_LISTED ? ` and ${labels.length - MAX_LISTED} more` : '';
  return ` It has ${labels.slice(0, MAX_LISTED).map((label) => JSON.stringify(label)).join(', ')}${more}.`;
}

/** A page of a framework shows what a click did a moment later. */
async function holds(run: Run, test: () => Promise<boolean>, otherwise: string): Promise<void> {
  if (await waitFor(run, 1_000, test)) return;
  throw new ToolError('tool_failed', otherwise, 'Look at the page with browser_snapshot: something may stand in the way.');
}

async function waitFor(run: Run, ms: number, test: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + ms;
  for (;;) {
    if (await test()) return true;
    if (performance.now() >= until || run.signal.aborted) return false;
    await tabChange(run, 25, () => false);
  }
}

function listOf(value: FieldValue): string[] {
  return typeof value === 'object' ? [...value] : [String(value)];
}

function textOf(value: FieldValue): string {
  return typeof value === 'object' ? value.join(', ') : String(value);
}

function truthOf(value: FieldValue): boolean {
  if (typeof value === 'boolean') return value;
  const word = String(value).trim().toLowerCase();
  if (/^(true|on|yes|1|checked)$/.test(word)) return true;
  if (/^(false|off|no|0|unchecked|)$/.test(word)) return false;
  throw new ToolError('invalid_params', `A checkbox takes true or false, not ${JSON.stringify(value)}.`, 'Give true or false.');
}
