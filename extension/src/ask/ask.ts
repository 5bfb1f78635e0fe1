// The window that shows a client's question to the person. It shows words as words only, whoever wrote them, and names the client.

import { isRecord, list, text } from '../json.ts';
import { ASK_PORT, type Reply } from './messages.ts';

const byId = (id: string): HTMLElement => document.getElementById(id) ?? document.body;
const port = chrome.runtime.connect({ name: ASK_PORT + location.hash.slice(1) });

function reply(answer: string | null): void {
  const message: Reply = { answer };
  port.postMessage(message);
  window.close();
}

port.onMessage.addListener((question: unknown) => {
  if (!isRecord(question)) return;
  const options = list(question.options).filter((option) => typeof option === 'string');
  byId('who').textContent = text(question.heading) ?? `${text(question.clientName) ?? 'A client'} asks:`;
  byId('message').textContent = text(question.message) ?? '';
  for (const option of options) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = option;
    button.addEventListener('click', () => reply(option));
    byId('options').append(button);
  }
  const field = byId('text');
  field.hidden = byId('send').hidden = options.length > 0;
  if (options.length === 0) field.focus();
});
// Nobody waits any more: the call was cancelled or late, or the worker went away.
port.onDisconnect.addListener(() => window.close());
byId('dismiss').addEventListener('click', () => reply(null));
byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = byId('text');
  if (field instanceof HTMLTextAreaElement && field.value.trim() !== '') reply(field.value.trim());
});
