// Exactly once, the rules: what to do with a call, given what is known of its id, and which old entries to shrink or forget.
// It exists apart from the storage so that the rules can be read and tested without a browser.

/** What is kept of a call. `started` without a running call in this worker means: the worker died in the middle of it. */
export interface Entry {
  digest: string;
  state: 'started' | 'done' | 'dropped';
  /** When it was last written (ms since 1970), and the size of its kept answer. */
  at: number;
  size: number;
  expiresAt: number;
}

export interface Asked {
  digest: string;
  attempt: number;
  browserEpoch: string | undefined;
}

export type Decision =
  | { kind: 'run' }
  | { kind: 'join' }
  | { kind: 'replay' }
  | { kind: 'other_call' }
  | { kind: 'unknown'; why: 'worker_died' | 'answer_dropped' | 'browser_restarted' };

export function decide(entry: Entry | undefined, running: boolean, asked: Asked, ownEpoch: string): Decision {
  if (entry === undefined) {
    const sameBrowser = asked.browserEpoch === ownEpoch;
    if (sameBrowser || asked.attempt <= 1) return { kind: 'run' };
    return { kind: 'unknown', why: 'browser_restarted' };
  }
  if (entry.digest !== asked.digest) return { kind: 'other_call' };
  switch (entry.state) {
    case 'started':
      return running ? { kind: 'join' } : { kind: 'unknown', why: 'worker_died' };
    case 'done':
      return { kind: 'replay' };
    case 'dropped':
      return { kind: 'unknown', why: 'answer_dropped' };
  }
}

/** Bodies: the newest 200 answers and 2 MB. Ids: 15 minutes at least, and never more than storage.session can hold. */
export const LIMITS = { bodies: 200, bodyBytes: 2_000_000, oneBody: 500_000, keepIdsMs: 15 * 60_000, ids: 20_000 };

export interface Pruning {
  /** Keys whose answers go; the ids stay. */
  drop: string[];
  /** Keys that go altogether. */
  forget: string[];
}

/** `entries` in the order of writing, oldest first. */
export function prune(entries: ReadonlyMap<string, Entry>, now: number, limits = LIMITS): Pruning {
  const drop: string[] = [];
  const forget: string[] = [];
  let bodies = 0;
  let bytes = 0;
  const newestFirst = [...entries].reverse();
  for (const [index, [key, entry]] of newestFirst.entries()) {
    const old = now - entry.at > limits.keepIdsMs && now > entry.expiresAt;
    if (old || (index >= limits.ids && entry.state !== 'started')) {
      forget.push(key);
      continue;
    }
    if (entry.state !== 'done') continue;
    bodies += 1;
    bytes += entry.size;
    if (bodies > limits.bodies || bytes > limits.bodyBytes) drop.push(key);
  }
  return { drop, forget };
}
