// What an element holds, read in one go. It exists because each step from node to node costs as much as all that a walk does
// with a text, and whether there is text among the children must be known before the first of them is looked at.

import { firstChild, isElement, isText, nextSibling } from './dom.ts';

export interface Content {
  /** Elements as they are, texts as their letters. */
  readonly parts: (Element | string)[];
  /** A text among them says something. */
  hasText: boolean;
}

/** One list for each depth, used anew for each element there: a walk of 20,000 elements would make as many otherwise. */
export class Contents {
  readonly #lists: Content[] = [];

  /** Good until the next call for the same depth. */
  of(parent: Node, depth: number): Content {
    let content = this.#lists[depth];
    if (!content) {
      content = { parts: [], hasText: false };
      this.#lists[depth] = content;
    }
    const { parts } = content;
    let count = 0;
    content.hasText = false;
    for (let child = firstChild(parent); child; child = nextSibling(child)) {
      if (isElement(child)) {
        parts[count++] = child;
      } else if (isText(child)) {
        const text = child.data;
        parts[count++] = text;
        if (!content.hasText && /\S/.test(text)) content.hasText = true;
      }
    }
    parts.length = count;
    return content;
  }
}
