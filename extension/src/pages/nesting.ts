// Which frame lies in which. It exists because each frame answers for itself, and only the one around it knows whether and where
// it is to be seen.

import type { FramePlace } from '../page/tree.ts';

export interface Placed {
  readonly path: readonly number[];
  readonly token: string;
  readonly url: string;
}

/** The answer of a child frame; taken once. */
export function childOf<T extends Placed>(all: readonly T[], used: Set<T>, parent: Placed, frame: FramePlace): T | undefined {
  const below = all.filter((one) => !used.has(one) && one.path.length === parent.path.length + 1 && isBelow(one.path, parent.path) && one.path[one.path.length - 1] === frame.index);
  const child = frame.index >= 0 || below.length <= 1
    ? below[0]
    : (below.find((one) => one.token === frame.token) ?? below.find((one) => one.url === frame.src) ?? below[0]);
  if (child) used.add(child);
  return child;
}

function isBelow(path: readonly number[], above: readonly number[]): boolean {
  return path.length > above.length && above.every((place, i) => path[i] === place);
}

/** Those that can be seen: `framesIn` tells which child frames one shows. */
export function shownIn<T extends Placed>(top: T, all: readonly T[], framesIn: (one: T) => readonly FramePlace[]): T[] {
  const shown = [top];
  const used = new Set(shown);
  for (let i = 0; i < shown.length; i += 1) {
    const parent = shown[i];
    if (!parent) continue;
    for (const frame of framesIn(parent)) {
      const child = childOf(all, used, parent, frame);
      if (child) shown.push(child);
    }
  }
  return shown;
}
