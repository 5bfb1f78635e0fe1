// Who this browser is to the hub: an id that stays with the profile, and an epoch that is new with each start of the browser.
// It exists because the hub must tell "the worker woke up again" (same epoch: the journal is whole) from "the browser was
// started anew" (new epoch: what ran before is not known here).

import { text } from '../json.ts';

export interface BrowserIdentity {
  id: string;
  name: string;
  version: string;
  epoch: string;
  /** What the person or an agent calls this browser; kept with the profile. */
  givenName?: string;
}

const GIVEN_NAME = 'browserName';
/** As long as a name can be and still be one in a list. */
const NAME_CHARS = 60;

/** The name that this browser was given, if it was. */
export async function givenName(): Promise<string | undefined> {
  return text((await chrome.storage.local.get(GIVEN_NAME))[GIVEN_NAME]);
}

/** Gives this browser a name: one line, not long. What is left of it is returned; without anything left it has none any more. */
export async function giveName(wanted: string): Promise<string> {
  const name = wanted.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim().slice(0, NAME_CHARS).trim();
  if (name === '') await chrome.storage.local.remove(GIVEN_NAME);
  else await chrome.storage.local.set({ [GIVEN_NAME]: name });
  return name;
}

export async function findIdentity(): Promise<BrowserIdentity> {
  const [id, epoch, detailed] = await Promise.all([
    stored(chrome.storage.local, 'browserId'),
    stored(chrome.storage.session, 'browserEpoch'),
    navigator.userAgentData?.getHighEntropyValues(['fullVersionList']),
  ]);
  return { id, epoch, ...browserName(detailed?.fullVersionList, navigator.userAgent) };
}

async function stored(area: chrome.storage.StorageArea, key: string): Promise<string> {
  const found = text((await area.get(key))[key]);
  if (found !== undefined) return found;
  const fresh = crypto.randomUUID();
  await area.set({ [key]: fresh });
  return fresh;
}

/** `Google Chrome 156`, not `Chromium` and not the placeholder brand that Chrome mixes in. */
export function browserName(
  brands: readonly { brand: string; version: string }[] | undefined,
  userAgent: string,
): { name: string; version: string } {
  const real = (brands ?? []).filter(({ brand }) => !/not.*brand/i.test(brand));
  const best = real.find(({ brand }) => brand !== 'Chromium') ?? real[0];
  const fromAgent = /(?:Headless)?Chrome\/([\d.]+)/.exec(userAgent)?.[1];
  return { name: best?.brand ?? 'Chromium', version: best?.version ?? fromAgent ?? '' };
}
