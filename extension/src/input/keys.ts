// The US keyboard: from a key's name, as Playwright writes it (`Enter`, `Control+A`, `ArrowDown`), to what a real press of it
// sends. It exists because pages read any of key, code and keyCode, and because text comes only from keys that make text.

import { ToolError } from '../errors.ts';

export interface Key {
  key: string;
  code: string;
  keyCode: number;
  /** What the key types, if it types. */
  text?: string;
  /** 1 left, 2 right of the keyboard; 3 the number pad. */
  location?: number;
}

export type Modifier = 'Alt' | 'Control' | 'Meta' | 'Shift';

/** CDP's bits. */
export const MODIFIER_BITS: Record<Modifier, number> = { Alt: 1, Control: 2, Meta: 4, Shift: 8 };

const NAMED: readonly Key[] = [
  { key: 'Enter', code: 'Enter', keyCode: 13, text: '\r' },
  { key: 'Tab', code: 'Tab', keyCode: 9 },
  { key: 'Backspace', code: 'Backspace', keyCode: 8 },
  { key: 'Delete', code: 'Delete', keyCode: 46 },
  { key: 'Escape', code: 'Escape', keyCode: 27 },
  { key: 'ArrowLeft', code: 'ArrowLeft', keyCode: 37 },
  { key: 'ArrowUp', code: 'ArrowUp', keyCode: 38 },
  { key: 'ArrowRight', code: 'ArrowRight', keyCode: 39 },
  { key: 'ArrowDown', code: 'ArrowDown', keyCode: 40 },
  { key: 'Home', code: 'Home', keyCode: 36 },
  { key: 'End', code: 'End', keyCode: 35 },
  { key: 'PageUp', code: 'PageUp', keyCode: 33 },
  { key: 'PageDown', code: 'PageDown', keyCode: 34 },
  { key: 'Insert', code: 'Insert', keyCode: 45 },
  { key: 'CapsLock', code: 'CapsLock', keyCode: 20 },
  { key: 'NumLock', code: 'NumLock', keyCode: 144 },
  { key: 'ScrollLock', code: 'ScrollLock', keyCode: 145 },
  { key: 'Pause', code: 'Pause', keyCode: 19 },
  { key: 'PrintScreen', code: 'PrintScreen', keyCode: 44 },
  { key: 'ContextMenu', code: 'ContextMenu', keyCode: 93 },
  { key: 'Shift', code: 'ShiftLeft', keyCode: 16, location: 1 },
  { key: 'Control', code: 'ControlLeft', keyCode: 17, location: 1 },
  { key: 'Alt', code: 'AltLeft', keyCode: 18, location: 1 },
  { key: 'Meta', code: 'MetaLeft', keyCode: 91, location: 1 },
  ...Array.from({ length: 12 }, (_, i) => ({ key: `F${i + 1}`, code: `F${i + 1}`, keyCode: 112 + i })),
];

/** [code, keyCode, plain, with Shift] */
const PRINTED: readonly (readonly [string, number, string, string])[] = [
  ['Space', 32, ' ', ' '],
  ['Backquote', 192, '`', '~'],
  ['Minus', 189, '-', '_'],
  ['Equal', 187, '=', '+'],
  ['BracketLeft', 219, '[', '{'],
  ['BracketRight', 221, ']', '}'],
  ['Backslash', 220, '\\', '|'],
  ['Semicolon', 186, ';', ':'],
  ['Quote', 222, "'", '"'],
  ['Comma', 188, ',', '<'],
  ['Period', 190, '.', '>'],
  ['Slash', 191, '/', '?'],
  ...[...'0123456789'].map((digit, i) => [`Digit${digit}`, 48 + i, digit, ')!@#$%^&*('.charAt(i)] as const),
  ...[...'abcdefghijklmnopqrstuvwxyz'].map(
    (letter, i) => [`Key${letter.toUpperCase()}`, 65 + i, letter, letter.toUpperCase()] as const,
  ),
];

