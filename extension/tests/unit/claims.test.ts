// The promise: a tab that no client holds is the person's, and comes to a client only as the person has set it; a tab goes from
// client to client only by its holder's word; and none of it brings anything to the front.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Asker, Manner } from '../../src/ask/asker.ts';
import type { Question } from '../../src/ask/messages.ts';
import { claimRule, setClaimRule } from '../../src/clients/claim-rule.ts';
import { Roster } from '../../src/clients/roster.ts';
import { ClientTabs } from '../../src/clients/tabs.ts';
import type { ExtensionEvent, TabEntry } from '../../src/hub/frames.ts';
import { list, record, type JsonRecord } from '../../src/json.ts';
import { Session } from '../../src/session.ts';
import { tabs as tool } from '../../src/tools/tabs.ts';
import type { CallContext, Services } from '../../src/tools/tool.ts';
import { fakeChrome } from '../support/fake-chrome.ts';

type Answering = (question: Question, signal: AbortSignal) => Promise<string | null>;

let browser: ReturnType<typeof fakeChrome>;
let told: ExtensionEvent[];
let tabs: ClientTabs;
let roster: Roster;
let questions: { question: Question; manner: Manner | undefined }[];
let answers: Answering;

function start(): ClientTabs {
  const nothing = (): void => undefined;
  return new ClientTabs(new Session(), { send: (event) => told.push(event), atWork: () => [], onHeld: nothing, onFreed: nothing, onHandedOff: nothing, onClosed: nothing, onForgotten: nothing });
}

function services(): Services {
  const ask: Asker['ask'] = (question, signal, manner) => {
    questions.push({ question, manner });
    return answers(question, signal);
  };
  const parts: Partial<Record<keyof Services, unknown>> = { tabs, roster, asker: { ask }, allowFileUrls: () => false };
  return new Proxy<Services>(Object.create(null), { get: (_, name) => parts[name as keyof Services] });
}

interface Listed {
  text: string;
  tabs: JsonRecord[];
}

async function call(client: string, params: JsonRecord, more: Partial<CallContext> = {}): Promise<Listed> {
  const result = await tool({
    services: services(),
    clientId: client,
    clientName: client,
    params,
    signal: new AbortController().signal,
    deadline: performance.now() + 5_000,
    waitingFor: () => undefined,
    usesTab: () => undefined,
    ...more,
  });
  return { text: result.text ?? '', tabs: list(record(result.value).tabs).map(record) };
}

const fails = (code: string, words = ''): unknown => expect.objectContaining({ code, message: expect.stringContaining(words) });

function lastTold(tabId: number): TabEntry | undefined {
  const event = told.findLast((one) => one.name === 'tabs');
  return event?.name === 'tabs' ? event.tabs.find((entry) => entry.tabId === tabId) : undefined;
}

const groupOf = (tabId: number): string | undefined => browser.groups.get(browser.tabs.get(tabId)?.groupId ?? -1)?.title;

beforeEach(() => {
  browser = fakeChrome();
  told = [];
  questions = [];
  answers = async () => 'Allow';
  tabs = start();
  roster = new Roster();
  roster.are(['ada', 'bob', 'cy'].map((id) => ({ id, name: id, state: id === 'cy' ? 'away' : 'connected' })));
});

