// Gives one field a value, whatever kind of field it is: text, dates, ticks, radios, native lists, and lists that the page made
// itself. It exists so that browser_fill_form and browser_select_option mean the same by "set this to that".

import { asToolError, ToolError } from '../errors.ts';
import type { FieldFacts } from '../page/protocol.ts';
import type { Target } from '../pages/types.ts';
import { locate, PLAIN, press } from './aiming.ts';
import { chooseExactly, chooseOptions, closeList, leaveField, listed, waitFor } from './lists.ts';
import type { Run } from './page-tool.ts';
import { typeText } from './typing.ts';

/** How long a page may take to put back what it does not keep. */
const LEFT_MS = 400;

export type FieldValue = string | number | boolean | readonly string[];

/** What was set, in words for the answer; the value itself is not told, it may be a secret. */
export interface Filled {
  readonly what: string;
  /** Typed only, although it has a list: what is picked there might be searched for at once. */
  readonly isSearch: boolean;
}

export async function setField(run: Run, ref: string, value: FieldValue): Promise<Filled> {
  const named = await locate(run, ref, 'handle');
  const facts = await run.call.services.pages.ask(run.tabId, named, 'field', {});
  return { what: await setByKind(run, ref, named, facts, value), isSearch: facts.isSearch === true };
}

/** What is only searched for is not picked from a list, which might send it: the page may take it away again, and that is said. */
export async function checkKept(run: Run, ref: string, { what }: Filled, value: FieldValue): Promise<void> {
  if (textOf(value) === '' || (await fieldOf(run, ref)).isEmpty !== true) return;
  throw new ToolError(
    'tool_failed',
    `The page emptied ${what} again when the focus left it: it keeps only what is picked from its list, or what is sent at once.`,
    'Use browser_select_option to pick from its list, or browser_type with submit to search.',
  );
}

async function fieldOf(run: Run, ref: string, wanted?: string): Promise<FieldFacts> {
  const named = await locate(run, ref, 'handle');
  return run.call.services.pages.ask(run.tabId, named, 'field', wanted === undefined ? {} : { wanted });
}

/** A text field with a list: what is in the list is picked from it, and any other text has to stay when the field is left. */
async function setFilter(run: Run, ref: string, named: Target, value: FieldValue): Promise<string> {
  if (typeof value === 'object') return chooseOptions(run, ref, value);
  const wanted = textOf(value);
  if (await chooseExactly(run, ref, wanted)) return named.what;
  await leaveField(run, named);
  const isTaken = await waitFor(run, LEFT_MS, async () => (await fieldOf(run, ref, wanted)).holds !== true);
  if (!isTaken) {
    await closeList(run, named, true);
    return named.what;
  }
  return chooseOptions(run, ref, [wanted]).catch((error: unknown) => {
    const { code, message, next, data } = asToolError(error);
    throw new ToolError(code, `Nothing was chosen in ${named.what}, and the page took the typed text away again when the focus left it: it keeps only what is picked from its list. ${message}`, next, data);
  });
}

async function setByKind(run: Run, ref: string, named: Target, facts: FieldFacts, value: FieldValue): Promise<string> {
  const { pages } = run.call.services;
  const isTyped = facts.isSearch === true || textOf(value) === '';
  switch (facts.control === 'filter' && isTyped ? 'text' : facts.control) {
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
    case 'filter':
      return setFilter(run, ref, named, value);
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
  await holds(run, async () => (await isTicked().catch(unlessReplaced(wanted))) === wanted, `${target.what} did not become ${wanted ? 'checked' : 'unchecked'} by a click.`);
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
  await holds(run, async () => (await pages.ask(run.tabId, target, 'field', {}).catch(unlessReplaced({ checked: true }))).checked === true, `${target.what} did not become checked by a click.`);
  return target.what;
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

/** A page that draws itself anew with each click has another field there; the answer tells how that is. */
function unlessReplaced<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (asToolError(error).code !== 'stale_ref') throw error;
    return value;
  };
}

/** A page of a framework shows what a click did a moment later. */
async function holds(run: Run, test: () => Promise<boolean>, otherwise: string): Promise<void> {
  if (await waitFor(run, 1_000, test)) return;
  throw new ToolError('tool_failed', otherwise, 'Look at the page with browser_snapshot: something may stand in the way.');
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
