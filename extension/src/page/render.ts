// Entries as lines of YAML. It exists apart from the walk so that budgets, depths and filters are decided on lines alone.

import type { Entry } from './entries.ts';
import { yamlKey, yamlValue } from './yaml.ts';

/** Stands in a child frame's refs for its `f3`, which only the worker knows. */
export const FRAME_PREFIX = '\u0002';
/** Closes the line of an iframe: between two of them stands which of the answer's frames belongs there. */
export const FRAME_SLOT = '\u0001';

export interface RenderOptions {
  readonly depth?: number;
  readonly interactiveOnly?: boolean;
  readonly viewportOnly?: boolean;
}

const INDENTS: string[] = [];

function indentOf(level: number): string {
  const known = INDENTS[level];
  if (known !== undefined) return known;
  const indent = '  '.repeat(level);
  INDENTS[level] = indent;
  return indent;
}

/** One node's lines: its own and its properties'. */
export function nodeLines(entry: Entry, level: number, hasChildren: boolean, mark: string, frameSlot: number): string {
  const indent = indentOf(level);
  if (entry.kind === 'text') return `${indent}- text: ${yamlValue(entry.value)}`;
  const label = entry.active || mark !== '' ? `${entry.label}${entry.active ? ' [active]' : ''}${mark}` : entry.label;
  let line = `${indent}- ${yamlKey(label, ` [ref=${entry.ref}]`)}`;
  const nested = hasChildren || entry.props.length > 0;
  if (frameSlot >= 0) return `${line}${FRAME_SLOT}${frameSlot}${FRAME_SLOT}`;
  if (entry.value !== '') line += nested ? ':' : `: ${yamlValue(entry.value)}`;
  else if (nested) line += ':';
  for (const prop of entry.props) {
    const colon = prop.indexOf(': ');
    line += `\n${indent}  - ${prop.slice(0, colon)}: ${yamlValue(prop.slice(colon + 2))}`;
  }
  // A value beside properties or children is a line of its own, since YAML has no place for both.
  if (entry.value !== '' && nested) line += `\n${indent}  - text: ${yamlValue(entry.value)}`;
  return line;
}

function wanted(entries: readonly Entry[], options: RenderOptions): Uint8Array {
  const keep = new Uint8Array(entries.length).fill(1);
  if (options.interactiveOnly === true) {
    keep.fill(0);
    for (let i = entries.length - 1; i >= 0; i -= 1) {
      const entry = entries[i];
      if (!entry) continue;
      if (entry.kind === 'control' || entry.label.startsWith('heading') || entry.frame) keep[i] = 1;
      if (keep[i] !== 1) continue;
      // Landmarks on the way to something kept; parents come later in this loop, so one step at a time would miss some.
      for (let up = entry.parent; up >= 0; up = entries[up]?.parent ?? -1) if (entries[up]?.kind === 'landmark') keep[up] = 1;
    }
  }
  if (options.viewportOnly === true) for (const [i, entry] of entries.entries()) if (!entry.inView) keep[i] = 0;
  return keep;
}

export function render(entries: readonly Entry[], options: RenderOptions, frameSlotOf: (entry: Entry) => number): string {
  const keep = wanted(entries, options);
  const levels = new Int32Array(entries.length);
  const full = new Uint8Array(entries.length);
  const maxLevel = options.depth === undefined ? Number.POSITIVE_INFINITY : options.depth;
  entries.forEach((entry, i) => {
    let up = entry.parent;
    while (up >= 0 && keep[up] !== 1) up = entries[up]?.parent ?? -1;
    const level = up < 0 ? 0 : (levels[up] ?? 0) + 1;
    levels[i] = level;
    if (level > maxLevel) keep[i] = 0;
    else if (keep[i] === 1 && up >= 0) full[up] = 1;
  });
  const lines: string[] = [];
  for (let i = 0; i < entries.length; i += 1) {
    const entry = entries[i];
    if (entry && keep[i] === 1) lines.push(nodeLines(entry, levels[i] ?? 0, full[i] === 1, '', entry.frame ? frameSlotOf(entry) : -1));
  }
  return lines.join('\n');
}