describe('a claim', () => {
  it('asks the person, who is shown which tab and by whom, and does not disturb them', async () => {
    const tab = browser.add('https://bank.test/account', true);
    const { text, tabs: shown } = await call('ada', { action: 'claim', tabId: tab.id });
    expect(text).toContain(`Tab ${tab.id} is yours now`);
    expect(shown).toMatchObject([{ tabId: tab.id, index: 0, current: true }]);
    expect(questions).toHaveLength(1);
    const { question, manner } = questions[0]!;
    expect(question).toMatchObject({ heading: expect.stringContaining('ada'), message: expect.stringContaining('https://bank.test/account'), options: ['Allow', 'Refuse'] });
    expect(manner).toBe('in the background');
    expect(lastTold(tab.id)).toMatchObject({ owner: 'ada', current: true });
    expect(groupOf(tab.id)).toBe('ada');
    expect(tab.active).toBe(true);
  });

  it.each(['Refuse', null, 'anything else'])('that the person answers with %s leaves the tab theirs', async (answer) => {
    const tab = browser.add('https://bank.test/', true);
    answers = async () => answer;
    await expect(call('ada', { action: 'claim', tabId: tab.id })).rejects.toEqual(fails('not_allowed', 'was asked'));
    expect([tabs.leases.ownerOf(tab.id), tab.groupId]).toEqual([undefined, -1]);
  });

  it('needs no question where the person lets all, and none helps where they let nobody', async () => {
    const tab = browser.add('https://a.test/', true);
    await setClaimRule('never');
    await expect(call('ada', { action: 'claim', tabId: tab.id })).rejects.toEqual(fails('not_allowed', 'setting'));
    await setClaimRule('allow');
    expect((await call('ada', { action: 'claim', tabId: tab.id })).text).toContain('is yours now');
    expect(questions).toEqual([]);
  });

  it('asks where what is stored makes no sense', async () => {
    browser.local.claimRule = { all: true };
    expect(await claimRule()).toBe('ask');
  });

  it('that the person does not answer in time says so, and closes the question', async () => {
    const tab = browser.add('https://a.test/', true);
    let withdrawn = false;
    answers = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          withdrawn = true;
          reject(new Error('withdrawn'));
        });
      });
    const late = call('ada', { action: 'claim', tabId: tab.id }, { deadline: performance.now() + 350 });
    await expect(late).rejects.toEqual(fails('deadline_exceeded', 'nothing has changed'));
    expect([withdrawn, tabs.leases.ownerOf(tab.id)]).toEqual([true, undefined]);
  });

  it('that is cancelled withdraws the question and takes nothing', async () => {
    const tab = browser.add('https://a.test/', true);
    const stop = new AbortController();
    const why = new Error('cancelled');
    answers = (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('withdrawn'))));
    const claim = call('ada', { action: 'claim', tabId: tab.id }, { signal: stop.signal });
    await vi.waitFor(() => expect(questions).toHaveLength(1));
    stop.abort(why);
    await expect(claim).rejects.toBe(why);
    expect(tabs.leases.ownerOf(tab.id)).toBeUndefined();
  });

  it('of a tab that is still on its way shows where it goes, and holds when it is there', async () => {
    const tab = Object.assign(browser.add('', false), { pendingUrl: 'https://a.test/x' });
    answers = async () => {
      Object.assign(tab, { url: 'https://a.test/x', pendingUrl: undefined });
      return 'Allow';
    };
    expect((await call('ada', { action: 'claim', tabId: tab.id })).text).toContain('is yours now');
    expect(questions[0]?.question.message).toContain('https://a.test/x');
    const settings = Object.assign(browser.add('', false), { pendingUrl: 'chrome://settings/' });
    await expect(call('ada', { action: 'claim', tabId: settings.id })).rejects.toEqual(fails('unsupported'));
    await setClaimRule('allow');
    expect((await call('bob', { action: 'list', all: true })).tabs.map(({ tabId }) => tabId)).not.toContain(settings.id);
  });

  it('holds for the site that the person was shown, and only as long as the tab is free', async () => {
    const moved = browser.add('https://a.test/', true);
    answers = async () => {
      moved.url = 'https://bank.test/';
      return 'Allow';
    };
    await expect(call('ada', { action: 'claim', tabId: moved.id })).rejects.toEqual(fails('not_allowed', 'another site'));
    const raced = browser.add('https://a.test/', true);
    answers = async () => {
      await tabs.take(tabs.leases.client('bob', 'bob'), raced.id);
      return 'Allow';
    };
    await expect(call('ada', { action: 'claim', tabId: raced.id })).rejects.toEqual(fails('tab_taken', 'bob'));
    const closed = browser.add('https://a.test/', true);
    answers = async () => {
      browser.tabs.delete(closed.id);
      return 'Allow';
    };
    await expect(call('ada', { action: 'claim', tabId: closed.id })).rejects.toEqual(fails('tab_gone'));
    expect(tabs.leases.get('ada')?.tabs).toEqual([]);
  });

  it('of a tab where nobody may act, of another client’s, of one’s own or of none asks nobody', async () => {
    const settings = browser.add('chrome://settings/passwords', true);
    const refusal: unknown = await call('ada', { action: 'claim', tabId: settings.id }).catch((error: unknown) => error);
    expect(refusal).toEqual(fails('unsupported'));
    expect(JSON.stringify(refusal) + String(refusal)).not.toContain('passwords');
    const file = browser.add('file:///home/secret', true);
    await expect(call('ada', { action: 'claim', tabId: file.id })).rejects.toEqual(fails('not_allowed'));
    const bobs = await tabs.tabFor('bob', 'bob', undefined, 'any');
    await expect(call('ada', { action: 'claim', tabId: bobs })).rejects.toEqual(fails('tab_taken', 'bob'));
    await expect(call('ada', { action: 'claim', tabId: 9_999 })).rejects.toEqual(fails('tab_gone'));
    expect((await call('bob', { action: 'claim', tabId: bobs })).text).toContain('yours already');
    expect(questions).toEqual([]);
  });

  it('leaves a tab in the person’s own group and window, and pinned if it was', async () => {
    await setClaimRule('allow');
    const first = await tabs.tabFor('ada', 'ada', undefined, 'any');
    const [grouped, pinned, elsewhere] = [browser.add('https://g.test/', false), browser.add('https://p.test/', false), browser.add('https://w.test/', true, 2)];
    const group = await chrome.tabs.group({ tabIds: [grouped.id] });
    pinned.pinned = true;
    for (const { id } of [grouped, pinned, elsewhere]) await call('ada', { action: 'claim', tabId: id });
    expect([grouped.groupId, pinned.pinned, elsewhere.windowId, groupOf(elsewhere.id)]).toEqual([group, true, 2, 'ada']);
    expect(groupOf(first)).toBe('ada');
    await tabs.forget('ada');
    expect([grouped.groupId, groupOf(elsewhere.id), groupOf(first)]).toEqual([group, undefined, undefined]);
  });
});

