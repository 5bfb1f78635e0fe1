// @vitest-environment happy-dom
// The promise: a field is known for what it is, and a value finds the one choice that it names, or none.

import { beforeEach, describe, expect, it } from 'vitest';
import { fieldFacts, submitButton } from '../../src/page/fields.ts';
import { best } from '../../src/page/match.ts';

const byId = (id: string): Element => document.getElementById(id) ?? document.body;
const refOf = (el: Element): string => `e-${el.id}`;

beforeEach(() => {
  Element.prototype.checkVisibility ??= () => true;
  document.body.innerHTML = '';
});

describe('a field', () => {
  it.each([
    ['<input id="x">', 'text'],
    ['<textarea id="x"></textarea>', 'text'],
    ['<input id="x" role="combobox">', 'filter'],
    ['<input id="x" role="combobox" readonly>', 'popup'],
    ['<div id="x" role="combobox" tabindex="0"></div>', 'popup'],
    ['<button id="x" aria-haspopup="listbox">a</button>', 'popup'],
    ['<select id="x"></select>', 'list'],
    ['<input id="x" type="checkbox">', 'check'],
    ['<div id="x" role="switch"></div>', 'check'],
    ['<input id="x" type="file">', 'file'],
    ['<button id="x">a</button>', 'other'],
  ])('%s is %s', (html, control) => {
    document.body.innerHTML = html;
    expect(fieldFacts(byId('x'), undefined, refOf).control).toBe(control);
  });

  it('of radios takes the label or the value of any of its group, and of no other', () => {
    document.body.innerHTML = `<form><label>Air <input type="radio" name="s" id="a" value="1" checked></label><label>Sea freight <input type="radio" name="s" id="b" value="2"></label></form>
      <label>Rail <input type="radio" name="s" id="c"></label>`;
    expect(fieldFacts(byId('a'), 'sea FREIGHT', refOf)).toEqual({ control: 'radio', checked: false, pick: 'e-b' });
    expect(fieldFacts(byId('a'), '2', refOf).pick).toBe('e-b');
    expect(fieldFacts(byId('b'), 'Air', refOf)).toMatchObject({ checked: true, pick: 'e-a' });
    expect(fieldFacts(byId('a'), 'Rail', refOf)).toEqual({ control: 'radio', checked: true, options: ['Air', 'Sea freight'] });
  });
});

it('a choice is the one so named, and a beginning counts only if it is one choice’s', () => {
  const pick = (wanted: string) => best(['Team', 'Team plus', 'Free'], wanted, (one) => [one]);
  expect([pick('team'), pick('Team plus'), pick('fr'), pick('te'), pick('Gold')]).toEqual(['Team', 'Team plus', 'Free', undefined, undefined]);
});

it('the button that sends a form may stand outside it, and is no other kind of button', () => {
  document.body.innerHTML = '<form id="f"><input id="x"><button type="button" id="no">No</button></form><button form="f" id="yes">Yes</button>';
  expect(submitButton(byId('x'), refOf)).toBe('e-yes');
  document.body.innerHTML = '<form><input id="x"></form>';
  expect(submitButton(byId('x'), refOf)).toBe('');
});
