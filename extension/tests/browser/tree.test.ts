// The promise: a snapshot tells the roles and names that the browser's own accessibility tree has. Each page of tests/pages is
// told by both; where they differ a rule below must know why, and whatever no rule knows fails.

import { afterAll, describe, expect, it } from 'vitest';
import { list, record, text, type JsonRecord } from '../../src/json.ts';
import { accessible, type Accessible, type DevTools } from '../support/devtools.ts';
import { CHROMIUM_ROLES } from '../rules/chromium.ts';
import { EXTENSION } from '../support/browser.ts';
import { rig, yaml } from '../support/rig.ts';

const { browser, call, open } = rig();

interface Told {
  readonly ref: string;
  readonly role: string;
  readonly name: string;
}

interface Pair {
  readonly own: Told | undefined;
  readonly chromium: Accessible | undefined;
  /** Chromium's nodes above, in its tree. */
  readonly above: readonly Accessible[];
  readonly page: string;
}

interface Rule {
  readonly why: string;
  holds(pair: Pair): boolean;
}

const PHRASES = new Set(['strong', 'emphasis', 'code', 'mark', 'subscript', 'superscript', 'time', 'term', 'definition', 'insertion', 'deletion']);
const NAMED_BY_TEXT = new Set(['button', 'link', 'heading', 'checkbox', 'radio', 'switch', 'tab', 'menuitem', 'menuitemcheckbox', 'menuitemradio', 'option', 'tooltip']);
const TOLD_INSIDE = new Set(['cell', 'gridcell', 'row', 'treeitem', 'rowheader', 'columnheader']);

/** Why a snapshot may tell an element otherwise. */
const DIFFERENT: readonly Rule[] = [
  { why: 'its name would say again what is told inside of it', holds: ({ own, chromium }) => TOLD_INSIDE.has(own?.role ?? '') && own?.name === '' && chromium?.name !== '' },
  { why: 'HTML-AAM: the caption names the figure', holds: ({ own, chromium }) => own?.role === 'figure' && chromium?.name === '' },
  { why: 'WAI-ARIA: a term has no name', holds: ({ own, chromium }) => own?.role === 'term' && roleOf(chromium) === 'term' },
  { why: 'what can be typed into is a text box, although HTML-AAM has no role for it', holds: ({ own, chromium }) => own?.role === 'textbox' && chromium?.role === 'generic' },
  { why: 'HTML-AAM: the parts of a table are row groups; Chromium leaves out those of its layout tables and grids without header', holds: ({ own, chromium }) => own?.role === 'rowgroup' && chromium?.name === '' },
  { why: 'formulas are told as text', holds: ({ chromium }) => chromium?.role.startsWith('MathML') === true },
];

/** Why a snapshot may leave out what Chromium tells. */
const LEFT_OUT: readonly Rule[] = [
  { why: 'a phrase of a sentence is told as part of it', holds: ({ chromium }) => PHRASES.has(roleOf(chromium)) },
  { why: 'what is in it is in its name', holds: ({ above }) => above.some((one) => NAMED_BY_TEXT.has(roleOf(one))) },
  { why: 'a form without a name is no landmark', holds: ({ chromium }) => chromium?.role === 'form' && chromium.name === '' },
  { why: 'the parts of a date field are the browser’s own: it takes its value whole', holds: ({ above }) => above.some((one) => /^(?:Date|DateTime|InputTime)$/.test(one.role)) },
  { why: 'no person sees what is in it', holds: ({ chromium, page }) => page === 'hidden' && chromium?.role === 'paragraph' },
];

const KNOWN = new Map<string, number>();

function known(rules: readonly Rule[], pair: Pair): boolean {
  const rule = rules.find((one) => one.holds(pair));
  if (rule === undefined) return false;
  KNOWN.set(rule.why, (KNOWN.get(rule.why) ?? 0) + 1);
  return true;
}

function roleOf(node: Accessible | undefined): string {
  return node === undefined ? '' : (CHROMIUM_ROLES[node.role] ?? node.role);
}

const clean = (name: string): string => name.replace(/[\s\u200b\u00ad]+/g, ' ').trim();

function lines(snapshot: string): Told[] {
  return snapshot.split('\n').flatMap((line) => {
    const match = /^\s*- '?([a-z]+)(?: ("(?:[^"\\]|\\.)*"))?.*\[ref=((?:f\d+)?e\d+)\]/.exec(line);
    if (match === null) return [];
    const [, role = '', quoted, ref = ''] = match;
    return [{ ref, role: role === 'generic' ? '' : role, name: quoted === undefined ? '' : String(JSON.parse(quoted.replaceAll("''", "'"))) }];
  });
}

