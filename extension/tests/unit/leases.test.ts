// The promise: no call of one client ever reads or changes another client's tab by accident.

import { beforeEach, describe, expect, it } from 'vitest';
import { groupColor, groupTitle } from '../../src/clients/groups.ts';
import { Leases, type Access, type Client, type Need } from '../../src/clients/leases.ts';

let leases: Leases;
let ada: Client;
let bob: Client;

beforeEach(() => {
  leases = new Leases();
  ada = leases.client('a', 'ada');
  bob = leases.client('b', 'bob');
  leases.hold(ada, 1, true);
  leases.hold(bob, 2, true);
});

const exists = (tabId: number): boolean => tabId < 10;
const resolve = (client: Client, asked?: number, need: Need = 'content', access: Access = 'write'): number | undefined =>
  leases.resolve(client, asked, need, exists, access);
const taken = (more: object): unknown => expect.objectContaining({ code: 'tab_taken', ...more });

describe('a call with tabId', () => {
  it('gets a tab of its client', () => expect(resolve(ada, 1)).toBe(1));
  it('is refused another client’s tab, which is named', () => {
    expect(() => resolve(ada, 2)).toThrow(expect.objectContaining({ code: 'tab_taken', message: expect.stringContaining('bob') }));
  });
  it('is told that the holder may share it or hand it off', () => {
    expect(() => resolve(ada, 2)).toThrow(taken({ next: expect.stringMatching(/share or handoff/), data: { tabId: 2, holder: 'bob' } }));
  });
  it('is refused the person’s own tab', () => {
    expect(() => resolve(ada, 3)).toThrow(expect.objectContaining({ code: 'not_allowed' }));
  });
  it('is told that a tab is gone', () => {
    expect(() => resolve(ada, 99)).toThrow(expect.objectContaining({ code: 'tab_gone' }));
  });
});

describe('a call without tabId', () => {
  it('gets its client’s current tab', () => {
    leases.hold(ada, 4, false);
    expect(resolve(ada)).toBe(1);
    leases.select(ada, 4);
    expect(resolve(ada)).toBe(4);
  });

  it('has a tab opened when the client has none', () => expect(resolve(leases.client('c', 'cy'))).toBeUndefined());

  it('is told once that the person closed the current tab, then goes on in another of its own', () => {
    leases.hold(ada, 4, false);
    leases.closed(1);
    expect(() => resolve(ada)).toThrow(expect.objectContaining({ code: 'tab_gone' }));
    expect(resolve(ada)).toBe(4);
  });

  it('does not mind a closed tab when it wants to go somewhere anyway', () => {
    leases.closed(1);
    expect(resolve(ada, undefined, 'any')).toBeUndefined();
    leases.hold(ada, 5, true);
    expect(resolve(ada)).toBe(5);
  });

  it('does not mind a tab that the client closed itself', () => {
    leases.hold(ada, 4, true);
    leases.release(4);
    expect(resolve(ada)).toBe(1);
  });
});

