// The clients' tab groups in Chrome: a tab joins its client's group, leaves it when its lease ends, and stands apart from it
// while the hub is stopped. It exists apart from the leases because a group is only a label for the person: whatever goes wrong
// with it, the tab works without.

import { Serial } from '../async.ts';
import { messageOf } from '../errors.ts';
import type { Client, Leases } from './leases.ts';
import { patiently } from './patiently.ts';

/** What Chrome says of a tab that is in no group. */
const UNGROUPED = -1;

export class Groups {
  readonly #leases: Leases;
  /** Writes the leases down, with what this changes in them. */
  readonly #keep: () => Promise<void>;
  readonly #serial = new Serial();

  constructor(leases: Leases, keep: () => Promise<void>) {
    this.#leases = leases;
    this.#keep = keep;
  }

  /** A tab has just come to the client. */
  join(client: Client, tabId: number): Promise<void> {
    return this.#calmly(() => this.#group(client, [tabId]));
  }

  /** The client has taken a tab that was the person's: one in a group of the person's own stays there, and a pinned one pinned. */
  welcome(client: Client, tabId: number): Promise<void> {
    return this.#calmly(async () => {
      const { groupId, pinned } = await chrome.tabs.get(tabId);
      if (groupId === UNGROUPED && !pinned) await this.#group(client, [tabId]);
    });
  }

  /** The client has let one tab go. */
  drop(client: Client, tabId: number): Promise<void> {
    return this.#calmly(async () => {
      const { groupId } = await chrome.tabs.get(tabId);
      if (client.groupIds.includes(groupId)) await ungroup([tabId]);
    });
  }

  /** The tab is another client's now: it goes from group to group, unless it is in one of the person's own. */
  pass(from: Client, to: Client, tabId: number): Promise<void> {
    return this.#calmly(async () => {
      const { groupId, pinned } = await chrome.tabs.get(tabId);
      if ((groupId === UNGROUPED && !pinned) || from.groupIds.includes(groupId)) await this.#group(to, [tabId]);
    });
  }

  /** The client has another name. */
  rename(client: Client): Promise<void> {
    return this.#calmly(async () => {
      if (client.apart === undefined) await Promise.all(client.groupIds.map((groupId) => this.#label(client, groupId)));
    });
  }

  /** The client's lease has ended. */
  leave(client: Client): Promise<void> {
    return this.#calmly(async () => ungroup(await members(client)));
  }

  /** The hub has stopped: nobody drives these tabs now, and the person sees that. */
  standApart(): Promise<void> {
    return this.#calmly(async () => {
      for (const client of this.#leases.all()) client.apart ??= await members(client);
      await this.#keep(); // First: a worker that dies in the middle is followed by one that goes on.
      await this.#takeOut();
    });
  }

  /** What a worker that died in the middle of it has left in the groups. */
  goOn(): Promise<void> {
    return this.#calmly(() => this.#takeOut());
  }

  /** The client is there again. */
  standTogether(client: Client): Promise<void> {
    if (client.apart === undefined) return Promise.resolve();
    return this.#calmly(async () => {
      const back = (client.apart ?? []).filter((tabId) => client.tabs.includes(tabId));
      client.apart = undefined;
      try {
        await this.#group(client, back);
      } finally {
        await this.#keep();
      }
    });
  }

  #calmly(work: () => Promise<void>): Promise<void> {
    return this.#serial.run(async () => {
      try {
        await work();
      } catch (error) {
        // A tab that cannot be grouped (in a popup window, in the middle of a drag) works without.
        console.info('tabhub: tab not grouped:', messageOf(error));
      }
    });
  }

  async #takeOut(): Promise<void> {
    for (const client of this.#leases.all()) if (client.apart !== undefined) await ungroup(await members(client));
  }

  /** Each tab in the client's group in the tab's own window: no tab moves from one window to another for a label's sake. */
  async #group(client: Client, tabIds: readonly number[]): Promise<void> {
    const byWindow = new Map<number, number[]>();
    for (const tabId of tabIds) {
      const { windowId } = await chrome.tabs.get(tabId);
      byWindow.set(windowId, [...(byWindow.get(windowId) ?? []), tabId]);
    }
    for (const [windowId, [first, ...rest]] of byWindow) {
      if (first === undefined) continue;
      const ids: [number, ...number[]] = [first, ...rest];
      const there = await existing(client);
      const known = there.find((group) => group.windowId === windowId)?.id;
      const groupId = await patiently(() =>
        known === undefined ? chrome.tabs.group({ tabIds: ids, createProperties: { windowId } }) : chrome.tabs.group({ tabIds: ids, groupId: known }),
      );
      if (groupId !== known) {
        client.groupIds = [...there.map(({ id }) => id), groupId];
        await this.#keep();
      }
      await this.#label(client, groupId);
    }
  }

  async #label(client: Client, groupId: number): Promise<void> {
    await chrome.tabGroups.update(groupId, { title: groupTitle(client, this.#leases.all()), color: groupColor(client.id) });
  }
}

/** The client's name, numbered when another client of that name has a group too. */
export function groupTitle(client: Client, all: readonly Client[]): string {
  const namesakes = all.filter((other) => other.name === client.name);
  const place = namesakes.indexOf(client);
  return place <= 0 ? client.name : `${client.name} ${place + 1}`;
}

const COLORS = ['blue', 'green', 'purple', 'orange', 'cyan', 'pink', 'red', 'yellow'] as const;

export function groupColor(clientId: string): (typeof COLORS)[number] {
  let sum = 0;
  for (let i = 0; i < clientId.length; i++) sum = (sum * 31 + clientId.charCodeAt(i)) >>> 0;
  return COLORS[sum % COLORS.length] ?? 'blue';
}

/** The client's tabs in the client's own groups. One that the person has put into another group stays there. */
async function members({ groupIds, tabs }: Client): Promise<number[]> {
  const grouped = await Promise.all(groupIds.map((groupId) => chrome.tabs.query({ groupId })));
  return grouped.flat().flatMap(({ id }) => (id !== undefined && tabs.includes(id) ? id : []));
}

/** The client's groups that are still there. */
async function existing({ groupIds }: Client): Promise<chrome.tabGroups.TabGroup[]> {
  const groups = await Promise.all(groupIds.map((groupId) => chrome.tabGroups.get(groupId).catch(() => undefined)));
  return groups.filter((group) => group !== undefined);
}

async function ungroup(tabIds: readonly number[]): Promise<void> {
  for (const tabId of tabIds) {
    try {
      await patiently(() => chrome.tabs.ungroup(tabId));
    } catch {
      // Closed meanwhile.
    }
  }
}
