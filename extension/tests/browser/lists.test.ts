// The promise: in a list that a page made itself, the option that is told as chosen is chosen, in that field and no other, and the page
// is ready for the next field. Each page here does what a library that many sites use does.

import { describe, expect, it } from 'vitest';
import { code, rig } from '../support/rig.ts';
import type { Answer } from '../support/hub.ts';

const { site, call, open } = rig();

async function show(body: string): Promise<Answer> {
  site.pages.set('/lists', `<title>Lists</title><body>${body}</body>`);
  return open('/lists');
}

const read = async (script: string): Promise<unknown> => (await call('evaluate', { function: `() => ${script}` })).result.value;
const choose = (ref: string, ...values: string[]): Promise<Answer> => call('select_option', { ref, values });
const fill = (...fields: { ref: string; value: unknown }[]): Promise<Answer> => call('fill_form', { fields });
const told = (answer: Answer): unknown[] => [code(answer), answer.error.message];

/** A field that is typed into, whose list comes with a press or a letter, and which keeps only what was picked. */
const FILTER = `<style>[role=listbox]{position:absolute;top:60px;left:0;height:300px;width:300px;background:#eee}</style>
  <div style="height:40px"><span id="chips"></span><input id="film" role="combobox" aria-expanded="false" aria-autocomplete="list" aria-label="Film"></div><input id="next" aria-label="Next" style="position:absolute;top:90px"><p id="picked" style="margin-top:400px"></p>
  <script>const films = ['Alien', 'Aliens', 'Brazil', 'Metropolis']; let multiple = false, free = false, chosen = [], box, fits = (name) => name.toLowerCase().includes(film.value.toLowerCase());
    const close = () => { box?.remove(); box = undefined; film.ariaExpanded = 'false'; film.removeAttribute('aria-controls') };
    let draw = () => { close(); box = document.createElement('ul'); box.id = 'box'; box.role = 'listbox'; film.setAttribute('aria-controls', 'box'); film.ariaExpanded = 'true';
      for (const one of films.filter(fits)) { const option = document.createElement('li'); option.role = 'option'; option.textContent = one;
        option.onmousedown = (e) => e.preventDefault(); option.onclick = () => { chosen = multiple ? [...chosen, one] : [one]; picked.textContent = chosen.join(); film.value = multiple ? '' : one; multiple ? draw() : close() }; box.append(option) }
      document.body.append(box) };
    film.onmousedown = () => box ? close() : draw(); film.oninput = () => setTimeout(draw, 80); film.onkeydown = (e) => { if (e.key === 'Escape') close() };
    film.onblur = () => { close(); if (!free) film.value = multiple ? '' : chosen[0] ?? '' }</script>`;