const ALIASES: Record<string, string> = {
  esc: 'Escape',
  return: 'Enter',
  del: 'Delete',
  ins: 'Insert',
  up: 'ArrowUp',
  down: 'ArrowDown',
  left: 'ArrowLeft',
  right: 'ArrowRight',
  pgup: 'PageUp',
  pgdn: 'PageDown',
  space: ' ',
  spacebar: ' ',
  ctrl: 'Control',
  cmd: 'Meta',
  command: 'Meta',
  win: 'Meta',
  super: 'Meta',
  option: 'Alt',
  plus: '+',
};

const MODIFIER_NAMES: readonly Modifier[] = ['Alt', 'Control', 'Meta', 'Shift'];

export interface Chord {
  modifiers: Modifier[];
  key: Key;
}

/** `Control+Shift+A`, `Enter`, `é`, `+`, `Control++`. */
export function parseChord(chord: string, isMac: boolean): Chord {
  const names = split(chord);
  const last = names.pop();
  if (last === undefined || last === '') throw unknownKey(chord);
  const modifiers = names.map((name) => modifierOf(name, isMac) ?? fail(chord));
  return { modifiers: [...new Set(modifiers)], key: keyOf(last, modifiers.includes('Shift'), isMac) ?? fail(chord) };
}

/** The key that types a character, and whether Shift is held for it; undefined: no key of this keyboard does. */
export function keyForCharacter(character: string): { key: Key; shift: boolean } | undefined {
  if (character === '\n' || character === '\r') return { key: named('Enter'), shift: false };
  if (character === '\t') return { key: named('Tab'), shift: false };
  for (const printed of PRINTED) {
    const [, , plain, shifted] = printed;
    if (character === plain) return { key: printedKey(printed, false), shift: false };
    if (character === shifted) return { key: printedKey(printed, true), shift: true };
  }
  return undefined;
}

export function modifierOf(name: string, isMac: boolean): Modifier | undefined {
  if (/^controlormeta$/i.test(name)) return isMac ? 'Meta' : 'Control';
  const wanted = ALIASES[name.toLowerCase()] ?? name;
  return MODIFIER_NAMES.find((modifier) => modifier.toLowerCase() === wanted.toLowerCase());
}

export function modifierKey(modifier: Modifier): Key {
  return named(modifier);
}

export function bitsOf(modifiers: readonly Modifier[]): number {
  return modifiers.reduce((bits, modifier) => bits | MODIFIER_BITS[modifier], 0);
}

function split(chord: string): string[] {
  if (chord === '+') return ['+'];
  if (chord.endsWith('++')) return [...chord.slice(0, -2).split('+'), '+'];
  return chord.split('+').map((name) => (name === ' ' ? name : name.trim()));
}

function keyOf(name: string, shifted: boolean, isMac: boolean): Key | undefined {
  const wanted = ALIASES[name.toLowerCase()] ?? (/^controlormeta$/i.test(name) ? (isMac ? 'Meta' : 'Control') : name);
  const byName = NAMED.find((key) => key.key.toLowerCase() === wanted.toLowerCase());
  if (byName !== undefined) return byName;
  for (const printed of PRINTED) {
    const [code, , plain, upper] = printed;
    if (wanted === plain || wanted === code) return printedKey(printed, shifted);
    if (wanted === upper) return printedKey(printed, true);
  }
  // A character of another keyboard: it types itself, without a code.
  return [...wanted].length === 1 ? { key: wanted, code: '', keyCode: 0, text: wanted } : undefined;
}

function printedKey([code, keyCode, plain, shifted]: readonly [string, number, string, string], shift: boolean): Key {
  const key = shift ? shifted : plain;
  return { key, code, keyCode, text: key };
}

function named(name: string): Key {
  return NAMED.find((key) => key.key === name) ?? { key: name, code: name, keyCode: 0 };
}

function fail(chord: string): never {
  throw unknownKey(chord);
}

function unknownKey(chord: string): ToolError {
  return new ToolError(
    'invalid_params',
    `There is no key "${chord}".`,
    'Name one key, with modifiers in front if needed: Enter, ArrowDown, a, Control+A, Shift+Tab.',
  );
}
