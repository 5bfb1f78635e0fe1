// The promise: no call of one client ever reads or changes another client's tab by accident.

import { beforeEach, describe, expect, it } from 'vitest';
import { groupColor, groupTitle } from '../../src/clients/groups.ts';
import { Leases, type Client, type Need } from '../../src/clients/leases.ts';

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
const resolve = (client: Client, asked?: number, need: Need = 'content'): number | undefined => leases.resolve(client, asked, need, exists);

describe('a call with tabId', () => {
  it('gets a tab of its client', () => expect(resolve(ada, 1)).toBe(1));
  it('is refused another client’s tab, which is named', () => {
    expect(() => resolve(ada, 2)).toThrow(expect.objectContaining({ code: 'tab_taken', message: expect.stringContaining('bob') }));
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

  it('are read from storage with care', () => {
    const again = new Leases();
    again.load([null, 3, { id: 5 }, { id: 'x', tabs: ['1', 2], current: 9, name: {} }]);
    expect(again.all()).toEqual([{ id: 'x', name: 'client', tabs: [2], current: undefined, groupIds: [], lost: false }]);
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
