// The promise: a key's name, as Playwright writes it, is a real press of that key.

import { describe, expect, it } from 'vitest';
import { keyDown } from '../../src/input/keyboard.ts';
import { bitsOf, keyForCharacter, modifierOf, parseChord } from '../../src/input/keys.ts';

const chord = (name: string, isMac = false) => parseChord(name, isMac);

describe('a key', () => {
  it.each([
    ['Enter', 'Enter', 'Enter', 13],
    ['ArrowDown', 'ArrowDown', 'ArrowDown', 40],
    ['esc', 'Escape', 'Escape', 27],
    ['a', 'a', 'KeyA', 65],
    ['A', 'A', 'KeyA', 65],
    ['5', '5', 'Digit5', 53],
    ['%', '%', 'Digit5', 53],
    ['KeyQ', 'q', 'KeyQ', 81],
    ['Space', ' ', 'Space', 32],
    ['F11', 'F11', 'F11', 122],
    ['+', '+', 'Equal', 187],
    ['é', 'é', '', 0],
  ])('%s', (name, key, code, keyCode) => expect(chord(name).key).toMatchObject({ key, code, keyCode }));

  it('is refused when there is none of that name', () => {
    for (const name of ['', 'Entr', 'Control+', 'Foo+A']) expect(() => chord(name)).toThrow(expect.objectContaining({ code: 'invalid_params' }));
  });
});

describe('a chord', () => {
  it('holds its modifiers', () => {
    expect(chord('Control+Shift+a')).toMatchObject({ modifiers: ['Control', 'Shift'], key: { key: 'A', code: 'KeyA' } });
    expect(chord('ctrl++')).toMatchObject({ modifiers: ['Control'], key: { key: '+' } });
    expect(bitsOf(['Alt', 'Shift'])).toBe(9);
  });

  it('means Command on a Mac where it says ControlOrMeta', () => {
    expect(chord('ControlOrMeta+c', true).modifiers).toEqual(['Meta']);
    expect(modifierOf('ControlOrMeta', false)).toBe('Control');
  });

  it('types nothing while a shortcut is held', () => {
    expect(keyDown(chord('Control+a').key, ['Control'], [])).toMatchObject({ type: 'rawKeyDown', modifiers: 2 });
    expect(keyDown(chord('Control+a').key, ['Control'], [])).not.toHaveProperty('text');
    expect(keyDown(chord('Shift+a').key, ['Shift'], [])).toMatchObject({ type: 'keyDown', text: 'A', modifiers: 8 });
  });
});

it('every printable ASCII character has a key that types it', () => {
  for (let code = 32; code < 127; code++) {
    const character = String.fromCharCode(code);
    expect(keyForCharacter(character)?.key.text, character).toBe(character);
  }
  expect(keyForCharacter('A')?.shift).toBe(true);
  expect(keyForCharacter('字')).toBeUndefined();
});