/** Backend ids of the elements behind refs, from the extension's world in each frame. */
async function elements(page: DevTools, told: readonly Told[]): Promise<Map<string, number>> {
  const path = `(() => { const path = []; for (let at = window; at !== at.parent; at = at.parent) for (let i = 0; i < at.parent.length; i++) if (at.parent[i] === at) path.unshift(i); return path.join(); })()`;
  const worlds = await page.worldsOf(EXTENSION);
  const paths = await Promise.all(worlds.map(async (world) => String(await page.evaluate(path, world))));
  const inOrder = worlds.map((world, i) => ({ world, path: paths[i] ?? '' })).sort((a, b) => (a.path < b.path ? -1 : 1));
  const frames = [...new Set(told.map(({ ref }) => /^f\d+/.exec(ref)?.[0] ?? ''))].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  const found = new Map<string, number>();
  for (const [place, prefix] of frames.entries()) {
    const refs = told.map(({ ref }) => ref).filter((ref) => (/^f\d+/.exec(ref)?.[0] ?? '') === prefix);
    const handles = await page.handles(`${JSON.stringify(refs.map((ref) => ref.slice(prefix.length)))}.map((ref) => __tabhub.element(ref))`, inOrder[place]?.world);
    for (const [i, objectId] of handles.entries()) {
      const { node } = await page.send('DOM.describeNode', { objectId });
      found.set(refs[i] ?? '', Number(record(node).backendNodeId));
    }
  }
  return found;
}

/** Chromium's tree of all frames, with what is above each node. */
async function tree(page: DevTools): Promise<Map<number, { node: Accessible; above: Accessible[] }>> {
  const { frameTree } = await page.send('Page.getFrameTree');
  const ids: string[] = [];
  const gather = (frame: JsonRecord): void => {
    ids.push(text(record(frame.frame).id) ?? '');
    for (const child of list(frame.childFrames)) gather(record(child));
  };
  gather(record(frameTree));
  const found = new Map<number, { node: Accessible; above: Accessible[] }>();
  for (const frameId of ids) {
    const { nodes } = await page.send('Accessibility.getFullAXTree', { frameId });
    const all = new Map(list(nodes).map(record).map((node) => [text(node.nodeId) ?? '', node]));
    for (const node of all.values()) {
      const above: Accessible[] = [];
      for (let up = all.get(text(node.parentId) ?? ''); up !== undefined; up = all.get(text(up.parentId) ?? '')) above.push(accessible(up));
      found.set(Number(node.backendDOMNodeId), { node: accessible(node), above });
    }
  }
  return found;
}

const show = (role: string, name: string): string => `${role === '' ? 'generic' : role} ${JSON.stringify(name)}`;

/** Every difference that no rule explains. */
async function differences(name: string, snapshot: string): Promise<string[]> {
  const page = await browser.session(`/pages/${name}`);
  try {
    await page.send('Accessibility.enable');
    const told = lines(snapshot);
    expect(told.length).toBeGreaterThan(3);
    const [behind, chromiums] = [await elements(page, told), await tree(page)];
    const wrong: string[] = [];
    for (const own of told) {
      const { node: chromium, above = [] } = chromiums.get(behind.get(own.ref) ?? -1) ?? {};
      const theirs = { role: chromium?.ignored === true ? '' : roleOf(chromium), name: own.role === '' ? '' : clean(chromium?.name ?? '') };
      if (theirs.role === own.role && theirs.name === (own.role === '' ? '' : own.name)) continue;
      if (!known(DIFFERENT, { own, chromium, above, page: name })) wrong.push(`snapshot ${show(own.role, own.name)}, Chromium ${show(theirs.role, theirs.name)}`);
    }
    const ids = new Set(behind.values());
    for (const [id, { node: chromium, above }] of chromiums) {
      if (ids.has(id) || chromium.ignored || roleOf(chromium) === '' || UNTOLD.has(chromium.role)) continue;
      if (!known(LEFT_OUT, { own: undefined, chromium, above, page: name })) wrong.push(`snapshot nothing, Chromium ${show(roleOf(chromium), clean(chromium.name))}`);
    }
    return wrong;
  } finally {
    page.close();
  }
}

/** Parts of Chromium's tree that are no elements of the page. */
const UNTOLD = new Set(['InlineTextBox', 'LineBreak', 'ListMarker', 'none', 'MenuListPopup', 'RootWebArea']);

describe('a snapshot and Chromium’s tree agree about', () => {
  it.each(['forms', 'tables', 'landmarks', 'dialogs', 'menus', 'lists', 'svg', 'labels', 'shadow', 'frames', 'scripts', 'hidden'])('%s', async (name) => {
    await open(`/pages/${name}`);
    const wrong = await differences(name, yaml(await call('snapshot', { maxChars: 1_000_000 })));
    expect(wrong).toEqual([]);
  });
});

afterAll(() => {
  console.log(`Known differences from Chromium’s tree:\n${[...KNOWN].map(([why, times]) => `${String(times).padStart(4)} × ${why}`).join('\n')}`);
});
