// Presses keys and types text in a tab through CDP. It exists so that pages get the events that a real keyboard makes: the
// modifiers go down first, keys which type carry their text, Control+A selects.

import { reasonOf } from '../async.ts';
import type { Cdp } from '../debugger/cdp.ts';
import type { JsonRecord } from '../json.ts';
import { bitsOf, keyForCharacter, modifierKey, type Chord, type Key, type Modifier } from './keys.ts';

/** A page may run long in a key's handler; a key that opens a dialog is answered when that is closed. */
const INPUT_MS = 30_000;

/** What macOS does for a shortcut is done by AppKit there, not by the page's renderer: Chrome takes it as a command. */
const MAC_COMMANDS: Record<string, string> = {
  a: 'selectAll',
  c: 'copy',
  x: 'cut',
  v: 'paste',
  z: 'undo',
};

export async function pressChord(session: Cdp, { modifiers, key }: Chord, isMac: boolean): Promise<void> {
  const sent: Promise<JsonRecord>[] = [];
  const held: Modifier[] = [];
  for (const modifier of modifiers) {
    held.push(modifier);
    sent.push(session.send('Input.dispatchKeyEvent', keyDown(modifierKey(modifier), held, []), INPUT_MS));
  }
  const command = isMac && modifiers.includes('Meta') ? MAC_COMMANDS[key.key.toLowerCase()] : undefined;
  sent.push(session.send('Input.dispatchKeyEvent', keyDown(key, held, command === undefined ? [] : [command]), INPUT_MS));
  sent.push(session.send('Input.dispatchKeyEvent', keyUp(key, held), INPUT_MS));
  for (const modifier of [...modifiers].reverse()) {
    held.pop();
    sent.push(session.send('Input.dispatchKeyEvent', keyUp(modifierKey(modifier), held), INPUT_MS));
  }
  await Promise.all(sent);
}

/** The text at once, as an input method does; much faster than keys, and right for any script. */
export async function insertText(session: Cdp, text: string): Promise<void> {
  await session.send('Input.insertText', { text }, INPUT_MS);
}

/** Key by key, for pages that listen to each. A call that has ended must not go on typing into what comes after it. */
export async function typeSlowly(session: Cdp, text: string, signal: AbortSignal): Promise<void> {
  for (const character of text.replaceAll('\r\n', '\n')) {
    if (signal.aborted) throw reasonOf(signal);
    const found = keyForCharacter(character);
    if (found === undefined) {
      await insertText(session, character);
      continue;
    }
    const held: Modifier[] = found.shift ? ['Shift'] : [];
    await pressChord(session, { modifiers: held, key: found.key }, false);
  }
}

export function keyDown(key: Key, modifiers: readonly Modifier[], commands: readonly string[]): JsonRecord {
  // With Control, Alt or Meta held a key is a shortcut and types nothing.
  const types = key.text !== undefined && modifiers.every((modifier) => modifier === 'Shift');
  return {
    ...describeKey(key, modifiers),
    type: types ? 'keyDown' : 'rawKeyDown',
    ...(types ? { text: key.text, unmodifiedText: key.text } : {}),
    ...(commands.length > 0 ? { commands: [...commands] } : {}),
  };
}

export function keyUp(key: Key, modifiers: readonly Modifier[]): JsonRecord {
  return { ...describeKey(key, modifiers), type: 'keyUp' };
}

function describeKey(key: Key, modifiers: readonly Modifier[]): JsonRecord {
  return {
    key: key.key,
    code: key.code,
    windowsVirtualKeyCode: key.keyCode,
    nativeVirtualKeyCode: key.keyCode,
    modifiers: bitsOf(modifiers),
    ...(key.location === undefined ? {} : { location: key.location }),
  };
}
