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

/** Whether the question's window comes to the front: a client that asks the person something may, tabhub's own questions do not. */
export type Manner = 'in front' | 'in the background';

export class Asker {
  readonly #open = new Map<string, Open>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    chrome.runtime.onConnect.addListener((port) => {
      if (port.name.startsWith(ASK_PORT)) this.#serve(port);
    });
  }

  /** The open questions that a click can answer, for the popup. */
  get open(): { id: string; question: Question }[] {
    return [...this.#open].flatMap(([id, { question }]) => (question.options.length > 0 ? [{ id, question }] : []));
  }

  /** The person has answered in the popup. */
  answer(id: string, answer: string): void {
    const open = this.#open.get(id);
    if (open?.question.options.includes(answer) === true) open.resolve(answer);
  }

  /** null: the person closed the question. */
  async ask(question: Question, signal: AbortSignal, manner: Manner = 'in front'): Promise<string | null> {
    const id = crypto.randomUUID();
    let windowId: number | undefined;
    try {
      const answer = new Promise<string | null>((resolve, reject) => {
        this.#open.set(id, { question, resolve });
        signal.addEventListener('abort', () => reject(reasonOf(signal)), { once: true });
        if (signal.aborted) reject(reasonOf(signal));
      });
      ignore(answer);
      this.#onChange();
      const shown = await chrome.windows.create({ url: `ask.html#${id}`, type: 'popup', focused: manner === 'in front', ...SIZE });
      windowId = shown?.id;
      return await answer;
    } finally {
      this.#open.delete(id);
      this.#onChange();
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
