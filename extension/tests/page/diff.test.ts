import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { diff } from '../../src/page/diff.ts';
import type { Entry } from '../../src/page/entries.ts';
import { render } from '../../src/page/render.ts';
import type { Gone } from '../../src/page/returned.ts';

interface Spec { ref?: string; label?: string; text?: string; value?: string; props?: string[]; active?: boolean; kids?: Spec[] }

/** Entries from a nested sketch of a page. */
function page(specs: Spec[]): Entry[] {
  const entries: Entry[] = [];
  const add = (spec: Spec, parent: number, place: number): void => {
    const index = entries.length;
    const ref = spec.ref ?? '';
    const label = spec.label ?? 'text';
    const entry: Entry = {
      key: ref === '' ? `${entries[parent]?.ref ?? ''}#${place}` : ref, ref, label, active: spec.active ?? false, value: spec.text ?? spec.value ?? '',
      props: spec.props ?? [], parent, end: 0, kind: ref === '' ? 'text' : label.startsWith('button') ? 'control' : label.startsWith('main') ? 'landmark' : 'other',
      landmark: label.includes('"') || label === 'main', frame: undefined, inView: true,
    };
    entries.push(entry);
    spec.kids?.forEach((kid, i) => add(kid, index, i));
    entry.end = entries.length;
  };
  specs.forEach((spec, i) => add(spec, -1, i));
  return entries;
}

const none = (): number => -1;
const item = (n: number, more: Partial<Spec> = {}): Spec => ({ ref: `e${n}`, label: 'listitem', value: `item ${n}`, ...more });
const list = (kids: Spec[]): Spec[] => [{ ref: 'e1', label: 'main', kids: [{ ref: 'e2', label: 'list "Todo"', kids }] }];

