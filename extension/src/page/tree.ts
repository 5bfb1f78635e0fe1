// The tree that a walk makes of a page, before refs and YAML. It exists so that what follows the walk is free of the DOM.

export interface TreeNode {
  readonly el: Element;
  role: string;
  name: string;
  states: string;
  value: string;
  /** `/url: …` and the like. */
  props: readonly string[];
  children: Child[];
  /** A generic that is only there for its text: its parent may take the text over. */
  plain: boolean;
  /** What an agent can act on. */
  control: boolean;
  /** A frame's place in window.frames, -1 if it has none there (frames in shadow trees); undefined: no frame. */
  frame?: FramePlace;
}

export interface FramePlace {
  index: number;
  src: string;
  /** The token of the agent inside, where the frame may be looked into. */
  token: string;
}

export type Child = TreeNode | string;

/** The text of children as a name: strings, names, and what is inside of the nameless. */
export function textOf(children: readonly Child[]): string {
  let text = '';
  for (const child of children) {
    if (typeof child === 'string') text += child;
    else text += ` ${child.name !== '' ? child.name : child.value !== '' ? child.value : textOf(child.children)} `;
  }
  return text;
}

export function isPlainText(children: readonly Child[], from = 0): boolean {
  for (let i = from; i < children.length; i += 1) if (typeof children[i] !== 'string') return false;
  return true;
}

export function hasText(children: readonly Child[], from = 0): boolean {
  for (let i = from; i < children.length; i += 1) {
    const child = children[i];
    if (typeof child === 'string' && /\S/.test(child)) return true;
  }
  return false;
}

/** Whether there is one control and nothing else. */
export function isLoneControl(out: readonly Child[], from: number): boolean {
  let controls = 0;
  for (let i = from; i < out.length; i += 1) {
    const child = out[i];
    if (child === undefined || (typeof child === 'string' && !/\S/.test(child))) continue;
    if (typeof child === 'string' || !child.control) return false;
    controls += 1;
  }
  return controls === 1;
}
