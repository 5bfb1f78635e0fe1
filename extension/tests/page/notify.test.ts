// The promise: a page that somebody watches tells of its changes at once, a few times a second at most, and of the last one
// always; one that nobody watches says nothing.

import { beforeEach, expect, it, vi } from 'vitest';
import type { Activity } from '../../src/page/activity.ts';
import { Notifier } from '../../src/page/notify.ts';

let told: number;
let isWatched: boolean;
let activity: Pick<Activity, 'onChange' | 'isRestless'> & { isRestless: boolean };
let notifier: Notifier;

beforeEach(() => {
  vi.useFakeTimers();
  [told, isWatched] = [0, true];
  vi.stubGlobal('chrome', { runtime: { sendMessage: async () => ((told += 1), isWatched) } });
  activity = { onChange: undefined, isRestless: false };
  notifier = new Notifier(activity as Activity);
});

it('tells the first change at once, and the last of many', async () => {
  notifier.watch(true);
  activity.onChange?.();
  expect(told).toBe(1);
  for (let n = 0; n < 100; n += 1) {
    activity.onChange?.();
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(told).toBeLessThan(4);
  const before = told;
  activity.onChange?.();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toBe(before + 1);
});

it('says nothing before anybody watches, nor after', async () => {
  expect(activity.onChange).toBeUndefined();
  notifier.watch(true);
  activity.onChange?.();
  activity.onChange?.();
  notifier.watch(false);
  await vi.advanceTimersByTimeAsync(5_000);
  expect([told, activity.onChange, vi.getTimerCount()]).toEqual([1, undefined, 0]);
});

it('falls silent when the worker says that nobody listens, and when there is none', async () => {
  notifier.watch(true);
  isWatched = false;
  activity.onChange?.();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(activity.onChange).toBeUndefined();
  vi.stubGlobal('chrome', { runtime: { sendMessage: () => Promise.reject(new Error('Extension context invalidated.')) } });
  notifier.watch(true);
  activity.onChange?.();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(activity.onChange).toBeUndefined();
});

it('tells again and again of a page that changes too fast to be observed', async () => {
  notifier.watch(true);
  activity.isRestless = true;
  await vi.advanceTimersByTimeAsync(2_100);
  expect(told).toBe(4);
});