describe('what changed', () => {
  it('is nothing if nothing did', () => {
    expect(diff(page(list([item(3)])), page(list([item(3)])), new Map(), none)).toBe('');
  });

  it('tells a new node in its context', () => {
    const text = diff(page(list([item(3)])), page(list([item(3), item(4)])), new Map(), none);
    expect(text).toBe('- main [ref=e1]:\n  - list "Todo" [ref=e2]:\n    - listitem [new] [ref=e4]: item 4');
    expect(parse(text)).toHaveLength(1);
  });

  it('tells a changed value and nothing beside it', () => {
    const many = Array.from({ length: 2000 }, (_, i) => item(i + 3));
    const after = many.map((one, i) => (i === 1000 ? { ...one, value: 'other' } : one));
    const text = diff(page(list(many)), page(list(after)), new Map(), none);
    expect(text).toContain('listitem [changed] [ref=e1003]: other');
    expect(text.length).toBeLessThan(200);
  });

  it('tells what is gone, once, without what was in it', () => {
    const text = diff(page(list([item(3), item(4, { value: '', kids: [{ ref: 'e5', label: 'button "Old"' }] })])), page(list([item(3)])), new Map(), none);
    expect(text).toContain('    - removed: listitem [ref=e4]');
    expect(text).not.toContain('e5');
    expect(() => parse(text)).not.toThrow();
  });

  it('tells the one row that moved, not those it passed', () => {
    const rows = [item(3), item(4), item(5), item(6)];
    const text = diff(page(list(rows)), page(list([item(6), item(3), item(4), item(5)])), new Map(), none);
    expect(text.match(/\[moved\]/g)).toHaveLength(1);
    expect(text).toContain('[moved] [ref=e6]');
  });

  const two = (todo: Spec[], done: Spec[]): Entry[] => page([{ ref: 'e1', label: 'list "Todo"', kids: todo }, { ref: 'e2', label: 'list "Done"', kids: done }]);

  it('tells what went to another parent there, and nothing of those that stayed', () => {
    const text = diff(two([item(3), item(4)], [item(5)]), two([item(4)], [item(5), item(3)]), new Map(), none);
    expect(text).toBe('- list "Done" [ref=e2]:\n  - listitem [moved] [ref=e3]: item 3');
    expect(diff(two([item(3), item(4)], [item(5)]), two([item(4)], [item(3), item(5)]), new Map(), none)).toBe(text);
    expect(diff(two([item(3)], []), two([], [item(3, { value: 'other' })]), new Map(), none)).toContain('[moved] [ref=e3]: other');
  });

  it('tells a row that moved and says something else as moved', () => {
    const before = page(list([item(3), item(4), item(5), item(6)]));
    const text = diff(before, page(list([item(4), item(5), item(6), item(3, { label: 'listitem [current]' })])), new Map(), none);
    expect(text).toContain('listitem [current] [moved] [ref=e3]: item 3');
    expect(text.match(/\[moved\]/g)).toHaveLength(1);
  });

  it('tells no more than the first of many that went at once', () => {
    const many = Array.from({ length: 30 }, (_, n) => item(n + 3));
    const text = diff(page(list(many)), page(list(many.slice(0, 2))), new Map(), none);
    expect(text.match(/removed: listitem/g)).toHaveLength(8);
    expect(text).toContain('- removed: 20 more here');
  });

  it('tells what went into something new as moved, its content once', () => {
    const text = diff(two([item(3, { kids: [{ ref: 'e6', label: 'button "Go"' }] })], []), two([], [{ ref: 'e9', label: 'group "New"', kids: [item(3, { kids: [{ ref: 'e6', label: 'button "Go"' }] }), item(7)] }]), new Map(), none);
    expect(text).toBe('- list "Done" [ref=e2]:\n  - group "New" [new] [ref=e9]:\n    - listitem [moved] [ref=e3]: item 3\n    - listitem [ref=e7]: item 7');
  });

  it('tells nothing of what a wrapper came around, or was taken from', () => {
    const many = Array.from({ length: 500 }, (_, i) => item(i + 10));
    const bare = page(list([{ text: 'Loose' }, ...many]));
    const wrapped = page(list([{ ref: 'e3', label: 'generic', kids: [{ ref: 'e4', label: 'generic [cursor=pointer]', kids: [{ text: 'Loose' }, ...many, item(900)] }] }]));
    const came = diff(bare, wrapped, new Map(), none);
    expect(came).toContain('[ref=e900]: item 900');
    expect(came).toContain('text: Loose');
    expect(came.split('\n').length).toBeLessThan(8);
    const went = diff(wrapped, bare, new Map(), none);
    expect(went).toContain('- removed: listitem "item 900" [ref=e900]');
    expect(went).not.toMatch(/\[moved\]|removed: (generic|text)/);
    expect(went.split('\n').length).toBeLessThan(5);
  });

  it('tells which of many changed their order beside a wrapper that came', () => {
    const text = diff(page(list([item(3), item(4), item(5)])), page(list([item(5), { ref: 'e8', label: 'generic', kids: [item(3), item(4)] }])), new Map(), none);
    expect(text.match(/\[moved\]/g)).toHaveLength(1);
    expect(text).toContain('[moved] [ref=e5]');
  });

  it('takes a lost focus for no news, a gained one for news', () => {
    const [a, b] = [item(3, { active: true }), item(4)];
    expect(diff(page(list([a, b])), page(list([item(3), b])), new Map(), none)).toBe('');
    expect(diff(page(list([item(3), b])), page(list([a, b])), new Map(), none)).toContain('[active] [changed] [ref=e3]');
  });
});

