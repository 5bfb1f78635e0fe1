// The tree as a flat list in document order, with refs. It exists because cutting, filtering and comparing are all walks over
// lines, and because what a client saw must be kept without keeping the page's elements alive.

import { LANDMARKS } from './roles.ts';
import { type Child, isPlainText, type FramePlace, type TreeNode } from './tree.ts';
import { quoted, squash } from './yaml.ts';

export type Kind = 'control' | 'landmark' | 'other' | 'text';

export interface Entry {
  /** The ref, or for loose text its parent's ref and its place there. */
  readonly key: string;
  readonly ref: string;
  /** role "name" [states], without [active] and ref; 'text' for loose text. */
  readonly label: string;
  readonly active: boolean;
  readonly value: string;
  readonly props: readonly string[];
  readonly parent: number;
  /** Index after the last entry inside. */
  end: number;
  readonly kind: Kind;
  /** Named, or a part of the page one finds one's way by. */
  readonly landmark: boolean;
  readonly frame: FramePlace | undefined;
  /** True where nobody asked. */
  readonly inView: boolean;
}

const NO_PROPS: readonly string[] = [];

/** Gives an element its ref; what it was is kept to be told once it is gone. */
export type RefOf = (el: Element, role: string, name: string) => string;

/** Whether an element can be seen without scrolling; null if it has no box of its own. */
export type Shows = (el: Element) => boolean | null;

export function flatten(children: readonly Child[], refOf: RefOf, shows?: Shows): Entry[] {
  const entries: Entry[] = [];
  addAll(tidy(children), -1, '', entries, refOf, shows);
  return entries;
}

/** Neighbouring strings become one, blank ones go, and a generic that is the only child gives its content to its parent. */
function tidy(children: readonly Child[]): readonly Child[] {
  const [first] = children;
  if (children.length <= 1) {
    // Most hold one text, or one node.
    if (typeof first !== 'string') return children;
    const line = squash(first);
    return line === '' ? [] : [line];
  }
  const out: Child[] = [];
  let text = '';
  for (const child of children) {
    if (typeof child === 'string') {
      text += child;
      continue;
    }
    if (text !== '') {
      pushLine(out, text);
      text = '';
    }
    out.push(child);
  }
  if (text !== '') pushLine(out, text);
  return out;
}

function pushLine(out: Child[], text: string): void {
  const line = text === ' ' ? '' : squash(text);
  if (line !== '') out.push(line);
}

function contentOf(node: TreeNode): readonly Child[] {
  let children = tidy(node.children);
  for (;;) {
    const only = children[0];
    if (children.length !== 1 || only === undefined || typeof only === 'string' || !only.plain) return children;
    children = tidy(only.children);
  }
}

function addAll(children: readonly Child[], parent: number, parentKey: string, entries: Entry[], refOf: RefOf, shows?: Shows): void {
  let texts = 0;
  for (const child of children) {
    if (typeof child === 'string') {
      entries.push({
        key: `${parentKey}#${texts}`, ref: '', label: 'text', active: false, value: child, props: NO_PROPS, parent,
        end: entries.length + 1, kind: 'text', landmark: false, frame: undefined,
        inView: entries[parent]?.inView ?? true,
      });
      texts += 1;
    } else add(child, parent, entries, refOf, shows);
  }
}

function add(node: TreeNode, parent: number, entries: Entry[], refOf: RefOf, shows?: Shows): void {
  const ref = refOf(node.el, node.role, node.name);
  let children = contentOf(node);
  let value = node.value;
  const first = children[0];
  if (value === '' && children.length === 1 && isPlainText(children) && typeof first === 'string') {
    value = first;
    children = [];
  }
  const active = node.states.endsWith(' [active]');
  const states = active ? node.states.slice(0, -9) : node.states;
  const landmark = LANDMARKS.has(node.role);
  const index = entries.length;
  const entry: Entry = {
    key: ref, ref, label: (node.name === '' ? node.role : `${node.role} ${quoted(node.name)}`) + states, active, value,
    props: node.props, parent, end: 0, kind: node.control ? 'control' : landmark ? 'landmark' : 'other',
    landmark: landmark || node.name !== '', frame: node.frame,
    inView: shows?.(node.el) ?? entries[parent]?.inView ?? true,
  };
  entries.push(entry);
  addAll(children, index, ref, entries, refOf, shows);
  entry.end = entries.length;
}
