// Who the hub says is here, by id and by name. It exists because clients name each other (share, hand off) by the names that
// browser_status shows, while leases go by ids.

import { Pulse } from '../async.ts';
import { ToolError } from '../errors.ts';
import type { ClientInfo } from '../hub/frames.ts';

/** The hub tells of a client that has just come a moment after others can see it. */
const NEWS_MS = 1_000;

export class Roster {
  readonly #news = new Pulse();
  #clients: readonly ClientInfo[] = [];

  get all(): readonly ClientInfo[] {
    return this.#clients;
  }

  are(clients: readonly ClientInfo[]): void {
    this.#clients = clients;
    this.#news.beat();
  }

  gone(clientId: string): void {
    this.are(this.#clients.filter(({ id }) => id !== clientId));
  }

  /** Another client, by its name; it need not be connected at this moment. */
  async other(name: string, ownId: string): Promise<ClientInfo> {
    const until = performance.now() + NEWS_MS;
    for (;;) {
      const found = this.#clients.find((client) => client.name === name.trim());
      if (found?.id === ownId) throw new ToolError('invalid_params', `"${found.name}" is you.`, 'Give the name of another client, as browser_status shows it.');
      if (found !== undefined) return found;
      if (performance.now() >= until) throw this.#nobody(name, ownId);
      await this.#news.next(until - performance.now());
    }
  }

  #nobody(name: string, ownId: string): ToolError {
    const others = this.#clients.filter(({ id }) => id !== ownId).map((client) => JSON.stringify(client.name));
    const who = others.length === 0 ? 'No other client is here now.' : `The others are ${others.join(', ')}.`;
    return new ToolError('invalid_params', `There is no client ${JSON.stringify(name)}. ${who}`, 'Give a name exactly as browser_status shows it.', { parameter: 'to' });
  }
}
