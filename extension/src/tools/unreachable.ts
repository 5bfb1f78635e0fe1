// Why Chrome shows an error page of its own in place of a page, and what can be done about it. It exists so that the call which
// meets the wall and every later look at it say the same.

import { shortUrl } from '../bounded.ts';
import { ToolError } from '../errors.ts';

export const ASKS_WHO = 'asks for a name and password (HTTP authentication), which tabhub does not answer';
export const ASK_PERSON = 'Ask the person to sign in there, in the browser.';

/** What is known of the attempt beside Chrome's reason. */
export interface Attempt {
  /** HTTP status of the answer, if one came. */
  status: number | undefined;
  /** browser_emulate has taken the network from the tab. */
  isOffline: boolean;
}

const UNKNOWN: Attempt = { status: undefined, isOffline: false };

export function whyUnreachable(address: string, errorText: string | undefined, { status, isOffline }: Attempt = UNKNOWN): ToolError {
  const url = shortUrl(address);
  const reason = errorText === undefined || errorText === '' ? 'an error of the network' : errorText;
  const data = { url, netError: reason };
  if (reason.includes('AUTH_CREDENTIALS')) return new ToolError('unsupported', `${url} ${ASKS_WHO} (${reason}).`, ASK_PERSON, data);
  if (/CERT|SSL/.test(reason)) {
    const message = `The browser does not trust the server of ${url} (${reason}).`;
    return new ToolError('not_allowed', message, 'Only the person may accept a certificate, in the browser; use another address.', data);
  }
  const failed = (message: string, next: string): ToolError => new ToolError('navigation_failed', message, next, data);
  if (reason.includes('INTERNET_DISCONNECTED')) {
    return isOffline
      ? failed(`${url} could not be opened: browser_emulate has set network offline in this tab (${reason}).`, 'Set network online with browser_emulate first.')
      : failed(`${url} could not be opened: the person’s computer has no network (${reason}).`, 'Ask the person to connect it, then try again.');
  }
  if (reason.includes('UNSAFE_PORT')) {
    return failed(`Chrome opens no page at the port of ${url}: it belongs to another kind of service (${reason}).`, 'Use another port, if the server can.');
  }
  if (reason.includes('TOO_MANY_REDIRECTS')) {
    return failed(`The server of ${url} sends the browser on from one address to the next without end (${reason}).`, 'Use another address of it; old cookies may be why, which the person can clear for this site.');
  }
  if (reason.includes('HTTP_RESPONSE_CODE_FAILURE')) {
    const what = status === undefined ? 'an HTTP status of failure' : `HTTP status ${status}`;
    return failed(`The server of ${url} answered with ${what} and an empty page.`, 'The server is up, and this address gives nothing: check the path, or use another address.');
  }
  return failed(`${url} could not be opened: ${reason}.`, 'Check the address, and that its server is up.');
}
