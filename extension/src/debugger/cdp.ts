// One CDP session of a tab (the root, or a cross-process frame's) through chrome.debugger. It exists so that every command
// has a timeout, every answer is checked to be an object, and Chrome's refusals become errors that say what happened.

import { within } from '../async.ts';
import { ToolError, messageOf } from '../errors.ts';
import { isRecord, record, text, type JsonRecord } from '../json.ts';

export const COMMAND_MS = 10_000;

/** Chrome refused a command. */
export class CdpError extends ToolError {
  readonly method: string;
  readonly detail: string;

  constructor(method: string, detail: string) {
    const walled = isWall(detail);
    const gone = /not attached|no tab with|detached while|target closed|inspected target navigated or closed/i.test(detail);
    super(
      walled ? 'unsupported' : 'tool_failed',
      walled ? 'The tab shows a page of Chrome’s own, such as its warning of a certificate, where no extension may act.' : gone ? `The tab went away or changed its page during ${method}.` : `Chrome refused ${method}: ${detail}`,
      walled ? 'Go to another page with browser_navigate; only the person may go on here, in the browser.' : 'Look at the page with browser_snapshot and try again.',
    );
    this.method = method;
    this.detail = detail;
  }
}

/** How Chrome says that it lets no debugger act on the page that a tab shows now, be it attached already. */
export function isWall(detail: string): boolean {
  return /cannot attach to this target|cannot access|cannot be scripted|extensions gallery/i.test(detail);
}

export class CdpTimeout extends ToolError {
  constructor(method: string, ms: number) {
    super(
      'tool_failed',
      `The page’s browser process did not answer ${method} within ${ms} ms; a script of the page may be busy.`,
      'Wait a moment, then look at the page with browser_snapshot; if it never answers, close the tab with browser_tabs and open a new one.',
    );
  }
}

export class Cdp {
  constructor(
    readonly tabId: number,
    readonly sessionId: string | undefined,
  ) {}

  async send(method: string, params: JsonRecord = {}, timeoutMs: number = COMMAND_MS): Promise<JsonRecord> {
    const target = this.sessionId === undefined ? { tabId: this.tabId } : { tabId: this.tabId, sessionId: this.sessionId };
    const sent: Promise<unknown> = chrome.debugger.sendCommand(target, method, params).catch((error: unknown) => {
      throw new CdpError(method, refusal(messageOf(error)));
    });
    return record(await within(sent, timeoutMs, () => new CdpTimeout(method, timeoutMs)));
  }
}

/** Chrome wraps the protocol's error in JSON: `{"code":-32000,"message":"…"}`. */
export function refusal(message: string): string {
  try {
    const parsed: unknown = JSON.parse(message);
    return isRecord(parsed) ? (text(parsed.message) ?? message) : message;
  } catch {
    return message;
  }
}