describe('what was hidden for a while', () => {
  const many = Array.from({ length: 60 }, (_, i) => item(i + 10));
  const whole = (kids: Spec[], more: Spec[] = []): Entry[] => page([{ ref: 'e3', label: 'banner', kids: [{ ref: 'e4', label: 'heading "Shop"' }] }, ...list(kids), ...more]);
  const dialog = page([{ ref: 'e90', label: 'dialog "Sure?"' }]);
  const gone = (entries: Entry[]): Map<string, Gone> => new Map(entries.map((entry) => [entry.key, { entry, home: entries[entry.parent]?.key ?? '' }]));

  it('is told by its outermost names, with how much is in it', () => {
    expect(diff(dialog, whole(many), gone(whole(many)), none).split('\n')).toEqual([
      '- banner [shown again, 1 line in it as told before] [ref=e3]', '- main [shown again, 61 lines in it as told before] [ref=e1]', '- removed: dialog "Sure?" [ref=e90]',
    ]);
  });

  it('is told with what is new or changed in it, and what has the focus now', () => {
    const now = whole([item(99), ...many.map((one, i) => (i === 7 ? { ...one, value: 'other' } : i === 9 ? { ...one, active: true } : one))]);
    expect(diff(dialog, now, gone(whole(many)), none).split('\n')).toEqual([
      '- banner [shown again, 1 line in it as told before] [ref=e3]', '- main [shown again, 59 lines in it as told before] [ref=e1]:', '  - list "Todo" [ref=e2]:',
      '    - listitem [new] [ref=e99]: item 99', '    - listitem [changed] [ref=e17]: other', '    - listitem [active] [changed] [ref=e19]: item 19', '- removed: dialog "Sure?" [ref=e90]',
    ]);
  });

  it('is told within what was there all the time, and what has changed around it', () => {
    const text = diff(page(list([item(99)])), page(list([item(99), ...many])), gone(page(list(many))), none);
    expect(text.split('\n')).toEqual(['- main [ref=e1]:', '  - list "Todo" [ref=e2]:', ...many.slice(0, 8).map(({ ref }) => `    - listitem [shown again] [ref=${ref}]`), '    - shown again: 52 more here']);
    const around = diff(dialog, page([{ ref: 'e1', label: 'main "Shop"', kids: [{ ref: 'e2', label: 'list "Todo"', kids: many }] }]), gone(page(list(many))), none);
    expect(around.split('\n').slice(0, 2)).toEqual(['- main "Shop" [changed] [ref=e1]:', '  - list "Todo" [shown again, 60 lines in it as told before] [ref=e2]']);
  });

  it('is told without what was removed meanwhile, once', () => {
    const was = whole([...many, item(99, { kids: [{ ref: 'e98', label: 'button "Go"' }] })]);
    const text = diff(dialog, whole(many.slice(1)), gone(was), none);
    expect(text.split('\n').slice(1)).toEqual([
      '- main [shown again, 60 lines in it as told before] [ref=e1]:', '  - list "Todo" [ref=e2]:', '    - removed: listitem "item 10" [ref=e10]', '    - removed: listitem "item 99" [ref=e99]', '- removed: dialog "Sure?" [ref=e90]',
    ]);
    const told = gone(was);
    for (const key of ['e10', 'e99']) told.set(key, { entry: told.get(key)!.entry, home: '' });
    expect(diff(dialog, whole(many.slice(1)), told, none)).not.toContain('removed: listitem');
  });

  it('is told anew where it has changed its order meanwhile', () => {
    const text = diff(dialog, page(list([...many.slice(30), ...many.slice(0, 30).reverse()])), gone(page(list(many))), none);
    expect(text).toContain('- main [shown again, 31 lines in it as told before]');
    for (const { ref } of many.slice(1, 30)) expect(text).toContain(`listitem [new] [ref=${ref}]`);
  });

  it('is told anew where it is little, and where it never was told', () => {
    const few = many.slice(0, 20);
    expect(diff(dialog, page(list(few)), gone(page(list(few))), none)).toContain('- listitem [ref=e12]: item 12');
    expect(diff(dialog, page(list(many)), new Map(), none)).toContain('- listitem [ref=e12]: item 12');
  });
});

describe('a rendered page', () => {
  const entries = page(list([item(3), item(4, { props: ['/url: /x'] }), { ref: 'e5', label: 'button "Go"' }]));

  it('is valid YAML with the value beside properties as text', () => {
    const text = render(entries, {}, none);
    expect(parse(text)).toEqual([{ 'main [ref=e1]': [{ 'list "Todo" [ref=e2]': [{ 'listitem [ref=e3]': 'item 3' }, { 'listitem [ref=e4]': [{ '/url': '/x' }, { text: 'item 4' }] }, 'button "Go" [ref=e5]'] }] }]);
  });

  it('keeps landmarks on the way to what can be acted on', () => {
    expect(render(entries, { interactiveOnly: true }, none)).toBe('- main [ref=e1]:\n  - button "Go" [ref=e5]');
  });

  it('stops at a depth', () => {
    expect(render(entries, { depth: 1 }, none)).toBe('- main [ref=e1]:\n  - list "Todo" [ref=e2]');
  });
});
