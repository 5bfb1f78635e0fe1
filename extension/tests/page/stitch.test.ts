import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readCursor, writeCursor } from '../../src/pages/cursor.ts';
import { cutLines, type Part, type Resume, Stitcher } from '../../src/pages/stitch.ts';

function part(prefix: string, path: number[], text: string, frames: number[] = [], full = true): Part {
  const children = frames.map((index) => ({ index, src: '', token: '', line: `- iframe [ref=\u0002e${index + 90}]` }));
  return { prefix, path, token: prefix, url: '', text: { text, restChars: 0, restLines: 0, frames: children, full, hiddenChars: 0, hiddenPieces: 0, tooDeep: false } };
}

describe('frames put together', () => {
  const top = part('', [], '- main [ref=e1]:\n  - iframe "A" [ref=e2]\u00010\u0001\n  - iframe "B" [ref=e3]\u00011\u0001', [0, 1]);
  const a = part('f1', [0], '- iframe [ref=\u0002e1]\u00010\u0001', [0]);
  const nested = part('f2', [0, 0], '- button "Deep" [ref=\u0002e1]');

  it('stand under their iframes, with their own refs', () => {
    const { lines } = new Stitcher([nested, a, top]).full(top);
    expect(lines).toEqual(['- main [ref=e1]:', '  - iframe "A" [ref=e2]:', '    - iframe [ref=f1e1]:', '      - button "Deep" [ref=f2e1]', '  - iframe "B" [ref=e3]']);
  });

  it('tell a change deep inside in the context of their iframes', () => {
    const quietTop = part('', [], '', [0], false);
    const changed = part('f1', [0], '- button "Go" [changed] [ref=\u0002e4]', [], false);
    expect(new Stitcher([quietTop, changed]).changes(quietTop).lines).toEqual(['- iframe [ref=e90]:', '  - button "Go" [changed] [ref=f1e4]']);
  });
});

describe('a cut snapshot', () => {
  const lines = ['- main [ref=e1]:', '  - list [ref=e2]:'];
  for (let i = 3; i < 60; i += 1) lines.push(`    - link "Item ${i}" [ref=e${i}]:`, `      - /url: /item/${i}`, `      - text: more ${i}`);

  it('goes on where it ended until everything was told once', () => {
    const seen: string[] = [];
    let resume: Resume | null = null;
    let parts = 0;
    for (; parts < 100; parts += 1) {
      const cut = cutLines({ lines, restChars: 0 }, 300, resume);
      expect(() => parse(cut.text)).not.toThrow();
      seen.push(...(cut.text.match(/text: more \d+/g) ?? []));
      const told = (cut.text.match(/- link/g) ?? []).length - (resume && /text: more/.test(cut.text.split('\n')[3] ?? '') ? 1 : 0);
      expect((cut.text.match(/\/url/g) ?? []).length).toBe(told); // a link is never cut from its address
      resume = cut;
      if (cut.remainingChars === 0) break;
    }
    expect(parts).toBeGreaterThan(5);
    expect(seen).toEqual(Array.from({ length: 57 }, (_, i) => `text: more ${i + 3}`));
  });

  it('finds its place again by ref when nodes came in before', () => {
    const first = cutLines({ lines, restChars: 0 }, 300, null);
    const grown = [...lines.slice(0, 2), '    - button "New" [ref=e99]', ...lines.slice(2)];
    const next = cutLines({ lines: grown, restChars: 0 }, 300, first);
    expect(next.text).not.toContain('New');
    expect(next.text.split('\n')[2]).toBe(lines[2 + first.text.split('\n').length - 2]);
  });
});

describe('a cursor', () => {
  it('holds all that the next call needs', () => {
    const cursor = { document: '0a1b2c3d', nodes: 12, lastRef: 'f1e3', sinceRef: 2, ref: '#été > li', depth: 3, interactiveOnly: true };
    expect(readCursor(writeCursor(cursor))).toEqual(cursor);
  });

  it('that nobody wrote is refused', () => {
    expect(() => readCursor('nonsense')).toThrowError(/no cursor/);
    expect(() => readCursor('0a1b2c3d.1.e1.0.!!!')).toThrowError(/no cursor/);
  });
});
