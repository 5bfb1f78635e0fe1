// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import { describe as inRole } from '../../src/page/describe.ts';
import { givenName } from '../../src/page/names.ts';
import { roleOf } from '../../src/page/roles.ts';
import { statesOf, valueOf } from '../../src/page/states.ts';

function el(html: string, selector = '#x'): Element {
  document.body.innerHTML = html;
  const found = document.querySelector(selector);
  if (!found) throw new Error(`no ${selector} in ${html}`);
  return found;
}

beforeEach(() => {
  document.body.innerHTML = '';
});

describe('roles', () => {
  const cases: [string, string][] = [
    ['<a id=x href=/>', 'link'], ['<a id=x>', ''], ['<button id=x>', 'button'], ['<input id=x>', 'textbox'], ['<input id=x type=checkbox>', 'checkbox'],
    ['<input id=x type=range>', 'slider'], ['<input id=x type=number>', 'spinbutton'], ['<input id=x type=search>', 'searchbox'], ['<input id=x list=l>', 'combobox'],
    ['<select id=x>', 'combobox'], ['<select id=x multiple>', 'listbox'], ['<h3 id=x>', 'heading'], ['<img id=x alt="">', 'none'], ['<img id=x alt=a>', 'img'],
    ['<header id=x>', 'banner'], ['<main><header id=x>', ''], ['<section><footer id=x>', ''], ['<section id=x>', ''], ['<section id=x aria-label=a>', 'region'],
    ['<form id=x>', ''], ['<form id=x aria-label=a>', 'form'], ['<ul><li id=x>', 'listitem'], ['<div><li id=x>', ''], ['<ul role=none><li id=x>', ''],
    ['<div id=x role="bogus button">', 'button'], ['<div id=x role=presentation>', 'none'], ['<button id=x role=none>', 'button'], ['<div id=x contenteditable>', 'textbox'],
    ['<table><tr><td id=x>', 'cell'], ['<table role=grid><tr><td id=x>', 'gridcell'], ['<table role=none><tr><td id=x>', ''], ['<table><tr><th id=x>', 'columnheader'],
    ['<table><tr><th id=x scope=row>', 'rowheader'], ['<table><tbody><tr><th id=x>a<td>b', 'rowheader'], ['<dialog id=x open>', 'dialog'], ['<nav id=x>', 'navigation'],
    ['<details><summary id=x>', 'button'], ['<div role=switch id=x>', 'switch'], ['<textarea id=x>', 'textbox'], ['<progress id=x>', 'progressbar'],
  ];
  for (const [html, role] of cases) it(`${html} is ${role || 'generic'}`, () => expect(roleOf(el(html))).toBe(role));
});

describe('names', () => {
  const cases: [string, string][] = [
    ['<span id=a>One</span><span id=b>Two</span><button id=x aria-labelledby="b a">no</button>', 'Two One'],
    ['<button id=x aria-label=" Close  it ">no</button>', 'Close it'],
    ['<label for=x>Mail</label><input id=x>', 'Mail'],
    ['<label>Name <input id=x value=v></label>', 'Name'],
    ['<label>Wait <input value=5> minutes <input type=checkbox id=x></label>', 'Wait 5 minutes'],
    ['<fieldset id=x><legend>Colour</legend></fieldset>', 'Colour'],
    ['<table id=x><caption>Prices</caption></table>', 'Prices'],
    ['<figure id=x><figcaption>Cat</figcaption></figure>', 'Cat'],
    ['<img id=x alt="A cat">', 'A cat'],
    ['<input id=x type=submit>', 'Submit'],
    ['<input id=x type=button value=Go>', 'Go'],
    ['<svg id=x><title>Menu</title></svg>', 'Menu'],
    ['<button id=x><i>Save</i> <b>all</b></button>', 'Save all'],
    ['<button id=x><img alt=Search></button>', 'Search'],
    ['<a id=x href=/><span style="display:none">no</span>Home</a>', 'Home'],
    ['<a id=x href=/><span aria-hidden=true>→</span> Next</a>', 'Next'],
    ['<input id=x title=T placeholder=P>', 'T'],
    ['<input id=x placeholder=P>', 'P'],
  ];
  for (const [html, name] of cases) it(`${html} is named ${name}`, () => expect(inRole(el(html)).name).toBe(name));

  it('of a hidden label counts when it is referred to', () => {
    expect(givenName(el('<span id=h hidden>Hidden label</span><input id=x aria-labelledby=h>'), 'input')).toBe('Hidden label');
  });
});

describe('values and states', () => {
  it('masks secrets', () => {
    for (const html of ['<input id=x type=password value=p>', '<input id=x autocomplete="billing cc-number" value=4111>', '<input id=x autocomplete=one-time-code value=123>']) {
      expect(valueOf(el(html), 'textbox')).toBe('••••');
    }
    expect(valueOf(el('<input id=x type=password>'), 'textbox')).toBe('');
  });

  it('keeps a password masked after the page shows it as text', () => {
    const field = el('<input id=x type=password value=p>');
    valueOf(field, 'textbox');
    field.setAttribute('type', 'text');
    expect(valueOf(field, 'textbox')).toBe('••••');
  });

  it('tells states in one order', () => {
    expect(statesOf(el('<div id=x role=checkbox aria-checked=mixed aria-disabled=true aria-required=true>'), 'div', 'checkbox')).toBe(' [checked=mixed] [disabled] [required]');
    expect(statesOf(el('<button id=x aria-expanded=false aria-pressed=true>'), 'button', 'button')).toBe(' [pressed] [expanded=false]');
    expect(statesOf(el('<h2 id=x>'), 'h2', 'heading')).toBe(' [level=2]');
  });
});

describe('a clobbered form', () => {
  it('is read as what it is', () => {
    const form = el('<form id=x aria-label=F><input name=localName><input name=getAttribute><input name=parentNode><input name=firstChild></form>');
    expect(roleOf(form)).toBe('form');
    expect(inRole(form).name).toBe('F');
  });
});
