// Exactly once, the rules: what to do with a call, given what is known of its id, and which old entries to shrink or forget.
// It exists apart from the storage so that the rules can be read and tested without a browser.

/** What is kept of a call. `started` without a running call in this worker means: the worker died in the middle of it. */
export interface Entry {
  digest: string;
  state: 'started' | 'done' | 'dropped';
  /** When it was last written, on the journal's own clock, and the length of its kept answer. */
  at: number;
  size: number;
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
  | { kind: 'unknown'; why: 'worker_died' | 'answer_dropped' | 'browser_restarted' | 'forgotten' };

/** What is known of a call's id, here and now. */
export interface Known {
  entry: Entry | undefined;
  /** The call runs in this worker. */
  running: boolean;
  epoch: string;
  /** Ids were forgotten for want of room while a repeat of them could still come: that an id is absent proves nothing then. */
  hasForgotten: boolean;
}

export function decide({ entry, running, epoch, hasForgotten }: Known, asked: Asked): Decision {
  if (entry === undefined) {
    if (asked.attempt <= 1) return { kind: 'run' };
    if (asked.browserEpoch !== epoch) return { kind: 'unknown', why: 'browser_restarted' };
    return hasForgotten ? { kind: 'unknown', why: 'forgotten' } : { kind: 'run' };
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

export interface Limits {
  /** Answers that are kept: how many, how long all of them together (in characters), and how long one of them. */
  bodies: number;
  bodyChars: number;
  oneBody: number;
  /** For how long an id is kept at least: beyond the 15 minutes that a call may take at most. */
  keepIdsMs: number;
  /** How many ids are kept at most: storage.session holds 10 MB in all. */
  ids: number;
  /** Pruning walks the whole index: not after each of many quick calls, but before their answers could fill the storage. */
  pruneAfter: { calls: number; chars: number };
}

export const LIMITS: Limits = {
  bodies: 200,
  bodyChars: 2_000_000,
  oneBody: 500_000,
  keepIdsMs: 20 * 60_000,
  ids: 20_000,
  pruneAfter: { calls: 32, chars: 1_000_000 },
};

export interface Pruning {
  /** Keys whose answers go; the ids stay. */
  drop: string[];
  /** Keys that go altogether. */
  forget: string[];
  /** Some of them go before their time. */
  early: boolean;
}

/** `entries` in the order of writing, oldest first. */
export function prune(entries: ReadonlyMap<string, Entry>, now: number, limits: Limits): Pruning {
  const drop: string[] = [];
  const forget: string[] = [];
  let early = false;
  let bodies = 0;
  let chars = 0;
  const newestFirst = [...entries].reverse();
  for (const [index, [key, entry]] of newestFirst.entries()) {
    const old = now - entry.at > limits.keepIdsMs;
    const surplus = index >= limits.ids && entry.state !== 'started';
    if (old || surplus) {
      forget.push(key);
      if (!old) early = true;
      continue;
    }
    if (entry.state !== 'done') continue;
    bodies += 1;
    chars += entry.size;
    if (bodies > limits.bodies || chars > limits.bodyChars) drop.push(key);
  }
  return { drop, forget, early };
}
