// The cells of a table by row and column, as HTML forms a table (its standard, "Forming a table"): what spans rows or columns stands
// in each of them. It exists because rows read cell by cell give the values behind a rowspan to the wrong columns.

const TABLES = 'table,[role=table],[role=grid],[role=treegrid]';
const GROUPS = 'thead,tbody,tfoot,[role=rowgroup]';
const CELLS = 'td,th,[role=cell],[role=gridcell],[role=columnheader],[role=rowheader]';
/** The bounds of HTML. */
const MAX_ROWSPAN = 65_534;
const MAX_COLSPAN = 1_000;
/** A page may ask for more slots than there is memory: beyond this a cell is one slot. */
const MAX_SLOTS = 2_000_000;

export type Row = readonly (Element | undefined)[];

export interface Table {
  readonly rows: readonly Row[];
  /** The rows that name the columns; both 0 where none do. */
  readonly headStart: number;
  readonly headEnd: number;
}

export function isTable(el: Element): boolean {
  return el.matches(TABLES);
}

export function tablesIn(root: Element): Element[] {
  return [...root.querySelectorAll(TABLES)];
}

export function isHeader(cell: Element | undefined): boolean {
  return cell?.matches('th,[role=columnheader],[role=rowheader]') === true;
}

export function tableOf(table: Element): Table {
  const groups = new Map<Element, Element[]>();
  for (const row of table.querySelectorAll('tr,[role=row]')) {
    if (row.closest(TABLES) !== table) continue;
    const near = row.closest(GROUPS);
    const group = near !== null && near.closest(TABLES) === table ? near : table;
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  // A foot is the end of its table, wherever it stands.
  const ordered = [...groups].sort(([a], [b]) => Number(a.localName === 'tfoot') - Number(b.localName === 'tfoot'));
  const budget = { slots: MAX_SLOTS };
  const rows: Row[] = [];
  let headGroup = 0;
  for (const [group, members] of ordered) {
    rows.push(...formed(members, budget));
    if (group.localName === 'thead' && headGroup === 0) headGroup = rows.length;
  }
  // A cell may ask for a hundred columns of a table that has four: there are no more than begin somewhere.
  const width = rows.reduce((most, row) => Math.max(most, row.findLastIndex((cell, x) => cell !== undefined && cell !== row[x - 1]) + 1), 0);
  const kept = rows.map((row) => row.slice(0, width));
  return { rows: kept, ...headOf(kept, headGroup) };
}

/** The slots of one group of rows: no cell reaches beyond it. */
function formed(members: readonly Element[], budget: { slots: number }): Row[] {
  const slots: (Element | undefined)[][] = members.map(() => []);
  for (const [y, row] of members.entries()) {
    let x = 0;
    for (const cell of row.querySelectorAll(':scope > *')) {
      if (!cell.matches(CELLS)) continue;
      while (slots[y]?.[x] !== undefined) x += 1;
      const left = members.length - y;
      const down = spanOf(cell, 'rowspan', MAX_ROWSPAN);
      const height = down === 0 ? left : Math.min(down ?? 1, left);
      const width = Math.max(1, spanOf(cell, 'colspan', MAX_COLSPAN) ?? 1);
      budget.slots -= width * height;
      const isWhole = budget.slots > 0;
      for (let dy = 0; dy < (isWhole ? height : 1); dy += 1) {
        const into = slots[y + dy];
        // Where two cells overlap, the slot stays with the first.
        for (let dx = 0; into !== undefined && dx < (isWhole ? width : 1); dx += 1) into[x + dx] ??= cell;
      }
      x += isWhole ? width : 1;
    }
  }
  return slots.map((row) => Array.from(row));
}

function spanOf(cell: Element, name: 'rowspan' | 'colspan', most: number): number | undefined {
  const digits = /^\s*\+?(\d+)/.exec(cell.getAttribute(name) ?? cell.getAttribute(`aria-${name}`) ?? '')?.[1];
  return digits === undefined ? undefined : Math.min(Number(digits), most);
}

function headOf(rows: readonly Row[], headGroup: number): { headStart: number; headEnd: number } {
  const isHead = (row: Row | undefined): boolean => row !== undefined && row.length > 0 && row.every(isHeader);
  const first = rows.findIndex(isHead);
  // A <thead> of plain cells names the columns as well.
  if (first < 0) return { headStart: 0, headEnd: headGroup };
  let end = first + 1;
  // A second row of headers names columns if it is in the <thead>, or divides what the first one spans; else it heads a section.
  while (end < rows.length && isHead(rows[end]) && (end < headGroup || divides(rows[end - 1], rows[end]))) end += 1;
  return { headStart: first, headEnd: end };
}

function divides(above: Row | undefined, row: Row | undefined): boolean {
  if (above === undefined || row === undefined || new Set(row).size < 2) return false;
  return above.some((cell, x) => cell !== undefined && (cell === row[x] || (cell === above[x + 1] && row[x] !== row[x + 1])));
}

/** The cells that name each column, from the top down, each once. */
export function headersOf({ rows, headStart, headEnd }: Table): Element[][] {
  const head = rows.slice(headStart, headEnd);
  const width = head.reduce((most, row) => Math.max(most, row.length), 0);
  return Array.from({ length: width }, (_, x) => [...new Set(head.flatMap((row) => row[x] ?? []))]);
}
