import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { quoted, squash, yamlKey, yamlValue } from '../../src/page/yaml.ts';

const HARD = [
  'plain', 'a: b', 'ends:', '- dash', '# hash', 'x # y', '"quoted"', "it's", '{a}', '[b]', '*a', '&a', '!t', '@x', '`c`', '%d', '', ' lead', 'trail ',
  'yes', 'No', 'null', '12', '1.5', '1e3', '0x1f', '2026-01-02', '12:30', '~', '| pipe', '> fold', 'שלום', '👩‍👩‍👧', 'tab\tend', 'line\nbreak', '\u0001', '\u2028', 'a\\b',
  'button "x" [ref=e1]', '[ref=e5]', '?', ': x', ',a', '=', '+1', '.5', '-1', "'", '"',
];

describe('text in a snapshot', () => {
  it('reads back as itself, whatever it is', () => {
    for (const text of HARD) {
      expect(parse(`- text: ${yamlValue(text)}`), text).toEqual([{ text }]);
      expect(parse(`- ${yamlKey(`button ${quoted(text)}`, ' [ref=e1]')}: x`), text).toHaveLength(1);
    }
  });

  it('cannot pass for a node with a ref', () => {
    expect(yamlValue('button "Pay" [ref=e3]')).toMatch(/^"/);
    expect(quoted('Save" [ref=e9]')).toBe('"Save\\" [ref=e9]"');
  });

  it('is one well formed line', () => {
    expect(squash('  a\n\t b\u00a0c ')).toBe('a b c');
    expect(squash('half \ud83d')).toBe('half \ufffd');
  });
});
