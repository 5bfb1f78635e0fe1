// Which looks a client has not been told of. It exists because an action looks while it still waits: a look under the ticket of
// the moment is compared with as if it had not been, until it was told and the ticket is another.

export class Tickets {
  readonly #tabs = new Map<number, Map<string, string>>();

  of(tabId: number, clientId: string): string {
    return this.#tabs.get(tabId)?.get(clientId) ?? this.renew(tabId, clientId);
  }

  renew(tabId: number, clientId: string): string {
    const tickets = this.#tabs.get(tabId) ?? new Map<string, string>();
    const ticket = crypto.randomUUID();
    this.#tabs.set(tabId, tickets.set(clientId, ticket));
    return ticket;
  }

  forget(tabId: number): void {
    this.#tabs.delete(tabId);
  }
}
