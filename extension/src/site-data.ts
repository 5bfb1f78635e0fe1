// Whether AI hosts may use cookies and storage. It exists because these hold what proves who a person is: only the person may say
// so, in the popup, and until then no call does.

import { ToolError } from './errors.ts';

const STORED = 'siteDataAllowed';

export const siteData = {
  /** Asked anew each time: what the person has just switched off is off. */
  async allowed(): Promise<boolean> {
    return (await chrome.storage.local.get(STORED))[STORED] === true;
  },

  async allow(allowed: boolean): Promise<void> {
    await chrome.storage.local.set({ [STORED]: allowed });
  },

  async check(): Promise<void> {
    if (await siteData.allowed()) return;
    throw new ToolError(
      'not_allowed',
      'The person has not allowed AI hosts to use cookies and storage in this browser; they are off by default.',
      'Ask the person to switch on “Cookies and storage” in the tabhub popup, or go on without them.',
    );
  },
};
