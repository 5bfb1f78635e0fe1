import { describe, expect, it } from 'vitest';
import { type Part, Stitcher } from '../../src/pages/stitch.ts';

function part(prefix: string, path: number[], text: string, frames: number[] = [], full = true): Part {
  const children = frames.map((index) => ({ index, src: '', token: '', line: `- iframe [ref=\u0002e${index + 90}]` }));
  return { prefix, path, token: prefix, url: '', text: { text, frames: children, full, hiddenChars: 0, hiddenPieces: 0, tooDeep: false } };
}

describe('frames put together', () => {
  const top = part('', [], '- main [ref=e1]:\n  - iframe "A" [ref=e2]\u00010\u0001\n  - iframe "B" [ref=e3]\u00011\u0001', [0, 1]);
  const a = part('f1', [0], '- iframe [ref=\u0002e1]\u00010\u0001', [0]);
  const nested = part('f2', [0, 0], '- button "Deep" [ref=\u0002e1]');

  it('stand under their iframes, with their own refs', () => {
    expect(new Stitcher([nested, a, top]).full(top).split('\n')).toEqual(['- main [ref=e1]:', '  - iframe "A" [ref=e2]:', '    - iframe [ref=f1e1]:', '      - button "Deep" [ref=f2e1]', '  - iframe "B" [ref=e3]']);
  });

  it('tell a change deep inside in the context of their iframes', () => {
    const quietTop = part('', [], '', [0], false);
    const changed = part('f1', [0], '- button "Go" [changed] [ref=\u0002e4]', [], false);
    expect(new Stitcher([quietTop, changed]).changes(quietTop)).toEqual(['- iframe [ref=e90]:', '  - button "Go" [changed] [ref=f1e4]']);
  });
});