describe('a list', () => {
  it('shows the person’s tabs only on request and as they let it', async () => {
    const tab = browser.add('https://bank.test/', true);
    browser.add('chrome://settings/', false);
    expect((await call('ada', { action: 'list' })).tabs).toEqual([]);
    answers = async () => 'Refuse';
    await expect(call('ada', { action: 'list', all: true })).rejects.toEqual(fails('not_allowed'));
    answers = async () => 'Allow';
    expect((await call('ada', { action: 'list', all: true })).tabs).toEqual([expect.objectContaining({ tabId: tab.id, free: true })]);
    expect(questions).toHaveLength(2);
    expect(JSON.stringify(questions)).not.toContain('bank');
    await setClaimRule('never');
    await expect(call('ada', { action: 'list', all: true })).rejects.toEqual(fails('not_allowed', 'setting'));
    await setClaimRule('allow');
    await tabs.tabFor('bob', 'bob', undefined, 'any'); // Which is neither free nor the person's.
    expect((await call('ada', { action: 'list', all: true })).tabs).toEqual([expect.objectContaining({ tabId: tab.id, free: true })]);
    expect((await call('ada', { action: 'list' })).tabs).toEqual([]);
  });

  it('shows what is shared with the caller, and with whom the caller shares', async () => {
    const adas = await tabs.tabFor('ada', 'ada', undefined, 'any');
    await call('ada', { action: 'share', tabId: adas, to: 'bob' });
    expect((await call('bob', { action: 'list' })).tabs).toEqual([expect.objectContaining({ tabId: adas, holder: 'ada', current: false })]);
    expect((await call('ada', { action: 'list' })).tabs).toEqual([expect.objectContaining({ tabId: adas, index: 0, sharedWith: ['bob'] })]);
    expect((await call('cy', { action: 'list' })).tabs).toEqual([]);
  });
});

