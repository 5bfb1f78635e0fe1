// A dialog in words. It exists because three places (the answer of the action, the refusal of other tools, the popup) name it.

import { bounded } from '../bounded.ts';
import type { Dialog } from './debug-tab.ts';

const MESSAGE_CHARS = 2_000;
const PRESET_CHARS = 500;

/** As it is told: pages choose how long their questions are. */
export function shortDialog({ type, message, defaultPrompt }: Dialog): Dialog {
  return { type, message: bounded(message, MESSAGE_CHARS), ...(defaultPrompt === undefined ? {} : { defaultPrompt: bounded(defaultPrompt, PRESET_CHARS) }) };
}

export function describeDialog(dialog: Dialog): string {
  const { type, message, defaultPrompt } = shortDialog(dialog);
  const kind = type === 'beforeunload' ? '“leave this page?”' : type;
  const preset = defaultPrompt === undefined || defaultPrompt === '' ? '' : ` (preset answer: ${JSON.stringify(defaultPrompt)})`;
  return `${kind}${message === '' ? '' : ` ${JSON.stringify(message)}`}${preset}.`;
}
