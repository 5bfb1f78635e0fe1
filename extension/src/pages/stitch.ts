// One text out of the frames' texts. It exists because each frame is walked in its own process: here the content of an iframe
// takes its place under the iframe's line.

import type { ChildFrame, FrameText } from '../page/protocol.ts';
import { childOf, type Placed } from './nesting.ts';

export interface Part extends Placed {
  readonly prefix: string;
  readonly text: FrameText;
}

const SLOT = /^(.*)\u0001(\d+)\u0001$/;

export class Stitcher {
  readonly #parts: readonly Part[];
  readonly #used = new Set<Part>();

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  full(top: Part): string {
    this.#used.add(top);
    const { text, frames } = top.text;
    // Most pages have no frames: then their text is all of it, and is not looked through line by line.
    return frames.length === 0 ? text.replaceAll('\u0002', top.prefix) : this.#fullLines(top).join('\n');
  }

  changes(top: Part): string[] {
    this.#used.add(top);
    return this.#changedLines(top);
  }

  /** Those that found no place in what was put together. */
  get unseen(): string[] {
    return this.#parts.filter((part) => !this.#used.has(part)).map(({ token }) => token);
  }

  #fullLines(part: Part): string[] {
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
    return childOf(this.#parts, this.#used, parent, frame);
  }
}
