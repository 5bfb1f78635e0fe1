// Where the hub is and what secret it shares with this browser. It exists as its own step because it is asked again before
// each connection attempt: the hub may have moved and rewritten hub.json, or the person may have typed a pairing code.

import { finite, flag, record, text } from '../json.ts';
import { normalizeSecret } from './handshake.ts';

export const DEFAULT_PORT = 9008;
const STORED = 'pairing';

export interface Address {
  port: number;
  secret: string;
  /** Which place it came from; the popup asks for a code only when nothing else says one. */
  from: 'file' | 'native' | 'person' | 'default';
  /** The hub's setting whether file: pages may be opened; refused unless it says so. */
  allowFileUrls: boolean;
}

export async function findAddress(): Promise<Address> {
  return (await fromFile()) ?? (await fromPerson()) ?? defaultAddress();
}

/** What the person typed into the popup. */
export async function storePairing(port: number, code: string): Promise<void> {
  await chrome.storage.local.set({ [STORED]: { port, secret: normalizeSecret(code) } });
}

/** What the hub that unpacked this copy has written beside its manifest. */
export async function fromFile(): Promise<Address | undefined> {
  try {
    const response = await fetch(chrome.runtime.getURL('hub.json'), { cache: 'no-store' });
    if (!response.ok) return undefined;
    return parseAddress(await response.json(), 'file');
  } catch {
    return undefined; // A copy that a store ships has no hub.json.
  }
}

async function fromPerson(): Promise<Address | undefined> {
  const stored = await chrome.storage.local.get(STORED);
  return parseAddress(stored[STORED], 'person');
}

export function parseAddress(value: unknown, from: 'file' | 'person'): Address | undefined {
  const entry = record(value);
  const port = finite(entry.port);
  if (port === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  return {
    port,
    secret: normalizeSecret(text(entry.secret) ?? ''),
    from,
    allowFileUrls: from === 'file' && (flag(entry.allowFileUrls) ?? false),
  };
}

function defaultAddress(): Address {
  return { port: DEFAULT_PORT, secret: '', from: 'default', allowFileUrls: false };
}
