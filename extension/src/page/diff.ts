// What changed between two looks at a page. It exists so that an answer after a click tells the change and not the page.

import type { Entry } from './entries.ts';
import { isOneIn, longestRun } from './order.ts';
import { nodeLines } from './render.ts';
import { type Gone, Returned } from './returned.ts';
import { quoted } from './yaml.ts';

/** A dialog that hides the rest of the page takes all of that away at once. */
const MAX_REMOVED = 8;
const MAX_CONTEXT = 2;

/** 'within': told as part of something new. 'returned': for all in it that was told before and had been hidden. */
type Mark = 'new' | 'within' | 'changed' | 'moved' | 'returned';

function sameLine(a: Entry, b: Entry): boolean {
  if (a.label !== b.label || a.value !== b.value || a.props.length !== b.props.length) return false;
  // Losing the focus is no news, gaining it is.
  if (b.active && !a.active) return false;
  return a.props.every((prop, i) => prop === b.props[i]);
}

/**
 * Lines of YAML: what is new or changed in its context, and what is gone. '' if nothing is. `gone`: what was told before the last
 * look and had gone by then.
 */
export function diff(before: readonly Entry[], now: readonly Entry[], gone: ReadonlyMap<string, Gone>, frameSlotOf: (entry: Entry) => number): string {
  const old = new Map<string, number>();
  before.forEach((entry, i) => old.set(entry.key, i));
  const current = new Map<string, number>();
  now.forEach((entry, i) => current.set(entry.key, i));

  const homes = homesOf(now, (key) => old.has(key));
  const homesBefore = homesOf(before, (key) => current.has(key));
  const returned = new Returned(now, (key) => old.has(key), gone);
  const marks = findMarks(before, now, old, homes, homesBefore, returned);
  const removed = findRemoved(before, now, current, marks, homes, homesBefore);
  for (const [home, entries] of returned.removed(now, current, gone)) removed.set(home, [...(removed.get(home) ?? []), ...entries]);
  return print(now, marks, removed, returned, frameSlotOf);
}

/**
 * What each entry belongs to: its parent, but for a wrapper that came or went. A generic says nothing by itself, and one that
 * appears around a whole page moves none of it.
 */
function homesOf(entries: readonly Entry[], isInBoth: (key: string) => boolean): number[] {
  const homes: number[] = [];
  for (const entry of entries) {
    const parent = entries[entry.parent];
    homes.push(parent && isGeneric(parent) && !isInBoth(parent.key) ? (homes[entry.parent] ?? -1) : entry.parent);
  }
  return homes;
}

function isGeneric({ label }: Entry): boolean {
  return label === 'generic' || label.startsWith('generic ');
}

function findMarks(
  before: readonly Entry[], now: readonly Entry[], old: Map<string, number>, homes: readonly number[], homesBefore: readonly number[],
  returned: Returned,
): Map<number, Mark> {
  const marks = new Map<number, Mark>();
  const order = new Map<number, number[]>();
  const disordered = new Set<number>();
  for (let i = 0; i < now.length; i += 1) {
    const entry = now[i];
    if (!entry) continue;
    const was = old.get(entry.key);
    const previous = was === undefined ? undefined : before[was];
    const told = returned.was(i);
    if (told !== undefined) {
      if (!sameLine(told, entry)) {
        marks.set(i, 'changed');
        returned.changed(i, entry.parent);
      } else if (returned.isTop(i, entry.parent)) marks.set(i, 'returned');
      continue;
    }
    if (was === undefined || !previous) {
      const around = marks.get(entry.parent);
      marks.set(i, around === 'new' || around === 'within' ? 'within' : 'new');
      continue;
    }
    if (!sameLine(previous, entry)) marks.set(i, 'changed');
    if (entry.kind === 'text') continue;
    const home = homes[i] ?? -1;
    if (now[home]?.key !== before[homesBefore[was] ?? -1]?.key) {
      marks.set(i, 'moved');
      continue;
    }
    const siblings = order.get(home);
    if (!siblings) order.set(home, [i]);
    else {
      const last = now[siblings[siblings.length - 1] ?? -1];
      if (last && (old.get(last.key) ?? -1) > was) disordered.add(home);
      siblings.push(i);
    }
  }
  for (const parent of disordered) {
    const siblings = order.get(parent) ?? [];
    const kept = longestRun(siblings.map((i) => old.get(now[i]?.key ?? '') ?? -1));
    siblings.forEach((i, place) => {
      // What it says now is told with it, whatever of that is new.
      if (!kept.has(place)) marks.set(i, 'moved');
    });
  }
  return marks;
}

