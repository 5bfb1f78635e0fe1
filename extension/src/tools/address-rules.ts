// Which addresses a client may open, and an address as a person types it made whole. It exists so that refusals (file:,
// javascript:, pages where Chrome lets no extension act) are said before anything happens, in one place.

import { ToolError } from '../errors.ts';

const NO_EXTENSIONS = /^(chrome|chrome-untrusted|chrome-search|chrome-extension|devtools|edge|brave|vivaldi|opera|view-source):/i;
/** Chrome's own limit (url::kMaxURLChars), past which it refuses to go anywhere. */
const MAX_CHARS = 2_000_000;
const WEB_STORE = /^https?:\/\/(chromewebstore\.google\.com|chrome\.google\.com\/webstore)(\/|$)/i;

export function checkedAddress(typed: string, allowFileUrls: boolean): string {
  if (typed.length > MAX_CHARS) {
    const message = `The url has ${typed.length} characters; Chrome opens none with more than ${MAX_CHARS}.`;
    throw new ToolError('invalid_params', message, 'Give a shorter address; what is long belongs into a page or a request’s body.');
  }
  const url = complete(typed.trim());
  if (/^javascript:/i.test(url)) {
    throw new ToolError('not_allowed', 'javascript: addresses are refused.', 'Run scripts with browser_evaluate.');
  }
  if (NO_EXTENSIONS.test(url) || WEB_STORE.test(url)) {
    throw new ToolError('unsupported', `Chrome lets no extension act on ${url}.`, 'Open a web page instead.');
  }
  if (/^ftp:/i.test(url)) {
    throw new ToolError('unsupported', 'Chrome opens no ftp: addresses.', 'Use an http or https address.');
  }
  if (/^file:/i.test(url) && !allowFileUrls) {
    throw new ToolError('not_allowed', 'file: pages are refused by the settings.', 'Ask the person to allow file pages, or serve the file over http.');
  }
  return url;
}

/** An address to go to. */
export function openableAddress(typed: string, allowFileUrls: boolean): string {
  const url = checkedAddress(typed, allowFileUrls);
  // Given up with net::ERR_ABORTED by the debugger, passed over in silence by chrome.tabs.update.
  if (/^data:/i.test(url)) throw new ToolError('unsupported', 'Chrome lets no extension open a data: address in a tab.', 'Serve the page over http (on localhost, for example) and open that address.');
  return url;
}

/** Where a tab is or, as long as it is nowhere yet (Chrome says so by an empty text), where it goes. */
export function addressOf(tab: chrome.tabs.Tab): string {
  return tab.url !== undefined && tab.url !== '' ? tab.url : (tab.pendingUrl ?? '');
}

/** Why a page that is open already cannot be acted on, without a word of its address: it is the person's. */
export function closedToClients(url: string, allowFileUrls: boolean): ToolError | undefined {
  if (NO_EXTENSIONS.test(url) || WEB_STORE.test(url)) {
    return new ToolError('unsupported', 'The tab shows a page of the browser itself, and Chrome lets no extension act there.', 'Use another tab.');
  }
  return closedFile(url, allowFileUrls);
}

/** Whatever way led there: a drop, the history, the person. */
export function closedFile(url: string, allowFileUrls: boolean): ToolError | undefined {
  if (allowFileUrls || !/^(?:(?:blob|filesystem|view-source):)?file:/i.test(url)) return undefined;
  return new ToolError('not_allowed', 'The tab shows a file, and file: pages are refused by the settings.', 'Go elsewhere with browser_navigate, use another tab, or ask the person to allow file pages.');
}

function complete(typed: string): string {
  if (typed === '') throw new ToolError('invalid_params', 'The url is empty.', 'Give the address of a page.');
  // `localhost:8080/x` parses as scheme "localhost": a port after the colon says that it is a host.
  const hasScheme = /^[a-z][a-z0-9+.-]*:/i.test(typed) && !/^[^/:]+:\d+(\/|\?|#|$)/.test(typed);
  const whole = hasScheme ? typed : `${isLocal(typed) ? 'http' : 'https'}://${typed}`;
  if (!URL.canParse(whole)) throw new ToolError('invalid_params', `${typed} is not an address.`, 'Give a whole address, such as https://example.com/.');
  return whole;
}

function isLocal(address: string): boolean {
  return /^(localhost|127\.|\[::1\]|[^/]*\.localhost)/i.test(address);
}
