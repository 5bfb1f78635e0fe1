// browser_click, browser_hover, browser_type, browser_select_option, browser_press_key: what a person does with mouse and
// keyboard. Each finds its element, acts once, waits until what that began is done, and shows what changed.

import { pressChord } from '../input/keyboard.ts';
import { bitsOf, modifierOf, parseChord } from '../input/keys.ts';
import { locate, pointAt, press, unheard } from './aiming.ts';
import { chooseSuggestion } from './fields.ts';
import { chooseOptions } from './lists.ts';
import { act, pageTool, tabChange } from './page-tool.ts';
import { optionalFlag, optionalNumber, optionalText, optionalWord, requiredText, texts, wrong } from './params.ts';
import type { Tool } from './tool.ts';
import { pressIn, typeText } from './typing.ts';

const MAX_REPEAT = 500;
const FILE_CHOOSER_MS = 500;

const ACTION = { need: 'content', kind: 'action' } as const;

export const click: Tool = pageTool(ACTION, async (run) => {
  const { params, services } = run.call;
  const button = optionalWord(params, 'button', ['left', 'right', 'middle']) ?? 'left';
  const double = optionalFlag(params, 'doubleClick') ?? false;
  const modifiers = texts(params, 'modifiers').map((name) => {
    const modifier = modifierOf(name, services.isMac);
    if (modifier === undefined) throw wrong('modifiers', 'a list of Alt, Control, ControlOrMeta, Meta, Shift');
    return modifier;
  });
  const target = await locate(run, requiredText(params, 'ref'), 'press');
  const verb = double ? 'Double-clicked' : button === 'left' ? 'Clicked' : `Clicked (${button} button)`;
  return act(run, `${verb} ${target.what}.`, async () => {
    const since = run.tab.tick;
    await press(run, target, { button, double, modifiers: bitsOf(modifiers) });
    // The wish for a file comes through another process, a moment after the click is done.
    if (target.kind === 'file') await tabChange(run, FILE_CHOOSER_MS, () => run.tab.fileChooserAt > since);
  }, true);
});

export const hover: Tool = pageTool(ACTION, async (run) => {
  const target = await locate(run, requiredText(run.call.params, 'ref'), 'hover');
  return act(run, `Hovered over ${target.what}.`, async () => {
    const { isThere } = await pointAt(run, target, 'hover');
    if (!isThere) unheard(run, `The page heard nothing of the mouse over ${target.what}`);
  });
});

export const type: Tool = pageTool(ACTION, async (run) => {
  const { params } = run.call;
  const text = requiredText(params, 'text');
  const submit = optionalFlag(params, 'submit') ?? false;
  const slowly = optionalFlag(params, 'slowly') ?? false;
  const replace = optionalFlag(params, 'clear') ?? true;
  const ref = requiredText(params, 'ref');
  const target = await locate(run, ref, 'type');
  const said = `Typed into ${target.what}${submit ? ' and pressed Enter' : ''}.`;
  return act(run, said, () => typeText(run, ref, target, text, { replace, slowly, submit }));
});

export const selectOption: Tool = pageTool(ACTION, async (run) => {
  const { params, services } = run.call;
  const values = texts(params, 'values');
  const ref = requiredText(params, 'ref');
  const target = await locate(run, ref, 'select');
  const control = target.kind === 'select' ? 'list' : (await services.pages.ask(run.tabId, target, 'field', {})).control;
  if (control === 'suggest') {
    const [wanted, ...more] = values;
    if (wanted === undefined || more.length > 0) throw wrong('values', 'a list of one value for this field');
    return act(run, `Selected ${JSON.stringify(wanted)} in ${target.what}.`, async () => void (await chooseSuggestion(run, ref, wanted)));
  }
  if (control === 'popup' || control === 'filter') {
    return act(run, `Opened ${target.what}.`, async () => {
      await chooseOptions(run, ref, values);
      run.said = `Selected ${values.map((value) => JSON.stringify(value)).join(', ')} in ${target.what}.`;
    });
  }
  return act(run, `Selected ${values.map((value) => JSON.stringify(value)).join(', ')} in ${target.what}.`, async () => {
    const chosen = await services.pages.selectOptions(run.tabId, target, values);
    const names = chosen.map((value) => JSON.stringify(value)).join(', ');
    run.said = chosen.length === 0 ? `Nothing is selected in ${target.what} now.` : `Selected ${names} in ${target.what}.`;
  });
});

export const pressKey: Tool = pageTool(ACTION, async (run) => {
  const { params, services } = run.call;
  const name = requiredText(params, 'key');
  const chord = parseChord(name, services.isMac);
  const repeat = Math.max(1, Math.min(MAX_REPEAT, Math.round(optionalNumber(params, 'repeat') ?? 1)));
  const ref = optionalText(params, 'ref');
  const target = ref === undefined ? undefined : await locate(run, ref, 'type');
  const times = repeat === 1 ? '' : ` ${repeat} times`;
  return act(run, `Pressed ${name}${times}${target === undefined ? '' : ` in ${target.what}`}.`, async () => {
    const press = async (): Promise<void> => {
      for (let i = 0; i < repeat && !run.signal.aborted; i++) await pressChord(run.tab.root, chord, services.isMac);
    };
    if (ref === undefined || target === undefined) await press();
    else await pressIn(run, ref, target, press);
  }, repeat === 1);
});