function findRemoved(
  before: readonly Entry[], now: readonly Entry[], current: Map<string, number>, marks: Map<number, Mark>, homes: readonly number[],
  homesBefore: readonly number[],
): Map<number, Entry[]> {
  const removed = new Map<number, Entry[]>();
  const wrapped = wrappedTexts(now, marks, homes);
  /** How many before each place are still there. */
  const kept = [0];
  for (const { key, kind } of before) kept.push((kept[kept.length - 1] ?? 0) + (kind !== 'text' && current.has(key) ? 1 : 0));
  for (let i = 0; i < before.length; i += 1) {
    const entry = before[i];
    if (!entry || current.has(entry.key)) continue;
    // A wrapper that left what was in it took none of that away.
    if (isGeneric(entry) && (kept[entry.end] ?? 0) > (kept[i] ?? 0)) continue;
    const parent = before[homesBefore[i] ?? -1];
    const home = parent ? (current.get(parent.key) ?? -1) : -1;
    if (entry.kind === 'text') {
      // Loose text that became its parent's own value, or went into a wrapper, is still there.
      if ((home >= 0 && now[home]?.value.includes(entry.value) === true) || wrapped.has(`${home} ${entry.value}`)) continue;
      // What became part of its parent's name when the parent was told anew need not be told as gone.
      if (home >= 0 && marks.get(home) === 'changed') continue;
    }
    const list = removed.get(home);
    if (list) list.push(entry);
    else removed.set(home, [entry]);
    i = entry.end - 1;
  }
  return removed;
}

/** Texts that are told as new, each with the home of what it stands in. */
function wrappedTexts(now: readonly Entry[], marks: Map<number, Mark>, homes: readonly number[]): Set<string> {
  const texts = new Set<string>();
  for (const [i, mark] of marks) {
    const entry = now[i];
    if (entry && (mark === 'new' || mark === 'within') && (entry.kind === 'text' || isGeneric(entry))) texts.add(`${homes[i] ?? -1} ${entry.value}`);
  }
  return texts;
}

function removedLines(gone: readonly Entry[], level: number): string[] {
  const indent = '  '.repeat(level);
  const lines = gone.slice(0, MAX_REMOVED).map((entry) => {
    const text = entry.kind === 'text' || entry.value !== '' ? ` ${quoted(clip(entry.value))}` : '';
    const what = entry.kind === 'text' ? `text${text}` : `${entry.label}${text}${entry.ref === '' ? '' : ` [ref=${entry.ref}]`}`;
    return `${indent}- removed: ${removedValue(what)}`;
  });
  if (gone.length > MAX_REMOVED) lines.push(`${indent}- removed: ${gone.length - MAX_REMOVED} more here`);
  return lines;
}

/** Plain where YAML allows it: the line ends in a real ref, so the rule against texts that look like one does not apply. */
function removedValue(what: string): string {
  return /:\s|\s#/.test(what) ? `'${what.replaceAll("'", "''")}'` : what;
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79).toWellFormed()}…` : text;
}

function print(
  now: readonly Entry[], marks: Map<number, Mark>, removed: Map<number, Entry[]>, returned: Returned, frameSlotOf: (entry: Entry) => number,
): string {
  const shown = new Set<number>();
  const showContext = (from: number): void => {
    let named = 0;
    let first = true;
    for (let up = from; up >= 0; up = now[up]?.parent ?? -1) {
      if (shown.has(up)) return;
      const entry = now[up];
      if (!entry) return;
      if (first || (entry.landmark && named < MAX_CONTEXT)) shown.add(up);
      if (entry.landmark) named += 1;
      first = false;
    }
  };
  for (const [i, mark] of marks) {
    const entry = now[i];
    if (!entry) continue;
    if (mark !== 'within') showContext(entry.parent);
    if (mark !== 'returned') shown.add(i);
  }
  for (const home of removed.keys()) if (home >= 0) showContext(home);
  const told = [...shown].sort((a, b) => a - b);
  for (const i of returned.lines(now, (from, to) => isOneIn(told, from, to))) shown.add(i);

  const lines: string[] = [];
  const open: number[] = [];
  const close = (before: number): void => {
    for (;;) {
      const top = open[open.length - 1];
      if (top === undefined || (now[top]?.end ?? 0) > before) return;
      open.pop();
      lines.push(...returned.moreLines(top, open.length + 1), ...removedLines(removed.get(top) ?? [], open.length + 1));
    }
  };
  for (const i of [...shown].sort((a, b) => a - b)) {
    const entry = now[i];
    if (!entry) continue;
    close(i);
    const mark = marks.get(i);
    const fresh = mark !== undefined && mark !== 'returned';
    const level = open.length;
    const next = nextShown(shown, i, entry.end) || removed.has(i);
    // Context is told by its name alone.
    const line = fresh ? entry : { ...entry, value: '', props: [], active: false };
    const said = mark === undefined || mark === 'within' ? '' : mark === 'returned' ? returned.mark(i, entry.end) : ` [${mark}]`;
    lines.push(nodeLines(line, level, next, said, fresh && entry.frame ? frameSlotOf(entry) : -1));
    open.push(i);
  }
  close(Number.POSITIVE_INFINITY);
  lines.push(...returned.moreLines(-1, 0), ...removedLines(removed.get(-1) ?? [], 0));
  return lines.join('\n');
}

function nextShown(shown: Set<number>, from: number, end: number): boolean {
  for (let i = from + 1; i < end; i += 1) if (shown.has(i)) return true;
  return false;
}

