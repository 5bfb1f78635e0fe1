// Long runs of like rows are told last. It exists so that a page which does not fit shows all its parts at once: of each run the
// first rows and a count, then what comes after it; the rows in between follow with the cursor, so that nothing is lost.

/** A node of a snapshot: its own line and those of its properties. */
export interface Node {
  readonly text: string;
  readonly indent: number;
  /** The node around it, -1 at the top. */
  readonly parent: number;
  /** Place after the last node inside. */
  end: number;
}

const SLASH = 47;

/** Nodes with the property lines that belong to them. */
export function nodesOf(lines: readonly string[]): Node[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.length - 1;
    if (last >= 0 && line.charCodeAt(indentOf(line) + 2) === SLASH) texts[last] = `${texts[last] ?? ''}\n${line}`;
    else texts.push(line);
  }
  const nodes: Node[] = [];
  const open: number[] = [];
  for (let place = 0; place < texts.length; place += 1) {
    const text = texts[place] ?? '';
    const indent = indentOf(text);
    for (let top = open.at(-1); top !== undefined && (nodes[top]?.indent ?? 0) >= indent; top = open.at(-1)) {
      const closed = nodes[top];
      if (closed) closed.end = place;
      open.pop();
    }
    nodes.push({ text, indent, parent: open.at(-1) ?? -1, end: texts.length });
    open.push(place);
  }
  return nodes;
}

function indentOf(line: string): number {
  let indent = 0;
  while (line.charCodeAt(indent) === 32) indent += 1;
  return indent;
}

/** The ref of a node, '' where it has none; read only of the few that are told. */
export function refOf({ text: node }: Node): string {
  const lineEnd = node.indexOf('\n');
  const line = lineEnd < 0 ? node : node.slice(0, lineEnd);
  const at = line.lastIndexOf('[ref=');
  if (at < 0) return '';
  const end = line.indexOf(']', at);
  const after = line[end + 1];
  if (after === undefined || after === ':') return line.slice(at + 5, end);
  // In single quotes, or with a text behind that has something like a ref in it.
  return /\[ref=((?:f\d+)?e\d+)\]'?(?::|$)/.exec(line)?.[1] ?? '';
}

const ROWS = new Set(['row', 'listitem', 'option', 'treeitem', 'article', 'generic']);
/** What a person would look for in a long list is told in its place. */
const SPECIAL = / \[(?:active|selected|checked|current|invalid)\]/;
const SHOWN = 5;
/** A run this short is not worth a fold. */
const LEAST = 12;

export interface Order {
  /** Places of nodes in the order in which they are told. */
  readonly places: readonly number[];
  /** So many of them are the page as a whole; what was folded away comes after, in parts of its own. */
  readonly first: number;
  /** Lines that stand behind the node of a place: how many rows are told later. */
  readonly folds: ReadonlyMap<number, string>;
}

/** Document order. */
export function asTheyCome(nodes: readonly Node[]): Order {
  return { places: nodes.map((_, place) => place), first: nodes.length, folds: new Map() };
}

/** The page first, the inner rows of its long runs after it. */
export function folded(nodes: readonly Node[]): Order {
  const later = new Uint8Array(nodes.length);
  const folds = new Map<number, string>();
  let place = 0;
  while (place < nodes.length) {
    const run = runFrom(nodes, place);
    if (run.length < LEAST) {
      place += 1;
      continue;
    }
    const inner = run.slice(SHOWN).filter((row) => !isSpecial(nodes, row));
    for (const row of inner) later.fill(1, row, nodes[row]?.end ?? row);
    const before = nodes[run[SHOWN - 1] ?? place];
    if (before && inner.length > 0) folds.set(before.end - 1, `${' '.repeat(before.indent)}- folded: ${inner.length} more ${roleOf(before)}s like these ${whereTo(nodes[before.parent])}`);
    place = nodes[run.at(-1) ?? place]?.end ?? place + 1;
  }
  const places: number[] = [];
  for (let at = 0; at < nodes.length; at += 1) if (later[at] === 0) places.push(at);
  const first = places.length;
  for (let at = 0; at < nodes.length; at += 1) if (later[at] === 1) places.push(at);
  return { places, first, folds };
}

function whereTo(parent: Node | undefined): string {
  const ref = parent === undefined ? '' : refOf(parent);
  return ref === '' ? '(with the cursor)' : `(with the cursor, or with ref ${ref})`;
}

function roleOf(node: Node): string {
  return /^\s*- '?([a-z]+)/.exec(node.text)?.[1] ?? '';
}

/** Siblings in a row from here on that are alike. */
function runFrom(nodes: readonly Node[], start: number): number[] {
  const first = nodes[start];
  if (!first || !ROWS.has(roleOf(first))) return [];
  const shape = shapeOf(nodes, start);
  const run: number[] = [];
  for (let at = start; at < nodes.length; at = nodes[at]?.end ?? nodes.length) {
    const node = nodes[at];
    if (!node || node.parent !== first.parent || shapeOf(nodes, at) !== shape) break;
    run.push(at);
  }
  return run;
}

/** Rows of a list or table are alike by their role; what has no role of its own must hold the same as well. */
function shapeOf(nodes: readonly Node[], place: number): string {
  const node = nodes[place];
  if (!node) return '';
  const role = roleOf(node);
  if (role !== 'generic') return role;
  const inside: string[] = [];
  for (let at = place + 1; at < node.end && inside.length < 12; at = nodes[at]?.end ?? node.end) inside.push(roleOf(nodes[at] ?? node));
  return `generic ${inside.join()}`;
}

function isSpecial(nodes: readonly Node[], place: number): boolean {
  const end = nodes[place]?.end ?? place;
  for (let at = place; at < end; at += 1) {
    const text = nodes[at]?.text ?? '';
    // Its property lines may hold anything.
    if (SPECIAL.test(text) && SPECIAL.test(text.split('\n', 1)[0] ?? '')) return true;
  }
  return false;
}