describe('a list that is typed into', () => {
  it('has its option picked by a form, and is closed for the next field', async () => {
    await show(FILTER);
    const filled = await fill({ ref: '#film', value: 'Alien' }, { ref: '#next', value: 'x' });
    expect([filled.error, await read('[picked.textContent, film.value, next.value]')]).toEqual([{}, ['Alien', 'Alien', 'x']]);
    // One that held another choice, which it would put back.
    expect((await fill({ ref: '#film', value: 'brazil' })).error).toEqual({});
    expect(await read('[picked.textContent, film.value]')).toEqual(['Brazil', 'Brazil']);
  });

  it('takes several, one after the other', async () => {
    await show(`${FILTER}<script>multiple = true</script>`);
    const filled = await fill({ ref: '#film', value: ['Brazil', 'Alien'] }, { ref: '#next', value: 'x' });
    expect([filled.error, await read('[picked.textContent, next.value, !!box]')]).toEqual([{}, ['Brazil,Alien', 'x', false]]);
    expect((await choose('#film', 'Metropolis', 'Aliens')).error).toEqual({});
    expect(await read('[picked.textContent, !!box]')).toEqual(['Brazil,Alien,Metropolis,Aliens', false]);
  });

  it('keeps a text that is in no list if the page does, and otherwise says what there is', async () => {
    await show(`${FILTER}<script>free = true</script>`);
    expect((await fill({ ref: '#film', value: 'Alie' }, { ref: '#next', value: 'x' })).error).toEqual({});
    expect(await read('[picked.textContent, film.value, next.value]')).toEqual(['', 'Alie', 'x']);
    await show(FILTER);
    expect(told(await fill({ ref: '#film', value: 'Gone' }))).toEqual(['invalid_params', expect.stringMatching(/Nothing was chosen in combobox "Film".* has no option "Gone".*"Alien", "Aliens", "Brazil", "Metropolis"/)]);
    expect(await read('[picked.textContent, film.value, !!box]')).toEqual(['', '', false]);
    // Only the beginning of one option: taken where the text would not stay.
    expect((await fill({ ref: '#film', value: 'Metro' })).error).toEqual({});
    expect(await read('film.value')).toBe('Metropolis');
  });

  it('and filters by other words than it shows is gone through to its end', async () => {
    await show(`${FILTER}<script>films.splice(0, 4, ...Array.from({ length: 60 }, (_, i) => 'Film ' + i)); fits = () => film.value === ''; const plain = draw;
      draw = () => { plain(); const all = [...box.children], room = document.createElement('div'); if (all.length === 0) return; box.style.overflow = 'auto'; box.style.padding = 0; room.style.cssText = 'position:relative;height:1200px'; box.replaceChildren(room);
        all.forEach((one, i) => one.style.cssText = 'position:absolute;height:20px;top:' + i * 20 + 'px'); (box.onscroll = () => { const from = Math.floor(box.scrollTop / 20); room.replaceChildren(...all.slice(from, from + 16)) })() }</script>`);
    expect((await fill({ ref: '#film', value: 'Film 44' }, { ref: '#next', value: 'x' })).error).toEqual({});
    expect(await read('[picked.textContent, film.value, next.value]')).toEqual(['Film 44', 'Film 44', 'x']);
  });

  it('that searches is typed into and picks nothing, which would search or lead away', async () => {
    await show(`<form role="search">${FILTER}</form><script>free = true</script>`);
    expect((await fill({ ref: '#film', value: 'Alien' }, { ref: '#next', value: 'x' })).error).toEqual({});
    expect(await read('[picked.textContent, film.value]')).toEqual(['', 'Alien']);
    await show(`${FILTER}<script>free = true; new MutationObserver(() => { for (const one of document.querySelectorAll('li:not(:has(a))')) one.innerHTML = '<a href="#away">' + one.textContent + '</a>' }).observe(document.body, { childList: true })</script>`);
    expect((await fill({ ref: '#film', value: 'Alien' }, { ref: '#next', value: 'x' })).error).toEqual({});
    expect(await read('[picked.textContent, film.value, location.hash]')).toEqual(['', 'Alien', '']);
  });
});