describe('a shared tab', () => {
  const reads = (client: Client, tabId = 2): number | undefined => resolve(client, tabId, 'content', 'read');

  it('is read by the client that it is shared with, and by no other', () => {
    const cy = leases.client('c', 'cy');
    leases.shares.add(2, { id: 'a', name: 'ada' });
    expect(reads(ada)).toBe(2);
    expect(() => reads(cy)).toThrow(taken({}));
    leases.shares.add(2, 'all');
    expect(reads(cy)).toBe(2);
  });

  it('is written by its holder alone, and others are told whom to ask', () => {
    leases.shares.add(2, 'all');
    expect(resolve(bob, 2)).toBe(2);
    expect(() => resolve(ada, 2)).toThrow(taken({ message: expect.stringContaining('bob'), data: { tabId: 2, holder: 'bob', shared: true } }));
  });

  it('is nobody’s current tab but its holder’s', () => {
    leases.shares.add(2, 'all');
    expect(resolve(ada, undefined, 'content', 'read')).toBe(1);
    expect(resolve(leases.client('c', 'cy'), undefined, 'content', 'read')).toBeUndefined();
  });

  it('is shared no more once its holder lets it go, hands it on, loses it, is gone, or says so', () => {
    const ends: (() => void)[] = [
      () => void leases.release(2),
      () => leases.hold(leases.client('c', 'cy'), 2, false),
      () => void leases.closed(2),
      () => void leases.forget('b'),
      () => leases.shares.end(2),
    ];
    for (const end of ends) {
      leases.hold(leases.client('b', 'bob'), 2, true);
      leases.shares.add(2, 'all');
      leases.shares.add(2, { id: 'a', name: 'ada' });
      expect(reads(ada)).toBe(2);
      end();
      expect(leases.shares.all()).toEqual([]);
      expect(() => reads(ada)).toThrow();
    }
  });

  it('is read no more by a client that is gone, and still by the others', () => {
    leases.shares.add(2, { id: 'a', name: 'ada' });
    leases.shares.add(2, { id: 'c', name: 'cy' });
    leases.forget('a');
    expect(leases.shares.of(2)?.readers).toEqual([{ id: 'c', name: 'cy' }]);
    leases.forget('c');
    expect(leases.shares.all()).toEqual([]);
  });

  it('stays shared under the id that Chrome gives it, and over the worker’s death', () => {
    leases.shares.add(2, { id: 'a', name: 'ada' });
    leases.replaced(8, 2);
    const again = new Leases();
    again.load(structuredClone(leases.toJson()));
    again.shares.load([null, { tabId: 'x' }, { tabId: 9, readers: [5, {}] }, ...structuredClone(leases.shares.toJson())]);
    expect(again.shares.all()).toEqual([{ tabId: 8, all: false, readers: [{ id: 'a', name: 'ada' }] }]);
    expect(again.resolve(again.client('a', 'ada'), 8, 'content', exists, 'read')).toBe(8);
  });
});

describe('leases', () => {
  it('outlive the worker', () => {
    leases.hold(ada, 4, true);
    ada.groupIds = [7];
    leases.closed(2);
    const again = new Leases();
    again.load(structuredClone(leases.toJson()));
    expect(again.all()).toEqual(leases.all());
    expect(again.ownerOf(4)?.id).toBe('a');
  });

  it('that were given move nobody: not who works elsewhere, nor who has just lost its tab, nor who has none', () => {
    const gone = leases.client('c', 'cy');
    leases.hold(gone, 20, true);
    leases.closed(20);
    const none = leases.client('d', 'di');
    for (const [n, client] of [bob, gone, none].entries()) leases.give(client, 30 + n, 'ada');
    expect(resolve(bob)).toBe(2);
    expect(() => resolve(gone)).toThrow(expect.objectContaining({ code: 'tab_gone' }));
    expect([resolve(gone), resolve(none)]).toEqual([undefined, undefined]);
    expect([leases.news(none), leases.news(none)]).toEqual([[{ tabId: 32, from: 'ada', isTold: true }], []]);
    const again = new Leases();
    again.load(structuredClone(leases.toJson()));
    expect(resolve(again.client('d', 'di'))).toBeUndefined();
    leases.select(none, 32);
    leases.hold(none, 33, true);
    leases.release(33);
    expect(resolve(none)).toBe(32);
  });

  it('are read from storage with care', () => {
    const again = new Leases();
    again.load([null, 3, { id: 5 }, { id: 'x', tabs: ['1', 2], current: 9, name: {} }]);
    expect(again.all()).toEqual([{ id: 'x', name: 'client', tabs: [2], current: undefined, groupIds: [], given: [], lost: false }]);
  });

  it('leave nothing behind when a client is forgotten', () => {
    leases.forget('a');
    expect(leases.ownerOf(1)).toBeUndefined();
    expect(() => resolve(bob, 1)).toThrow(expect.objectContaining({ code: 'not_allowed' }));
  });

  it('follow a tab whose id Chrome replaces', () => {
    leases.replaced(8, 1);
    expect(resolve(ada)).toBe(8);
    expect(leases.ownerOf(1)).toBeUndefined();
  });
});

it('groups are named after their client, numbered among namesakes, and keep their colour', () => {
  const twin = leases.client('c', 'ada');
  expect(groupTitle(ada, leases.all())).toBe('ada');
  expect(groupTitle(twin, leases.all())).toBe('ada 2');
  expect(groupColor('a')).toBe(groupColor('a'));
});
