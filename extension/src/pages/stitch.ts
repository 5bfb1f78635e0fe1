// One text out of the frames' texts. It exists because each frame is walked in its own process: here the content of an iframe
// takes its place under the iframe's line, and what is too long is cut on a whole node.

import type { ChildFrame, FrameText } from '../page/protocol.ts';

export interface Part {
  readonly prefix: string;
  readonly path: readonly number[];
  readonly token: string;
  readonly url: string;
  readonly text: FrameText;
}

const SLOT = /^(.*)\u0001(\d+)\u0001$/;

export interface Stitched {
  readonly lines: string[];
  /** What frames held back because it lies behind the budget. */
  readonly restChars: number;
}

export class Stitcher {
  readonly #parts: readonly Part[];
  readonly #used = new Set<Part>();
  #restChars = 0;

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  full(top: Part): Stitched {
    this.#used.add(top);
    const lines = this.#fullLines(top);
    // Frames whose iframe lies behind the cut are part of what is left.
    for (const part of this.#parts) {
      if (!this.#used.has(part) && isBelow(part.path, top.path)) this.#restChars += top.text.restChars > 0 ? part.text.text.length + part.text.restChars : 0;
    }
    return { lines, restChars: this.#restChars };
  }

  changes(top: Part): Stitched {
    this.#used.add(top);
    return { lines: this.#changedLines(top), restChars: this.#restChars };
  }

  #fullLines(part: Part): string[] {
    this.#restChars += part.text.restChars;
    const out: string[] = [];
    if (part.text.text === '') return out;
    for (const raw of part.text.text.split('\n')) this.#push(raw.replaceAll('\u0002', part.prefix), part, out);
    return out;
  }

  /** A line; if it is an iframe's, what is in the frame comes after it. */
  #push(line: string, part: Part, out: string[]): void {
    const slot = SLOT.exec(line);
    if (!slot) {
      out.push(line);
      return;
    }
    const head = slot[1] ?? '';
    const frame = part.text.frames[Number(slot[2])];
    const child = frame ? this.#childOf(part, frame) : undefined;
    const inner = child ? this.#fullLines(child) : [];
    out.push(inner.length > 0 ? `${head}:` : head);
    const indent = `${' '.repeat(head.length - head.trimStart().length)}  `;
    for (const one of inner) out.push(indent + one);
  }

  #changedLines(part: Part): string[] {
    const out: string[] = [];
    if (part.text.full) return this.#fullLines(part);
    if (part.text.text !== '') for (const raw of part.text.text.split('\n')) this.#push(raw.replaceAll('\u0002', part.prefix), part, out);
    for (const frame of part.text.frames) {
      const child = this.#childOf(part, frame);
      const inner = child ? this.#changedLines(child) : [];
      if (inner.length === 0) continue;
      out.push(`${frame.line.replaceAll('\u0002', part.prefix)}:`);
      for (const line of inner) out.push(`  ${line}`);
    }
    return out;
  }

  #childOf(parent: Part, frame: ChildFrame): Part | undefined {
    const below = this.#parts.filter((part) => !this.#used.has(part) && part.path.length === parent.path.length + 1 && isBelow(part.path, parent.path) && part.path[part.path.length - 1] === frame.index);
    const child = frame.index >= 0 || below.length <= 1
      ? below[0]
      : (below.find((part) => part.token === frame.token) ?? below.find((part) => part.url === frame.src) ?? below[0]);
    if (child) this.#used.add(child);
    return child;
  }
}

function isBelow(path: readonly number[], above: readonly number[]): boolean {
  return path.length > above.length && above.every((place, i) => path[i] === place);
}

export interface Cut {
  readonly text: string;
  /** Nodes told so far, the skipped ones included. */
  readonly nodes: number;
  readonly lastRef: string;
  /** Nodes after the one with that ref. */
  readonly sinceRef: number;
  readonly remainingChars: number;
}

export interface Resume {
  readonly nodes: number;
  readonly lastRef: string;
  readonly sinceRef: number;
}

/** Node lines with the property lines that belong to them. */
function nodesOf(lines: readonly string[]): string[] {
  const nodes: string[] = [];
  for (const line of lines) {
    const last = nodes.length - 1;
    if (last >= 0 && /^\s*- \/[\w-]+:/.test(line)) nodes[last] = `${nodes[last] ?? ''}\n${line}`;
    else nodes.push(line);
  }
  return nodes;
}

function refOf(node: string): string {
  return /^[^\n]*\[ref=((?:f\d+)?e\d+)\]'?(?::|$)/m.exec(node.split('\n', 1)[0] ?? '')?.[1] ?? '';
}

function indentOf(node: string): number {
  return node.length - node.trimStart().length;
}

/** As many whole nodes as fit, at least one; goes on behind `resume`, with the nodes around as context. */
export function cutLines(stitched: Stitched, maxChars: number, resume: Resume | null): Cut {
  const nodes = nodesOf(stitched.lines);
  let start = 0;
  if (resume) {
    const anchor = resume.lastRef === '' ? -1 : nodes.findIndex((node) => refOf(node) === resume.lastRef);
    start = anchor >= 0 ? anchor + resume.sinceRef + 1 : resume.nodes;
  }
  const out: string[] = start > 0 ? contextOf(nodes, start) : [];
  let chars = 0;
  let at = start;
  let lastRef = resume?.lastRef ?? '';
  let sinceRef = resume?.sinceRef ?? 0;
  for (; at < nodes.length; at += 1) {
    const node = nodes[at] ?? '';
    if (chars + node.length + 1 > maxChars && at > start) break;
    out.push(node);
    chars += node.length + 1;
    const ref = refOf(node);
    if (ref === '') sinceRef += 1;
    else {
      lastRef = ref;
      sinceRef = 0;
    }
  }
  let remainingChars = stitched.restChars;
  for (let i = at; i < nodes.length; i += 1) remainingChars += (nodes[i]?.length ?? 0) + 1;
  return { text: out.join('\n'), nodes: at, lastRef, sinceRef, remainingChars };
}

/** The lines around a node that came before: without them the indentation would hang in the air. */
function contextOf(nodes: readonly string[], start: number): string[] {
  const first = nodes[start];
  if (first === undefined) return [];
  const context: string[] = [];
  let indent = indentOf(first);
  for (let i = start - 1; i >= 0 && indent > 0; i -= 1) {
    const node = nodes[i] ?? '';
    if (indentOf(node) >= indent) continue;
    indent = indentOf(node);
    context.unshift(node.split('\n', 1)[0] ?? '');
  }
  return context;
}
