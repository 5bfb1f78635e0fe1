// How the extension and the hub prove the shared secret to each other without sending it: HMAC-SHA256 over both nonces and
// the port that was dialled. It exists because any program of this machine could hold the hub's port; the port is in the
// proof so that a stranger cannot pass the challenge on to the real hub on another port.

export interface Challenge {
  port: number;
  hubNonce: string;
  ownNonce: string;
}

export type Prover = 'browser' | 'hub';

/** A pairing code as both sides key it: upper case, only the letters of the base32 alphabet. */
export function normalizeSecret(typed: string): string {
  return typed.toUpperCase().replace(/[^A-Z2-7]/g, '');
}

export function newNonce(): string {
  return hex(crypto.getRandomValues(new Uint8Array(32)));
}

export async function prove(secret: string, prover: Prover, challenge: Challenge): Promise<string> {
  const encoder = new TextEncoder();
  // An empty key is legal HMAC but not to WebCrypto: without a secret a byte stands in, and the proof simply fails.
  const keyBytes = encoder.encode(secret === '' ? '\0' : secret);
  const key = await crypto.subtle.importKey('raw', keyBytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const { port, hubNonce, ownNonce } = challenge;
  const message = `tabhub ${prover}\n${port}\n${hubNonce}\n${ownNonce}`;
  return hex(new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(message))));
}

/** Compares in constant time: how long it takes says nothing about where two proofs differ. */
export function sameProof(expected: string, received: string): boolean {
  if (expected.length !== received.length) return false;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) difference |= expected.charCodeAt(i) ^ received.charCodeAt(i);
  return difference === 0;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
