import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readCursor, writeCursor } from '../../src/pages/cursor.ts';
import { type Cut, cutLines, type Resume } from '../../src/pages/cut.ts';

/** All parts of a snapshot, each within its budget and YAML by itself. */
function parts(lines: readonly string[], maxChars: number): string[] {
  const texts: string[] = [];
  let resume: Resume | null = null;
  for (let i = 0; i < 1_000; i += 1) {
    const cut: Cut | null = cutLines(lines, maxChars, resume);
    if (cut === null) throw new Error('lost its place');
    expect(() => parse(cut.text)).not.toThrow();
    expect(cut.changed).toBe(false);
    expect(cut.text.length).toBeLessThan(maxChars * 1.1);
    texts.push(cut.text);
    if (cut.remainingChars === 0) return texts;
    expect(cut.remainingNodes).toBeGreaterThan(0);
    resume = readCursor(writeCursor({ ...cut, document: '0a1b2c3d', asked: {} }));
  }
  throw new Error('no end');
}

/** The lines that tell a node, not context or a count. */
const nodes = (texts: readonly string[]): string[] => texts.flatMap((text) => text.split('\n')).filter((line) => !/\[continued\]'?:$|- folded: /.test(line));

const links = ['- main [ref=e1]:', `  - 'navigation "It is: late" [ref=e2]':`];
for (let i = 3; i < 60; i += 1) links.push(`    - link "Item ${i}" [ref=e${i}]:`, `      - /url: /item/${i}`, `      - text: more ${i}`);
links.push('  - text: loose', '  - paragraph [ref=e90]: "looks like [ref=e5]"', '- contentinfo [ref=e91]: End');

describe('a cut snapshot', () => {
  it.each([200, 300, 777, 2_000, 100_000])('tells every node once and in order, in parts of %d characters', (maxChars) => {
    expect(nodes(parts(links, maxChars))).toEqual(links);
  });

  it('never cuts a link from its address', () => {
    for (const text of parts(links, 250)) for (const url of text.matchAll(/\n *- \/url.*item\/(\d+)/g)) expect(text).toContain(`link "Item ${url[1]}"`);
  });

  it('names what is around where a part begins, without telling it again', () => {
    const second = parts(links, 300)[1]?.split('\n');
    expect(second?.slice(0, 2)).toEqual(['- main [continued]:', `  - 'navigation "It is: late" [continued]':`]);
  });

  it('goes on behind its place when nodes came in before, and says that the page changed', () => {
    const first = cutLines(links, 300, null);
    const grown = [...links.slice(0, 2), '    - button "New" [ref=e99]', ...links.slice(2)];
    const next = cutLines(grown, 300, first);
    expect(next?.changed).toBe(true);
    expect(next?.text).not.toContain('New');
    expect(nodes([next?.text ?? ''])[0]).toBe(nodes(parts(links, 300).slice(1))[0]);
  });

  it('does not go on at a place that is gone', () => {
    const first = cutLines(links, 300, null);
    expect(cutLines(links.filter((line) => !line.includes(`[ref=${first?.lastRef ?? ''}]`)), 300, first)).toBeNull();
  });
});

describe('long runs of like rows', () => {
  const table = ['- heading "Prices" [ref=e1]', '- table [ref=e2]:'];
  for (let i = 0; i < 200; i += 1) table.push(`  - row [ref=e${10 + 3 * i}]:`, `    - cell "Thing ${i}" [ref=e${11 + 3 * i}]`, `    - cell "${i} EUR" ${i === 120 ? '[selected] ' : ''}[ref=e${12 + 3 * i}]`);
  const list = ['- list [ref=e1000]:', ...Array.from({ length: 11 }, (_, i) => `  - listitem [ref=e${1001 + i}]: ${i}`), '- button "Order" [ref=e2000]'];

  it('stay as they are in a page that fits', () => {
    const [only, ...more] = parts([...table, ...list], 1_000_000);
    expect(more).toEqual([]);
    expect(only).toBe([...table, ...list].join('\n'));
  });

  it('are told by their first rows and a count, with the rest of the page in sight', () => {
    const first = parts([...table, ...list], 2_000)[0] ?? '';
    expect(first).toContain('Thing 4');
    expect(first).not.toContain('Thing 5"');
    expect(first).toContain('  - folded: 194 more rows like these (with the cursor, or with ref e2)');
    expect(first).toContain('Thing 120"'); // selected: what one looks for is not folded away
    expect(first).toContain('button "Order"');
    expect(first.match(/listitem/g)).toHaveLength(11); // too few to be worth it
  });

  it('follow with the cursor, so that all parts together tell every node once', () => {
    for (const maxChars of [400, 2_000, 9_000]) expect(nodes(parts([...table, ...list], maxChars)).sort()).toEqual([...table, ...list].sort());
  });

  it('of things without a role are alike only if they hold the same', () => {
    const mixed = ['- main [ref=e1]:'];
    for (let i = 0; i < 40; i += 1) mixed.push(`  - generic [ref=e${10 + 3 * i}]:`, `    - ${i % 2 === 0 ? 'link' : 'button'} "x" [ref=e${11 + 3 * i}]`);
    expect(parts(mixed, 300).join('\n')).not.toContain('folded');
  });
});

describe('a cursor', () => {
  it('holds all that the next call needs', () => {
    const cursor = { document: '0a1b2c3d', nodes: 12, lastRef: 'f1e3', sinceRef: 2, digest: 77, folds: true, asked: { ref: '#été > li', depth: 3, interactiveOnly: true, viewportOnly: true } };
    expect(readCursor(writeCursor(cursor))).toEqual(cursor);
    expect(readCursor(writeCursor({ ...cursor, folds: false, asked: {} }))).toEqual({ ...cursor, folds: false, asked: {} });
  });

  it('that nobody wrote is refused', () => {
    for (const text of ['nonsense', '0a1b2c3d.1.e1.0.5f.!!!', '0a1b2c3d.1.e1.0.5.bm8']) expect(() => readCursor(text)).toThrowError(/no cursor/);
  });
});
