// As much of a snapshot as fits. It exists so that a long page comes in parts that together hold every node once: each part ends
// on a whole node, and the next goes on exactly behind it or says that the page has changed.

import { shortLine } from '../page/shorten.ts';
import { asTheyCome, folded, type Node, nodesOf, refOf } from './fold.ts';

/** Where a part ended. */
export interface Resume {
  /** Nodes told so far. */
  readonly nodes: number;
  /** The last of them that has a ref, and how many came after it. */
  readonly lastRef: string;
  readonly sinceRef: number;
  /** What was told so far, as a number: another one means that the page changed there. */
  readonly digest: number;
  /** Long runs are told last. */
  readonly folds: boolean;
}

export interface Cut extends Resume {
  readonly text: string;
  readonly remainingChars: number;
  readonly remainingNodes: number;
  /** What was told before is no longer what it was. */
  readonly changed: boolean;
}

/** A text may take this part of a budget, so that what comes after it is seen as well. */
const TEXT_PART = 2 / 11;
const LEAST_TEXT = 100;

/** The lines with their long texts cut. */
export function shortened(lines: readonly string[], maxChars: number): string[] {
  return shortNodes(nodesOf(lines), maxChars).map(({ text }) => text);
}

function shortNodes(nodes: readonly Node[], maxChars: number): readonly Node[] {
  const most = Math.max(LEAST_TEXT, Math.floor(maxChars * TEXT_PART));
  return nodes.map((node) => {
    if (node.text.length <= most) return node;
    // Loose text has no ref of its own: it is its parent's.
    const parent = nodes[node.parent];
    const ref = refOf(node) || (parent === undefined ? '' : refOf(parent));
    return { ...node, text: node.text.split('\n').map((line) => shortLine(line, most, ref)).join('\n') };
  });
}

/** As many whole nodes as fit, at least one, long texts cut; goes on behind `resume`. null: the place to go on from is gone. */
export function cutLines(lines: readonly string[], maxChars: number, resume: Resume | null): Cut | null {
  const nodes = shortNodes(nodesOf(lines), maxChars);
  const chars = nodes.reduce((sum, node) => sum + node.text.length + 1, 0);
  const folds = resume ? resume.folds : chars > maxChars;
  const order = folds ? folded(nodes) : asTheyCome(nodes);
  const start = resume ? placeOf(nodes, order.places, resume) : 0;
  if (start === null) return null;
  const out = new Lines(nodes, maxChars);
  let at = start;
  const end = start < order.first ? order.first : order.places.length;
  for (; at < end; at += 1) {
    const place = order.places[at] ?? 0;
    const fold = order.folds.get(place);
    if (!out.add(place, fold === undefined ? 0 : fold.length + 1)) break;
    if (fold !== undefined) out.push(fold);
  }
  let remainingChars = 0;
  for (let rest = at; rest < order.places.length; rest += 1) remainingChars += (nodes[order.places[rest] ?? -1]?.text.length ?? 0) + 1;
  const told = order.places.slice(0, at).map((place) => refAt(nodes, place));
  const last = told.findLastIndex((ref) => ref !== '');
  return {
    text: out.text, nodes: at, lastRef: told[last] ?? '', sinceRef: at - 1 - last, digest: digestOf(told), folds,
    remainingChars, remainingNodes: order.places.length - at, changed: resume !== null && digestOf(told.slice(0, start)) !== resume.digest,
  };
}

function refAt(nodes: readonly Node[], place: number): string {
  const node = nodes[place];
  return node === undefined ? '' : refOf(node);
}

function placeOf(nodes: readonly Node[], places: readonly number[], resume: Resume): number | null {
  if (resume.lastRef === '') return resume.nodes <= places.length ? resume.nodes : null;
  const anchor = places.findIndex((place) => refAt(nodes, place) === resume.lastRef);
  if (anchor < 0) return null;
  // Loose text behind the anchor has no ref to be known by: no more of it is passed over than is there.
  let start = anchor + 1;
  for (let left = resume.sinceRef; left > 0 && start < places.length && refAt(nodes, places[start] ?? -1) === ''; left -= 1) start += 1;
  return start;
}

/** The lines of one part. */
class Lines {
  readonly #nodes: readonly Node[];
  readonly #most: number;
  readonly #lines: string[] = [];
  /** The last line's node and those around it: what is inside of them may follow. */
  #open = new Set<number>();
  #chars = 0;
  #told = 0;

  constructor(nodes: readonly Node[], most: number) {
    this.#nodes = nodes;
    this.#most = most;
  }

  get text(): string {
    return this.#lines.join('\n');
  }

  /** A node, with the nodes around it where they came before: without them its indentation would hang in the air. */
  add(place: number, more: number): boolean {
    const node = this.#nodes[place];
    if (!node) return true;
    const around: string[] = [];
    const open = new Set([place]);
    for (let up = node.parent; up >= 0; up = this.#nodes[up]?.parent ?? -1) {
      if (!this.#open.has(up)) around.unshift(asContext(this.#nodes[up]?.text ?? ''));
      open.add(up);
    }
    const length = [...around, node.text].reduce((sum, line) => sum + line.length + 1, more);
    if (this.#chars + length > this.#most && this.#told > 0) return false;
    for (const line of around) this.push(line);
    this.push(node.text);
    this.#open = open;
    this.#told += 1;
    return true;
  }

  push(line: string): void {
    this.#lines.push(line);
    this.#chars += line.length + 1;
  }
}

/** A node told before, by its role and name alone and without its ref: it is not told again. */
function asContext(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  const ref = line.lastIndexOf(' [ref=');
  const head = line.slice(indent.length + 2, ref < 0 ? line.length : ref).replace(/:$/, '');
  // A line in single quotes loses its end with the ref.
  const quoted = head.startsWith("'");
  return `${indent}- ${head} [continued]${quoted ? "'" : ''}:`;
}

function digestOf(refs: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const ref of refs) {
    for (let i = 0; i < ref.length; i += 1) hash = Math.imul(hash ^ ref.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ 0x2c, 0x01000193);
  }
  return hash >>> 0;
}
