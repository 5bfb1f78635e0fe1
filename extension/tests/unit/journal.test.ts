// The promise: a call that is not read-only runs once, or its caller is told that this is not known.

import { describe, expect, it } from 'vitest';
import { decide, prune, type Entry } from '../../src/journal/decide.ts';
import { canonical } from '../../src/json.ts';

const EPOCH = 'epoch-1';
const asked = { digest: 'd', attempt: 1, browserEpoch: EPOCH };
const entry = (state: Entry['state'], more: Partial<Entry> = {}): Entry => ({ digest: 'd', state, at: 0, size: 10, expiresAt: 0, ...more });

describe('a call whose id is new', () => {
  it('runs in the browser that it was meant for, also when it is sent again', () => {
    expect(decide(undefined, false, asked, EPOCH)).toEqual({ kind: 'run' });
    expect(decide(undefined, false, { ...asked, attempt: 3 }, EPOCH)).toEqual({ kind: 'run' });
  });

  it('runs at its first attempt though the browser was started anew', () => {
    expect(decide(undefined, false, { ...asked, browserEpoch: 'old' }, EPOCH)).toEqual({ kind: 'run' });
  });

  it('does not run when it is a repeat and the browser that may have run it is gone', () => {
    const decision = decide(undefined, false, { ...asked, browserEpoch: 'old', attempt: 2 }, EPOCH);
    expect(decision).toEqual({ kind: 'unknown', why: 'browser_restarted' });
    expect(decide(undefined, false, { ...asked, browserEpoch: undefined, attempt: 2 }, EPOCH).kind).toBe('unknown');
  });
});

describe('a call whose id is known', () => {
  it('joins the run that is under way', () => {
    expect(decide(entry('started'), true, asked, EPOCH)).toEqual({ kind: 'join' });
  });

  it('is not run again when the worker died in the middle of it', () => {
    expect(decide(entry('started'), false, asked, EPOCH)).toEqual({ kind: 'unknown', why: 'worker_died' });
  });

  it('gets the answer that was kept, or is told that it is gone', () => {
    expect(decide(entry('done'), false, asked, EPOCH)).toEqual({ kind: 'replay' });
    expect(decide(entry('dropped'), false, asked, EPOCH)).toEqual({ kind: 'unknown', why: 'answer_dropped' });
  });

  it('is refused when its parameters are others, whatever has become of the first', () => {
    for (const state of ['started', 'done', 'dropped'] as const) {
      expect(decide(entry(state, { digest: 'other' }), true, asked, EPOCH)).toEqual({ kind: 'other_call' });
    }
  });
});

describe('what is kept', () => {
  const limits = { bodies: 2, bodyBytes: 100, oneBody: 50, keepIdsMs: 1_000, ids: 4 };

  it('drops the oldest answers first, by number and by size', () => {
    const byNumber = new Map([['a', entry('done')], ['b', entry('done')], ['c', entry('done')]]);
    expect(prune(byNumber, 10, limits)).toEqual({ drop: ['a'], forget: [] });
    const bySize = new Map([['a', entry('done', { size: 60 })], ['b', entry('done', { size: 60 })]]);
    expect(prune(bySize, 10, limits)).toEqual({ drop: ['a'], forget: [] });
  });

  it('keeps ids for their time and beyond their deadline, and never more than fit', () => {
    const entries = new Map([
      ['old', entry('dropped')],
      ['waiting', entry('dropped', { expiresAt: 9_999 })],
      ['new', entry('dropped', { at: 2_000 })],
    ]);
    expect(prune(entries, 2_500, limits)).toEqual({ drop: [], forget: ['old'] });
    const many = new Map(['a', 'b', 'c', 'd', 'e'].map((key) => [key, entry('dropped', { at: 2_000 })]));
    expect(prune(many, 2_500, limits).forget).toEqual(['a']);
  });

  it('does not forget a call that may still be running for want of room', () => {
    const many = new Map(['a', 'b', 'c', 'd', 'e'].map((key) => [key, entry('started', { at: 2_000 })]));
    expect(prune(many, 2_500, limits).forget).toEqual([]);
  });
});

it('equal parameters have equal text, whatever the order of their keys', () => {
  expect(canonical({ b: [1, { d: 2, c: undefined }], a: 'x' })).toBe(canonical({ a: 'x', b: [1, { d: 2 }] }));
  expect(canonical({ a: 1 })).not.toBe(canonical({ a: '1' }));
});