describe('a holder', () => {
  let adas: number;

  beforeEach(async () => {
    adas = await tabs.tabFor('ada', 'ada', undefined, 'any');
  });

  it('shares with one, with all, and with nobody again, and the hub is told each time', async () => {
    await call('ada', { action: 'share', to: 'bob' });
    expect(lastTold(adas)).toMatchObject({ owner: 'ada', readers: [{ id: 'bob', name: 'bob' }] });
    expect(await tabs.tabFor('bob', 'bob', adas, 'content', 'read')).toBe(adas);
    await expect(tabs.tabFor('bob', 'bob', adas, 'content')).rejects.toEqual(fails('tab_taken', 'ada'));
    await call('ada', { action: 'share' });
    expect(lastTold(adas)).toMatchObject({ sharedWithAll: true });
    expect(await tabs.tabFor('dan', 'dan', adas, 'content', 'read')).toBe(adas);
    await call('ada', { action: 'share', to: 'none' });
    expect(lastTold(adas)).not.toHaveProperty('readers');
    await expect(tabs.tabFor('bob', 'bob', adas, 'content', 'read')).rejects.toEqual(fails('tab_taken'));
  });

  it('hands a tab to another client, whose current tab stays the one that it was', async () => {
    const bobs = await tabs.tabFor('bob', 'bob', undefined, 'any');
    await call('ada', { action: 'share', tabId: adas });
    expect((await call('ada', { action: 'handoff', tabId: adas, to: 'bob' })).text).toContain('held by bob now');
    expect(tabs.leases.get('bob')).toMatchObject({ tabs: [bobs, adas], current: bobs });
    expect(lastTold(adas)).toMatchObject({ owner: 'bob' });
    expect(lastTold(adas)).not.toHaveProperty('sharedWithAll');
    expect(groupOf(adas)).toBe('bob');
    await expect(tabs.tabFor('ada', 'ada', adas, 'content', 'read')).rejects.toEqual(fails('tab_taken', 'bob'));
  });

  it('says how to choose a tab to whom only tabs are left that others handed to it', async () => {
    const bobs = await tabs.tabFor('bob', 'bob', undefined, 'any');
    await call('ada', { action: 'handoff', tabId: adas, to: 'bob' });
    const released = await call('bob', { action: 'release', tabId: bobs });
    expect(released.text).toMatch(/no current tab now: .*action select/);
    expect(released.tabs.map(({ tabId }) => tabId)).toEqual([adas]);
    expect((await call('bob', { action: 'release', tabId: adas })).text).toContain('You have no tab now.');
  });

  it('lets a tab go: it stays open, outside the group, and is the person’s', async () => {
    const second = await tabs.open(tabs.leases.client('ada', 'ada'), false);
    expect((await call('ada', { action: 'release' })).text).toContain(`current tab is ${second}`);
    expect(browser.tabs.get(adas)).toMatchObject({ groupId: -1 });
    expect(groupOf(second)).toBe('ada');
    expect(lastTold(adas)?.owner).toBeUndefined();
    await expect(tabs.tabFor('ada', 'ada', adas, 'content')).rejects.toEqual(fails('not_allowed'));
    expect((await call('bob', { action: 'claim', tabId: adas })).text).toContain('yours now');
  });

  it('is refused what is not its own, nobody, itself, and one that is away', async () => {
    for (const action of ['release', 'share', 'handoff']) {
      await expect(call('bob', { action, tabId: adas, to: 'cy' })).rejects.toEqual(fails('tab_taken', 'ada'));
    }
    await expect(call('ada', { action: 'handoff', to: 'ada' })).rejects.toEqual(fails('invalid_params', 'is you'));
    await expect(call('ada', { action: 'handoff', to: 'cy' })).rejects.toEqual(fails('tool_failed', 'away'));
    await expect(call('ada', { action: 'share', to: 'eve' })).rejects.toEqual(fails('invalid_params', '"bob", "cy"'));
    expect(tabs.leases.ownerOf(adas)?.id).toBe('ada');
  });

  it('may name a client of which the news come a moment later', async () => {
    const sharing = call('ada', { action: 'share', to: 'eve' });
    setTimeout(() => roster.are([...roster.all, { id: 'eve', name: 'eve', state: 'connected' }]), 20);
    expect((await sharing).text).toContain('eve');
  });
});

describe('shares', () => {
  it('outlive the worker, and end with a client that is gone for good, which the hub is told', async () => {
    const adas = await tabs.tabFor('ada', 'ada', undefined, 'any');
    await call('ada', { action: 'share', to: 'bob' });
    tabs = start();
    expect(await tabs.tabFor('bob', 'bob', adas, 'content', 'read')).toBe(adas);
    tabs = start();
    await tabs.ready();
    await tabs.forget('bob'); // Which holds nothing.
    expect(lastTold(adas)).not.toHaveProperty('readers');
    tabs = start();
    await expect(tabs.tabFor('bob', 'bob', adas, 'content', 'read')).rejects.toEqual(fails('tab_taken'));
  });
});

it('when the person last turned to this browser outlives the worker, and is no later for what clients do', async () => {
  await tabs.publish();
  const at = (): unknown => {
    const event = told.findLast((one) => one.name === 'tabs');
    return event?.name === 'tabs' ? event.focusedAt : undefined;
  };
  const first = at();
  expect(first).toEqual(expect.any(Number));
  vi.spyOn(Date, 'now').mockReturnValue(Number(first) + 5_000);
  await tabs.tabFor('ada', 'ada', undefined, 'any');
  tabs = start();
  await tabs.publish();
  expect(at()).toBe(first);
  vi.restoreAllMocks();
});
