// The promise: a call that is not read-only runs once, or its caller is told that this is not known.

import { describe, expect, it } from 'vitest';
import { decide, LIMITS, prune, type Entry, type Known } from '../../src/journal/decide.ts';
import { canonical } from '../../src/json.ts';

const EPOCH = 'epoch-1';
const asked = { digest: 'd', attempt: 1, browserEpoch: EPOCH };
const entry = (state: Entry['state'], more: Partial<Entry> = {}): Entry => ({ digest: 'd', state, at: 0, size: 10, ...more });
const known = (found?: Entry, more: Partial<Known> = {}): Known => ({ entry: found, running: false, epoch: EPOCH, hasForgotten: false, ...more });

describe('a call whose id is new', () => {
  it('runs in the browser that it was meant for, also when it is sent again', () => {
    expect(decide(known(), asked)).toEqual({ kind: 'run' });
    expect(decide(known(), { ...asked, attempt: 3 })).toEqual({ kind: 'run' });
  });

  it('runs at its first attempt though the browser was started anew', () => {
    expect(decide(known(), { ...asked, browserEpoch: 'old' })).toEqual({ kind: 'run' });
  });

  it('does not run when it is a repeat and the browser that may have run it is gone', () => {
    expect(decide(known(), { ...asked, browserEpoch: 'old', attempt: 2 })).toEqual({ kind: 'unknown', why: 'browser_restarted' });
    expect(decide(known(), { ...asked, browserEpoch: undefined, attempt: 2 }).kind).toBe('unknown');
  });

  it('does not run when it is a repeat and ids were forgotten for want of room', () => {
    expect(decide(known(undefined, { hasForgotten: true }), { ...asked, attempt: 2 })).toEqual({ kind: 'unknown', why: 'forgotten' });
    expect(decide(known(undefined, { hasForgotten: true }), asked)).toEqual({ kind: 'run' });
  });
});

describe('a call whose id is known', () => {
  it('joins the run that is under way', () => {
    expect(decide(known(entry('started'), { running: true }), asked)).toEqual({ kind: 'join' });
  });

  it('is not run again when the worker died in the middle of it', () => {
    expect(decide(known(entry('started')), asked)).toEqual({ kind: 'unknown', why: 'worker_died' });
  });

  it('gets the answer that was kept, or is told that it is gone', () => {
    expect(decide(known(entry('done')), asked)).toEqual({ kind: 'replay' });
    expect(decide(known(entry('dropped')), asked)).toEqual({ kind: 'unknown', why: 'answer_dropped' });
  });

  it('is refused when its parameters are others, whatever has become of the first', () => {
    for (const state of ['started', 'done', 'dropped'] as const) {
      expect(decide(known(entry(state, { digest: 'other' }), { running: true }), asked)).toEqual({ kind: 'other_call' });
    }
  });
});

describe('what is kept', () => {
  const limits = { bodies: 2, bodyChars: 100, oneBody: 50, keepIdsMs: 1_000, ids: 4, pruneAfter: { calls: 1, chars: 1 } };
  const nothing = { drop: [], forget: [], early: false };

  it('drops the oldest answers first, by number and by size', () => {
    const byNumber = new Map([['a', entry('done')], ['b', entry('done')], ['c', entry('done')]]);
    expect(prune(byNumber, 10, limits)).toEqual({ ...nothing, drop: ['a'] });
    const bySize = new Map([['a', entry('done', { size: 60 })], ['b', entry('done', { size: 60 })]]);
    expect(prune(bySize, 10, limits)).toEqual({ ...nothing, drop: ['a'] });
  });

  it('keeps ids for their time, which is longer than any call may take', () => {
    const entries = new Map([['old', entry('dropped')], ['new', entry('dropped', { at: 2_000 })]]);
    expect(prune(entries, 2_500, limits)).toEqual({ ...nothing, forget: ['old'] });
    expect(LIMITS.keepIdsMs).toBeGreaterThan(15 * 60_000);
  });

  it('keeps never more ids than fit, and says when some go before their time', () => {
    const many = new Map(['a', 'b', 'c', 'd', 'e'].map((key) => [key, entry('dropped', { at: 2_000 })]));
    expect(prune(many, 2_500, limits)).toEqual({ ...nothing, forget: ['a'], early: true });
  });

  it('does not forget a call that may still be running for want of room', () => {
    const many = new Map(['a', 'b', 'c', 'd', 'e'].map((key) => [key, entry('started', { at: 2_000 })]));
    expect(prune(many, 2_500, limits)).toEqual(nothing);
  });
});

it('equal parameters have equal text, whatever the order of their keys', () => {
  expect(canonical({ b: [1, { d: 2, c: undefined }], a: 'x' })).toBe(canonical({ a: 'x', b: [1, { d: 2 }] }));
  expect(canonical({ a: 1 })).not.toBe(canonical({ a: '1' }));
});
