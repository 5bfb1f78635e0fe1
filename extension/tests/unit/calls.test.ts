// The promise: a call has the time that it was given, whatever the machine's clock is set to meanwhile; what is known of it is
// kept for long enough, and not for ever; an answer that is too large is an error that says so.

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallFrame } from '../../src/hub/frames.ts';
import { LIMITS } from '../../src/journal/decide.ts';
import { makeCall, type Plan } from '../support/planned-call.ts';
import { Rng } from '../support/rng.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { World } from '../support/worker-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let clock: VirtualClock;
let world: World;

beforeAll(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

afterAll(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

beforeEach(() => {
  clock = new VirtualClock();
  clock.install();
  world = new World(new Rng(1), clock, { ...LIMITS, pruneAfter: { calls: 1, chars: 1 } });
});

function make(id: string, plan: Plan = {}, more: Partial<CallFrame> = {}): CallFrame {
  return makeCall('ada', id, plan, { browserEpoch: world.epoch, ...more });
}

/** Everything happens but the passing of time. */
async function run(): Promise<void> {
  while (world.waiting > 0) await world.step(0);
}

/** A call that runs well. */
async function ran(call: CallFrame): Promise<void> {
  await world.deliver(call);
  await run();
  expect(world.judge.answers.at(-1)?.code).toBe('ok');
}

/** Another call, after which the journal tidies up. */
async function tidy(): Promise<void> {
  await ran(make(`tidy ${clock.now}`, {}, { expiresAt: clock.wall + MINUTE }));
}

describe.each([
  ['forward', HOUR],
  ['back', -HOUR],
])('a clock that is put an hour %s', (_, jump) => {
  it('while a call runs neither ends it nor keeps it', async () => {
    await world.deliver(make('one', { ends: 'never' }, { expiresAt: clock.wall + 10_000 }));
    await run();
    clock.set(jump);
    await world.pass(9_700);
    expect(world.judge.open).toBe(1);
    await world.pass(100);
    expect(world.judge.answers.at(-1)).toMatchObject({ code: 'deadline_exceeded', message: expect.stringContaining('may have happened') });
  });

  it('while a call waits for the journal neither ends it nor keeps it', async () => {
    await world.deliver(make('one', { ends: 'never' }, { expiresAt: clock.wall + 10_000 }));
    clock.set(jump);
    await world.pass(500);
    await run();
    expect([world.judge.open, world.judge.effects.size]).toEqual([1, 1]);
    await world.pass(9_300);
    expect(world.judge.answers.at(-1)?.code).toBe('deadline_exceeded');
  });

  it('does not make a repeat run again, nor say that its call did not run', async () => {
    const call = make('one');
    await ran(call);
    clock.set(jump);
    await tidy();
    world.die();
    await tidy();
    await world.deliver({ ...call, attempt: 2 });
    await run();
    expect(world.judge.answers.at(-1)).toEqual(world.judge.answers[0]);
  });

  it('keeps ids for their time, over any number of workers, and no longer', async () => {
    const call = make('one');
    await ran(call);
    clock.set(jump);
    for (let minute = 0; minute < 19; minute++) {
      await world.pass(MINUTE);
      await tidy();
      if (minute % 3 === 0) world.die({ writes: true, effects: false });
      expect(world.isKept(call)).toBe(true);
    }
    await world.pass(2 * MINUTE);
    await tidy();
    expect(world.isKept(call)).toBe(false);
  });
});

describe('a call that Chrome refuses because it is about to end the worker', () => {
  it('is no answer: the next worker is asked, and knows that it had begun', async () => {
    const call = make('one', { ends: 'refused' });
    await world.deliver(call);
    await run();
    expect([world.judge.open, world.judge.answers]).toEqual([1, []]);
    world.die({ writes: true, effects: true });
    await world.deliver({ ...call, attempt: 2 });
    await run();
    expect(world.judge.answers.at(-1)?.code).toBe('outcome_unknown');
  });

  it('ends at its deadline where the worker goes on living', async () => {
    await world.deliver(make('one', { ends: 'refused' }, { expiresAt: clock.wall + 10_000 }));
    await run();
    await world.pass(10_000);
    expect(world.judge.answers.at(-1)?.code).toBe('deadline_exceeded');
  });
});

it('a call that seems to have more time than any may have is ended all the same', async () => {
  const call = make('one', { ends: 'never' });
  clock.set(-HOUR);
  await world.deliver(call);
  await run();
  await world.pass(16 * MINUTE);
  expect(world.judge.answers.at(-1)?.code).toBe('deadline_exceeded');
});

describe('a call that comes too late', () => {
  it('does not run, and says so', async () => {
    await world.deliver(make('one', {}, { expiresAt: clock.wall + 200 }));
    await run();
    expect(world.judge.answers.at(-1)).toMatchObject({ code: 'deadline_exceeded', message: expect.stringContaining('did not run') });
    expect(world.judge.effects.size).toBe(0);
  });

  it('gets the answer of its first coming, if it is a repeat', async () => {
    const call = make('one');
    await ran(call);
    await world.pass(MINUTE);
    await world.deliver({ ...call, attempt: 2 });
    await run();
    expect(world.judge.answers.at(-1)).toEqual(world.judge.answers[0]);
  });
});

describe('a call that is cancelled, or paused, before it began', () => {
  it.each([0, 1, 2, 3, 4])('does not run, however early that comes (after %i things happened)', async (steps) => {
    const call = make('one');
    await world.deliver(call);
    for (let i = 0; i < steps; i++) await world.step(0);
    expect(world.judge.effects.size).toBe(0);
    await world.cancel(call);
    const before = world.waiting > 0 && world.judge.open > 0;
    await run();
    const answer = world.judge.answers.at(-1);
    expect(answer?.code).toBe('cancelled');
    if (before) expect([answer?.message, world.judge.effects.size]).toEqual([expect.stringContaining('did not run'), 0]);
  });

  it('does not run when the person pauses while it is written down', async () => {
    await world.deliver(make('one'));
    while (world.stateOf(make('one')) === undefined) {
      if (world.waiting === 1) break;
      await world.step(0);
    }
    await world.pause(true);
    await run();
    expect([world.judge.answers.at(-1)?.code, world.judge.effects.size]).toEqual(['paused', 0]);
  });
});

describe('what is at work', () => {
  const ids = (): string[] => world.atWork.map(({ id }) => id);

  it('is a call from its coming to its answer, also while the journal is asked and when it only looks', async () => {
    const [write, read] = [make('one'), make('two', {}, { readOnly: true })];
    await world.deliver(write);
    await world.deliver(read);
    expect(world.atWork).toEqual([
      { id: 'one', clientId: 'ada', tool: 'change', expiresAt: write.expiresAt },
      { id: 'two', clientId: 'ada', tool: 'look', expiresAt: read.expiresAt },
    ]);
    await run();
    expect(ids()).toEqual([]);
  });

  it('is told once of a call that came twice, with the tab that it names', async () => {
    const call = make('one', { ends: 'never' });
    const named = { ...call, params: { ...call.params, tabId: 7 } };
    await world.deliver(named);
    await run();
    await world.deliver({ ...named, attempt: 2 });
    await run();
    expect(world.atWork).toEqual([{ id: 'one', clientId: 'ada', tool: 'change', tabId: 7, namesTab: true, expiresAt: call.expiresAt }]);
  });

  it('is no call that was cancelled, ended with the worker, or ran out of time', async () => {
    await world.deliver(make('one', { ends: 'never' }));
    await run();
    await world.cancel(make('one'));
    expect(ids()).toEqual([]);
    await world.deliver(make('two', { ends: 'never' }));
    world.die();
    expect(ids()).toEqual([]);
    await world.deliver(make('three', { ends: 'never' }, { expiresAt: clock.wall + 10_000 }));
    await run();
    expect(ids()).toEqual(['three']);
    await world.pass(10_000);
    expect(ids()).toEqual([]);
  });
});

it('nothing begins while the person has paused', async () => {
  await world.pause(true);
  await world.deliver(make('one'));
  await run();
  expect([world.judge.answers.at(-1)?.code, world.judge.effects.size]).toEqual(['paused', 0]);
});

describe('the storage', () => {
  /** A world with other limits than the product’s. */
  function within(limits: Partial<typeof LIMITS>): void {
    world = new World(new Rng(1), clock, { ...LIMITS, ...limits });
  }

  async function repeat(call: CallFrame): Promise<string> {
    await world.deliver({ ...call, attempt: 2 });
    await run();
    const answer = world.judge.answers.at(-1);
    return answer?.ok === true ? 'ok' : `${answer?.code ?? ''}: ${answer?.message ?? ''}`;
  }

  it('that is full makes room for the next call by forgetting answers, not that their calls ran', async () => {
    const call = make('one', { size: 3_000 });
    await ran(call);
    world.quota = 4_000;
    await ran(make('two', { size: 2_000 }));
    expect(await repeat(call)).toContain('its answer is not kept');
    world.die();
    expect(await repeat(call)).toContain('its answer is not kept');
    expect(world.judge.effects.get('ada:one/A')).toBe(1);
  });

  it('that takes nothing lets no call run, and does not remember that it was asked', async () => {
    await ran(make('before'));
    const call = make('one');
    world.faults = 1;
    expect(await repeat(call)).toContain('so it did not run');
    world.faults = 0;
    expect(await repeat(call)).toBe('ok');
  });

  it('keeps no answer that is too long', async () => {
    within({ oneBody: 100 });
    const call = make('one', { size: 200 });
    await ran(call);
    expect(JSON.stringify(world.storage).length).toBeLessThan(200);
    expect(await repeat(call)).toContain('its answer is not kept');
  });

  it('stays bounded though every worker dies after its first call', async () => {
    within({ bodies: 3, pruneAfter: { calls: 32, chars: 1_000_000 } });
    for (let i = 0; i < 20; i++) {
      await ran(make(`${i}`));
      world.die();
    }
    expect(world.answersKept()).toHaveLength(3);
  });

  it('says to the next worker that ids were forgotten for want of room', async () => {
    within({ ids: 3, pruneAfter: { calls: 1, chars: 1 } });
    const call = make('one');
    await ran(call);
    for (let i = 0; i < 5; i++) await ran(make(`${i}`));
    expect(world.isKept(call)).toBe(false);
    world.die();
    expect(await repeat(call)).toContain('So many calls ran meanwhile');
    await ran(make('new'));
    await world.pass(LIMITS.keepIdsMs + 1);
    expect(await repeat(make('newer'))).toBe('ok');
  });
});

describe('an answer that is larger than a frame may be', () => {
  it('is an error that says so, and what to do; a repeat hears the same', async () => {
    const call = make('one', { size: 65 * 1024 * 1024 });
    await world.deliver(call);
    await run();
    const [answer] = world.judge.answers;
    expect(answer).toMatchObject({ code: 'tool_failed', message: expect.stringMatching(/66 MiB.*64 MiB.*ran, once/) });
    await world.deliver({ ...call, attempt: 2 });
    await run();
    expect([world.judge.answers[1], world.judge.effects.get('ada:one/A')]).toEqual([answer, 1]);
  });
});
