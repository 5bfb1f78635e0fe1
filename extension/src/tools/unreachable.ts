// Why Chrome shows an error page of its own in place of a page, and what can be done about it. It exists so that the call which
// meets the wall and every later look at it say the same.

import { shortUrl } from '../bounded.ts';
import { ToolError } from '../errors.ts';

export const ASKS_WHO = 'asks for a name and password (HTTP authentication), which tabhub does not answer';
export const ASK_PERSON = 'Ask the person to sign in there, in the browser.';

export function whyUnreachable(address: string, errorText: string | undefined): ToolError {
  const url = shortUrl(address);
  const reason = errorText === undefined || errorText === '' ? 'an error of the network' : errorText;
  const data = { url, netError: reason };
  if (reason.includes('AUTH_CREDENTIALS')) return new ToolError('unsupported', `${url} ${ASKS_WHO} (${reason}).`, ASK_PERSON, data);
  if (/CERT|SSL/.test(reason)) {
    const message = `The browser does not trust the server of ${url} (${reason}).`;
    return new ToolError('not_allowed', message, 'Only the person may accept a certificate, in the browser; use another address.', data);
  }
  return new ToolError('navigation_failed', `${url} could not be opened: ${reason}.`, 'Check the address, and that its server is up.', data);
}
