// browser_fill_form: several fields in one call, each by what kind of field it is. It exists because a form filled field by field
// costs a turn of the model for each.

import { asToolError, ToolError } from '../errors.ts';
import { pressChord } from '../input/keyboard.ts';
import { parseChord } from '../input/keys.ts';
import { list, record, text } from '../json.ts';
import { settle } from '../settle.ts';
import { locate, press } from './aiming.ts';
import { checkKept, setField, type FieldValue, type Filled } from './fields.ts';
import { act, pageTool, type Run } from './page-tool.ts';
import { optionalFlag, wrong } from './params.ts';
import type { Tool } from './tool.ts';
import { pressIn } from './typing.ts';

interface Field {
  ref: string;
  value: FieldValue;
}

export const fillForm: Tool = pageTool({ need: 'content', kind: 'action' }, async (run) => {
  const { params } = run.call;
  const fields = list(params.fields).map(fieldOf);
  if (fields.length === 0) throw wrong('fields', 'a list of { ref, value }');
  const submit = optionalFlag(params, 'submit') ?? false;
  return act(run, 'Filled nothing yet.', async () => {
    const done: Filled[] = [];
    for (const [i, field] of fields.entries()) {
      if (i > 0) await calmDown(run);
      done.push(await setField(run, field.ref, field.value).catch((error: unknown) => fail(error, field, i, fields.length, done)));
      run.said = `Filled ${namesOf(done)}.`;
    }
    await checkAll(run, fields, done);
    if (submit) await send(run, fields);
  });
});

/** The last field has not been left yet, and is left only by what sends the form. */
async function checkAll(run: Run, fields: readonly Field[], done: readonly Filled[]): Promise<void> {
  for (const [i, field] of fields.slice(0, -1).entries()) {
    const filled = done[i];
    if (filled?.isSearch !== true) continue;
    await calmDown(run);
    await checkKept(run, field.ref, filled, field.value).catch((error: unknown) => fail(error, field, i, fields.length, done.filter((one) => one !== filled)));
  }
}

function namesOf(done: readonly Filled[]): string {
  return done.map(({ what }) => what).join(', ');
}

/** One field's change may bring, move or enable the next. */
async function calmDown(run: Run): Promise<void> {
  const { pages } = run.call.services;
  await settle(run.tab, {
    since: run.tab.tick,
    signal: run.signal,
    quiet: (ms) => pages.quiet(run.tabId, ms),
    waitingFor: (what) => run.call.waitingFor(what),
  });
}

async function send(run: Run, fields: readonly Field[]): Promise<void> {
  const { pages, isMac } = run.call.services;
  const last = await locate(run, fields.at(-1)?.ref ?? '', 'handle');
  const button = await pages.ask(run.tabId, last, 'submitButton', {});
  if (button === '') {
    await pressIn(run, last.ref ?? '', last, () => pressChord(run.tab.root, parseChord('Enter', isMac), isMac));
    run.said += ' Pressed Enter.';
    return;
  }
  const target = await locate(run, button, 'press');
  await press(run, target, { button: 'left', double: false, modifiers: 0 });
  run.said += ` Clicked ${target.what}.`;
}

function fail(error: unknown, field: Field, at: number, of: number, done: readonly Filled[]): never {
  const { code, message, next, data } = asToolError(error);
  const before = done.length === 0 ? 'Nothing was filled before.' : `Filled before: ${namesOf(done)}.`;
  throw new ToolError(code, `Field ${at + 1} of ${of} (${field.ref}): ${message} ${before}`, next, data);
}

function fieldOf(given: unknown): Field {
  const { ref, value } = record(given);
  const name = text(ref);
  if (name === undefined) throw wrong('fields', 'a list of { ref, value }, each with a ref');
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return { ref: name, value };
  const values = list(value).filter((one) => typeof one === 'string');
  if (!Array.isArray(value) || values.length !== value.length) throw wrong('fields', 'a list of { ref, value }, each value a text, a number, true, false or a list of texts');
  return { ref: name, value: values };
}
