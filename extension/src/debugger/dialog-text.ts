// A dialog in words. It exists because three places (the answer of the action, the refusal of other tools, the popup) name it.

import type { Dialog } from './debug-tab.ts';

export function describeDialog({ type, message, defaultPrompt }: Dialog): string {
  const kind = type === 'beforeunload' ? '“leave this page?”' : type;
  const preset = defaultPrompt === undefined || defaultPrompt === '' ? '' : ` (preset answer: ${JSON.stringify(defaultPrompt)})`;
  return `${kind}${message === '' ? '' : ` ${JSON.stringify(message)}`}${preset}.`;
}