describe('a list', () => {
  const OTHERS = `<div role="listbox" aria-label="Side"><div role="option" onclick="wrong.textContent += ' side'">Blue</div></div><div role="tree"><div role="treeitem" onclick="wrong.textContent += ' tree'">Blue</div></div><p id="wrong"></p>`;

  it('is never another one of the page', async () => {
    await show(`${OTHERS}<div id="named" role="combobox" tabindex="0" aria-controls="own" aria-expanded="false" aria-label="Named" onclick="own.hidden = false; this.ariaExpanded = 'true'">-</div>
      <ul id="own" role="listbox" hidden><li role="option">Red</li></ul><div id="dead" role="combobox" tabindex="0" aria-label="Dead" style="margin-top:99px">-</div>
      <div id="late" role="combobox" tabindex="0" aria-label="Late" onclick="setTimeout(() => more.innerHTML = '<div role=listbox><div role=option onclick=&quot;late.textContent = 9&quot;>Blue</div></div>', 100)">-</div><div id="more"></div>`);
    expect(told(await choose('#named', 'Blue'))).toEqual(['invalid_params', expect.stringMatching(/no option "Blue"\. It has "Red"/)]);
    expect(told(await choose('#dead', 'Blue'))).toEqual(['invalid_params', expect.stringContaining('It showed no options')]);
    expect((await choose('#late', 'Blue')).error).toEqual({});
    expect(await read('[wrong.textContent, late.textContent]')).toEqual(['', '9']);
  });

  it('that is open already over its field is known without a name', async () => {
    await show(`${OTHERS}<div style="position:relative;height:60px"><div id="box" role="combobox" tabindex="0" aria-expanded="true" aria-label="Box">-</div>
      <div style="position:absolute;top:10px"><div role="listbox"><div role="option" onclick="box.textContent = 'Blue'">Blue</div></div></div></div>`);
    expect((await choose('#box', 'Blue')).error).toEqual({});
    expect(await read('[wrong.textContent, box.textContent]')).toEqual(['', 'Blue']);
  });

  it('belongs to a field that only shows what was chosen, also with its options outside the shadow tree', async () => {
    await show(`<x-select><div role="option" style="height:20px">Aye</div><div role="option" style="height:20px">Bee</div></x-select><p id="keys"></p><script>addEventListener('keydown', (e) => keys.textContent += e.key);
      customElements.define('x-select', class extends HTMLElement { constructor() { super(); const root = this.attachShadow({ mode: 'open' });
        root.innerHTML = '<input readonly role=combobox aria-label=Letter aria-controls=lb aria-expanded=false><div id=lb role=listbox hidden><slot></slot></div>'; const [input, box] = root.children; this.input = input;
        const show = (on) => { box.hidden = !on; input.ariaExpanded = String(on) }; input.onclick = () => show(true); input.onkeydown = (e) => { if (e.key === 'Escape') show(false) };
        this.onclick = (e) => { if (e.target.role === 'option') { input.value = e.target.textContent; show(false) } } } })</script>`);
    const ref = /"Letter"[^\n]*\[ref=(e\d+)\]/.exec(JSON.stringify((await call('snapshot')).result).replaceAll('\\"', '"'))?.[1] ?? 'none';
    expect((await choose(ref, 'Bee')).error).toEqual({});
    expect(await read(`document.querySelector('x-select').input.value`)).toBe('Bee');
    expect((await fill({ ref, value: 'Aye' })).error).toEqual({});
    expect(await read(`[document.querySelector('x-select').input.value, keys.textContent]`)).toEqual(['Aye', '']);
    // As before: what was opened in vain is closed.
    expect(told(await choose(ref, 'Cee'))).toEqual(['invalid_params', expect.stringContaining('"Aye", "Bee"')]);
    expect(await read(`[document.querySelector('x-select').input.ariaExpanded, keys.textContent]`)).toEqual(['false', 'Escape']);
  });

  it('takes several choices although it lies over its field, and is closed behind them', async () => {
    await show(`<div id="box" role="combobox" tabindex="0" aria-haspopup="listbox" aria-expanded="false" aria-label="Colours">-</div><input id="next" aria-label="Next"><div id="cover" hidden style="position:fixed;inset:0"><ul id="list" role="listbox" tabindex="-1" aria-multiselectable="true"><li role="option" aria-selected="false">Red</li><li role="option" aria-selected="false">Green</li><li role="option" aria-selected="false">Blue</li></ul></div>
      <script>const on = (is) => { cover.hidden = !is; box.ariaExpanded = String(is); is ? (box.setAttribute('aria-controls', 'list'), list.focus()) : (box.removeAttribute('aria-controls'), box.focus()) };
        box.onmousedown = (e) => { e.preventDefault(); on(true) }; cover.onkeydown = (e) => { if (e.key === 'Escape') on(false) };
        list.onclick = (e) => { e.target.ariaSelected = String(e.target.ariaSelected !== 'true'); box.textContent = [...list.children].filter((one) => one.ariaSelected === 'true').map((one) => one.textContent) }</script>`);
    expect((await choose('#box', 'Red', 'Blue')).error).toEqual({});
    expect(await read('[box.textContent, cover.hidden]')).toEqual(['Red,Blue', true]);
    // What is chosen already stays so; an open list is taken as it is.
    await read('on(true)');
    const filled = await fill({ ref: '#box', value: ['Blue', 'Green'] }, { ref: '#next', value: 'x' });
    expect([filled.error, await read('[box.textContent, cover.hidden, next.value]')]).toEqual([{}, ['Red,Green,Blue', true, 'x']]);
  });

  it('that tells readers of the screen in a place without a size what it draws elsewhere is chosen where it is drawn', async () => {
    await show(`<input id="fruit" readonly role="combobox" aria-controls="told" aria-expanded="false" aria-label="Fruit"><div id="popup" hidden style="position:absolute"><div>
      <div id="told" role="listbox" style="height:0;width:0;overflow:hidden"><div role="option" aria-label="Fruit 0">f0</div><div role="option" aria-label="Fruit 1">f1</div></div>
      <div id="room" style="height:90px;width:150px;overflow-y:hidden"></div></div></div>
      <script>for (let i = 0; i < 40; i++) room.insertAdjacentHTML('beforeend', '<div class="item" style="height:30px"><div>Fruit ' + i + '</div><span aria-hidden="true"></span></div>');
        const on = (is) => { popup.hidden = !is; fruit.ariaExpanded = String(is) }; fruit.onclick = () => on(true); fruit.onkeydown = (e) => { if (e.key === 'Escape') on(false) };
        room.onclick = (e) => { fruit.value = e.target.closest('.item').innerText.trim(); on(false) }</script>`);
    for (const name of ['Fruit 1', 'Fruit 33']) {
      expect((await choose('#fruit', name)).error).toEqual({});
      expect(await read('fruit.value')).toBe(name);
    }
    expect((await fill({ ref: '#fruit', value: 'Fruit 0' })).error).toEqual({});
    expect(await read('fruit.value')).toBe('Fruit 0');
  });
});
