// Whether clients may take tabs that no client holds, as the person has set it in the popup. Kept with the profile; each claim
// reads it anew, so that a change holds from that moment on.

import { isOneOf } from '../json.ts';

export const CLAIM_RULES = ['ask', 'allow', 'never'] as const;
export type ClaimRule = (typeof CLAIM_RULES)[number];

const STORED = 'claimRule';

/** Asking is the rule unless the person has set another, and whenever what is stored makes no sense. */
export async function claimRule(): Promise<ClaimRule> {
  const stored = (await chrome.storage.local.get(STORED))[STORED];
  return isOneOf(stored, CLAIM_RULES) ? stored : 'ask';
}

export async function setClaimRule(rule: ClaimRule): Promise<void> {
  await chrome.storage.local.set({ [STORED]: rule });
}
