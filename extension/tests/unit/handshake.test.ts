// The promise: both sides prove the secret, bound to the port, and nobody can send a proof back to its sender.

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/hub/address.ts';
import { nextDelay, type LastEnd } from '../../src/hub/backoff.ts';
import { newNonce, normalizeSecret, prove, sameProof } from '../../src/hub/handshake.ts';
import { browserName } from '../../src/hub/identity.ts';

const challenge = { port: 9008, hubNonce: 'a'.repeat(64), ownNonce: 'b'.repeat(64) };

describe('a proof', () => {
  it('is HMAC-SHA256 over the words, the port and both nonces', async () => {
    const message = `tabhub browser\n9008\n${challenge.hubNonce}\n${challenge.ownNonce}`;
    const expected = createHmac('sha256', 'ABCDEFGHIJKLMNOPQRST').update(message).digest('hex');
    expect(await prove('ABCDEFGHIJKLMNOPQRST', 'browser', challenge)).toBe(expected);
    expect(expected).toBe('d1f3e2f657aefc4b37e6eef8d09f29a11cfb5f8e1901b9703ce1fe2fca0b6b21');
  });

  it('holds for one prover, port and nonce only', async () => {
    const own = await prove('S', 'browser', challenge);
    expect(await prove('S', 'hub', challenge)).not.toBe(own);
    expect(await prove('S', 'browser', { ...challenge, port: 9010 })).not.toBe(own);
    expect(await prove('S', 'browser', { ...challenge, ownNonce: newNonce() })).not.toBe(own);
    expect(sameProof(own, own)).toBe(true);
    expect(sameProof(own, own.slice(1))).toBe(false);
    expect(sameProof(own, own.replace(/.$/, (last) => (last === '0' ? '1' : '0')))).toBe(false);
  });
});

describe('the address', () => {
  it('takes a pairing code with or without dashes, in either case', () => {
    expect(normalizeSecret('abcd-efgh 2345')).toBe('ABCDEFGH2345');
    expect(normalizeSecret('A0B1C8D9')).toBe('ABCD');
  });

  it('is refused without a sensible port', () => {
    expect(parseAddress({ port: 9008, secret: 'ab-cd' }, 'file')).toEqual({ port: 9008, secret: 'ABCD', from: 'file', allowFileUrls: false });
    for (const port of [0, 70_000, 1.5, '9008', undefined]) expect(parseAddress({ port, secret: 'A' }, 'file')).toBeUndefined();
  });
});

describe('the search for a hub', () => {
  it('begins at once, is eager for two seconds, then calm, and slow where it was refused', () => {
    const pace = (waited: number, last: LastEnd): number => nextDelay(waited, last, 0.5);
    expect(pace(0.5, 'broken')).toBe(0);
    expect([pace(1, 'stopping'), pace(299, 'unreachable')]).toEqual([10, 10]);
    expect([pace(300, 'broken'), pace(1_999, 'unreachable')]).toEqual([25, 25]);
    expect(pace(2_000, 'unreachable')).toBe(1_000);
    expect(pace(10, 'refused')).toBe(5_000);
    expect(pace(10, 'superseded')).toBe(30_000);
  });

  it('is not in step with that of other browsers', () => {
    expect([nextDelay(10, 'broken', 0), nextDelay(10, 'broken', 0.999)]).toEqual([8, expect.closeTo(12, 1)]);
  });
});

it('the browser is named by its real brand', () => {
  const brands = [{ brand: 'Not)A;Brand', version: '8' }, { brand: 'Chromium', version: '156.0' }, { brand: 'Google Chrome', version: '156.1' }];
  expect(browserName(brands, '')).toEqual({ name: 'Google Chrome', version: '156.1' });
  expect(browserName(brands.slice(0, 2), '')).toEqual({ name: 'Chromium', version: '156.0' });
  expect(browserName(undefined, 'Mozilla/5.0 HeadlessChrome/156.0.1 Safari')).toEqual({ name: 'Chromium', version: '156.0.1' });
});
