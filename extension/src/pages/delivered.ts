// The last texts told about each tab. It exists so that a ref of a page that is gone can still be named: `button "Save"`.
// Kept in memory only: when the worker dies the offer is lost, nothing else.

const KEPT_TEXTS = 6;
const MAX_CHARS = 100_000;

export class Delivered {
  readonly #texts = new Map<number, string[]>();

  add(tabId: number, yaml: string): void {
    if (yaml === '') return;
    const texts = this.#texts.get(tabId) ?? [];
    texts.unshift(yaml.slice(0, MAX_CHARS));
    texts.length = Math.min(texts.length, KEPT_TEXTS);
    this.#texts.set(tabId, texts);
  }

  forget(tabId: number): void {
    this.#texts.delete(tabId);
  }

  /** `role "name"` as the newest text told it. */
  labelOf(tabId: number, ref: string): string | null {
    for (const text of this.#texts.get(tabId) ?? []) {
      for (const line of text.split('\n')) {
        if (!line.includes(`[ref=${ref}]`)) continue;
        const match = /^\s*- '?(?:removed: )?([a-z]+(?: "(?:[^"\\]|\\.)*")?)/.exec(line);
        if (match?.[1] !== undefined) return match[1].replaceAll("''", "'");
      }
    }
    return null;
  }
}
