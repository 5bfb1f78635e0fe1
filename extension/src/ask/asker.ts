// Shows a client's question in a window of its own and waits for the person. It exists so that a question is never lost: however
// it ends (an answer, a closed window, a cancelled call), the window is gone and the call is answered.

import { ignore, reasonOf } from '../async.ts';
import { record, text } from '../json.ts';
import { ASK_PORT, type Question } from './messages.ts';

const SIZE = { width: 460, height: 340 };

interface Open {
  question: Question;
  resolve: (answer: string | null) => void;
}

export class Asker {
  readonly #open = new Map<string, Open>();

  constructor() {
    chrome.runtime.onConnect.addListener((port) => {
      if (port.name.startsWith(ASK_PORT)) this.#serve(port);
    });
  }

  /** null: the person closed the question. */
  async ask(question: Question, signal: AbortSignal): Promise<string | null> {
    const id = crypto.randomUUID();
    let windowId: number | undefined;
    try {
      const answer = new Promise<string | null>((resolve, reject) => {
        this.#open.set(id, { question, resolve });
        signal.addEventListener('abort', () => reject(reasonOf(signal)), { once: true });
        if (signal.aborted) reject(reasonOf(signal));
      });
      ignore(answer);
      const shown = await chrome.windows.create({ url: `ask.html#${id}`, type: 'popup', focused: true, ...SIZE });
      windowId = shown?.id;
      return await answer;
    } finally {
      this.#open.delete(id);
      if (windowId !== undefined) await chrome.windows.remove(windowId).catch(() => undefined); // It closes itself, too.
    }
  }

  #serve(port: chrome.runtime.Port): void {
    const open = this.#open.get(port.name.slice(ASK_PORT.length));
    // Only our own page may answer: a content script of ours has no such port, and no page can open one.
    if (open === undefined || port.sender?.url?.startsWith(chrome.runtime.getURL('ask.html')) !== true) {
      port.disconnect();
      return;
    }
    port.onMessage.addListener((message: unknown) => open.resolve(text(record(message).answer) ?? null));
    port.onDisconnect.addListener(() => open.resolve(null));
    port.postMessage(open.question);
  }
}
