// Which look on trial each client was told of last. It exists because an action looks while it still waits, and only the worker
// knows whether that look became its answer: the page hears of it with the next question.

export class Trials {
  readonly #told = new Map<number, Map<string, string>>();

  told(tabId: number, clientId: string): string {
    return this.#told.get(tabId)?.get(clientId) ?? '';
  }

  tell(tabId: number, clientId: string, trial: string): void {
    const told = this.#told.get(tabId) ?? new Map<string, string>();
    this.#told.set(tabId, told.set(clientId, trial));
  }

  forget(tabId: number): void {
    this.#told.delete(tabId);
  }
}
