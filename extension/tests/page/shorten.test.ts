// The promise: a long text is cut where it stands, the line stays YAML, and it says how much more there is and how to read it.

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { excerpt, shortLine } from '../../src/page/shorten.ts';
import { quoted, yamlValue } from '../../src/page/yaml.ts';

const long = 'word '.repeat(1_000).trim();

describe('a line', () => {
  it.each([
    ['- paragraph [ref=e5]: ', long], ['    - text: ', long], [`  - 'heading "It is: ''late'' [ref=e1]" [level=1] [ref=e2]': `, long],
    ['- code [new] [ref=f1e2]: ', `{"a": "\\${'\\"x\u0001\u2028'.repeat(800)}"}`], ['- generic [ref=e9]: ', '😀'.repeat(3_000)], ['- generic [ref=e9]: ', `${'x'.repeat(98)}: ${'[ref=e1]: '.repeat(400)}`],
  ])('that is too long keeps its head and is cut (%#)', (head, text) => {
    for (const most of [100, 101, 102, 103, 104, 105, 106, 2_000]) {
      const line = shortLine(head + yamlValue(text), most, 'e5');
      expect(line.startsWith(head)).toBe(true);
      expect(line.length).toBeLessThan(head.length + most + 90);
      const told: unknown = Object.values(Object(parse(line.trim()))[0])[0];
      const kept = String(told).slice(0, -1);
      expect(text.startsWith(kept)).toBe(true);
      expect(kept.isWellFormed()).toBe(true);
      expect(line.endsWith(` # ${text.length - kept.length} more characters: browser_get_text with ref e5 reads them`)).toBe(true);
    }
  });

  it('that is not stays as it is', () => {
    for (const line of ['- paragraph [ref=e5]: short', `- heading ${quoted(long.slice(0, 900))} [level=1] [ref=e2]`, `  - /url: /${'x'.repeat(300)}`, `- removed: paragraph ${quoted(long)} [ref=e4]`]) expect(shortLine(line, 200, 'e5')).toBe(line);
  });
});

it('an excerpt is the part around what was looked for', () => {
  const text = `${long} needle ${long}`;
  const { part, note } = excerpt(text, text.indexOf('needle'), 100, 'e3');
  expect(part).toMatch(/^….*needle.*…$/);
  expect(part.length).toBeLessThan(103);
  expect(note).toBe(` # of ${text.length} characters: browser_get_text with ref e3 reads them`);
  expect(excerpt(text, 0, 100, '').part).toMatch(/^word.*…$/);
  expect(excerpt('short', 2, 100, 'e3')).toEqual({ part: 'short', note: '' });
});
