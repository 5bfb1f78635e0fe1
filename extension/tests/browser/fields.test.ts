// The promise: keys, text and choices reach what they are meant for, whatever a page calls a field.

import { describe, expect, it } from 'vitest';
import { code, notes, rig, yaml } from '../support/rig.ts';
import type { Answer } from '../support/hub.ts';

const { site, call, open } = rig();

async function show(body: string): Promise<Answer> {
  site.pages.set('/fields', `<title>Fields</title><body>${body}</body>`);
  return open('/fields');
}

const read = async (script: string): Promise<unknown> => (await call('evaluate', { function: `() => ${script}` })).result.value;

describe('a key', () => {
  it('goes to the element that is named, be it no field of text', async () => {
    await show(`<input id="first" aria-label="First"><div id="slider" role="slider" tabindex="0" aria-label="Volume" aria-valuenow="5" style="width:90px;height:9px"></div>
      <div id="grid" role="grid"><span id="cell" role="gridcell" tabindex="-1"><b id="inner">Cell</b></span></div><button id="button" onclick="keys.textContent += ' pressed'">Button</button>
      <input id="box" type="checkbox" aria-label="Box"><p id="plain">Plain</p><div id="trap"><input id="inside" aria-label="Inside"><i id="beside">Beside</i></div><p id="keys"></p>
      <script>addEventListener('keydown', (e) => keys.textContent += ' ' + e.target.id + ':' + e.key)</script>`);
    expect(yaml(await call('press_key', { ref: '#slider', key: 'ArrowRight', repeat: 2 }))).toContain('slider:ArrowRight slider:ArrowRight');
    expect(yaml(await call('press_key', { ref: '#inner', key: 'F2' }))).toContain('cell:F2');
    expect(yaml(await call('press_key', { ref: '#button', key: 'Enter' }))).toContain('pressed');
    expect(yaml(await call('press_key', { ref: '#box', key: 'Space' }))).toContain('[checked]');
    await call('press_key', { ref: '#inside', key: 'a' });
    expect(await read('inside.value')).toBe('a');
    // What cannot have it leaves it where it is, and no key goes to what has it.
    for (const ref of ['#plain', '#beside']) expect(code(await call('press_key', { ref, key: 'x' }))).toBe('not_actionable');
    expect(await read('inside.value')).toBe('a');
  });
});

describe('text', () => {
  it('is typed into a field that has been in another frame', async () => {
    await show(`<iframe id="frame" srcdoc="<input aria-label='Name' id='moved'><input type='date' id='day' aria-label='Day'>"></iframe>`);
    // Read while it is in the frame, it is known to the extension as that frame's own.
    await expect.poll(async () => yaml(await call('snapshot', {}))).toContain('Name');
    await read('document.body.append(...frame.contentDocument.querySelectorAll("input"))');
    const typed = [await call('type', { ref: '#moved', text: 'Ada' }), await call('type', { ref: '#day', text: '2026-03-31' })];
    expect([typed.map((one) => one.error), await read('[moved.value, day.value]')]).toEqual([[{}, {}], ['Ada', '2026-03-31']]);
  });

  it('is added behind what a field holds, also where no script may ask for its caret', async () => {
    await show('<input id="mail" type="email" multiple value="a@b.c,"><input id="count" type="number" value="12"><input id="name" value="Ada "><div id="rich" contenteditable>Dear <b>Ada</b></div>');
    for (const [ref, text] of [['#mail', 'd@e.f'], ['#count', '5'], ['#name', 'L'], ['#rich', ', hello']] as const) await call('type', { ref, text, clear: false });
    expect(await read('[mail.value, count.value, document.querySelector("#name").value, rich.textContent]')).toEqual(['a@b.c,d@e.f', '125', 'Ada L', 'Dear Ada, hello']);
  });

  it('goes into fields in shadow trees, in editors within editors, and in what hands the focus on to a part of it', async () => {
    await show(`<div id="shade"></div><x-closed></x-closed><div id="outer" contenteditable>Outer <div id="inner" contenteditable>Inner</div> <i contenteditable="false">fixed <b id="island" contenteditable>Island</b></i></div>
      <div id="editor" contenteditable onfocus="part.focus()"><textarea id="part"></textarea></div><label id="label">Labelled <input id="labelled"></label>
      <script>shade.attachShadow({ mode: 'open', delegatesFocus: true }).innerHTML = '<input aria-label="In open">';
        customElements.define('x-closed', class extends HTMLElement { constructor() { super(); this.own = this.attachShadow({ mode: 'closed' }); this.own.innerHTML = '<input aria-label="In closed">' } })</script>`);
    const seen = yaml(await call('snapshot'));
    const ref = (name: string): string => new RegExp(`"${name}" \\[ref=(e\\d+)\\]`).exec(seen)?.[1] ?? 'none';
    for (const [at, slowly] of [[ref('In open'), false], [ref('In closed'), true], ['#inner', false], ['#island', true], ['#editor', false], ['#label', true]] as const) {
      expect((await call('type', { ref: at, text: `new ${at}`, slowly })).error, at).toEqual({});
    }
    const got = await read(`[shade.shadowRoot.querySelector('input').value, document.querySelector('x-closed').own.querySelector('input').value, inner.textContent, island.textContent, editor.textContent, labelled.value]`);
    expect(got).toEqual([`new ${ref('In open')}`, `new ${ref('In closed')}`, 'new #inner', 'new #island', 'new #editor', 'new #label']);
    expect((await call('press_key', { ref: ref('In closed'), key: 'x' })).error).toEqual({});
    expect((await call('press_key', { ref: '#shade', key: 'x' })).error).toEqual({});
  });

  it('that draws itself anew as a whole with each choice is filled all the same', async () => {
    await show(`<div id="app"></div><script>const state = {}; const draw = () => app.innerHTML = '<label><input type="radio" name="plan" value="pro"' + (state.plan ? ' checked' : '') + '>Pro</label><label><input type="checkbox"' + (state.news ? ' checked' : '') + '>News</label><input id="name" aria-label="Name">';
      app.onchange = ({ target }) => { if (target.type === 'text') return; state[target.type === 'radio' ? 'plan' : 'news'] = target.checked; draw(); }; draw();</script>`);
    const filled = await call('fill_form', { fields: [{ ref: '[type=radio]', value: true }, { ref: '[type=checkbox]', value: true }, { ref: '#name', value: 'Ann' }] });
    expect(yaml(filled)).toContain('radio "Pro" [checked]');
    expect(await read('[state.plan, state.news, document.getElementById("name").value]')).toEqual([true, true, 'Ann']);
  });

  it('that is no number is refused by a number field before anything changes', async () => {
    await show('<input id="count" type="number" step="any" value="7" aria-label="Count" oninput="this.title += 1"><input id="free" type="number">');
    for (const text of ['1,5', 'abc', '1.000,5', '-', '12 34', '1e']) {
      for (const answer of [await call('type', { ref: '#count', text }), await call('type', { ref: '#count', text, slowly: true }), await call('fill_form', { fields: [{ ref: '#count', value: text }] })]) {
        expect([code(answer), answer.error.message], text).toEqual(['invalid_params', expect.stringContaining(`spinbutton "Count" is a number field and does not take ${JSON.stringify(text)}`)]);
      }
    }
    expect(code(await call('type', { ref: '#count', text: '.5.5', clear: false }))).toBe('invalid_params');
    expect(await read('[count.value, count.title]')).toEqual(['7', '']);
    for (const [text, value] of [['1.5', '1.5'], ['-20', '-20'], ['1e3', '1e3'], ['.5', '.5'], [' 8 ', '8'], ['', '']] as const) {
      await call('type', { ref: '#free', text });
      expect(await read('free.value'), text).toBe(value);
    }
    await call('type', { ref: '#count', text: '.5', clear: false });
    expect(await read('count.value')).toBe('7.5');
  });

  it('goes into a document that is all one field, as older editors have it', async () => {
    const shown = yaml(await show(`<iframe id="editor" srcdoc="<body><p>old words</p></body>" onload="this.contentDocument.designMode = 'on'"></iframe>`));
    const ref = /old words[^\n]*/.exec(shown)?.input.match(/paragraph \[ref=(f\w+)\]/)?.[1] ?? 'none';
    expect(yaml(await call('type', { ref, text: 'new words' }))).toContain('new words');
    expect(await read('editor.contentDocument.body.innerText.trim()')).toBe('new words');
  });
});

describe('a choice', () => {
  it('is found in a list that shows only the part of it that is scrolled to', { timeout: 90_000 }, async () => {
    await show(`<div id="many" role="combobox" tabindex="0" aria-haspopup="listbox" aria-expanded="false" aria-label="Many">none</div>
      <script>many.onclick = () => {
        document.querySelector('[role=listbox]')?.remove();
        const box = document.createElement('div'), all = document.createElement('div');
        box.setAttribute('role', 'listbox'); box.style.cssText = 'height:200px;width:150px;overflow:auto'; all.style.cssText = 'height:6000px;position:relative';
        box.append(all); document.body.append(box);
        const draw = () => requestAnimationFrame(() => { const from = Math.floor(box.scrollTop / 20); all.replaceChildren(...Array.from({ length: Math.min(12, 300 - from) }, (_, i) => {
          const one = document.createElement('div'); one.setAttribute('role', 'option'); one.textContent = 'Item ' + (from + i); one.style.cssText = 'position:absolute;height:20px;top:' + (from + i) * 20 + 'px';
          one.onclick = () => { many.textContent = one.textContent; box.remove() }; return one })) });
        box.onscroll = draw; draw(); box.scrollTop = 2000 }</script>`);
    for (const item of ['Item 4', 'Item 288']) {
      expect((await call('select_option', { ref: '#many', values: [item] })).error).toEqual({});
      expect(await read('many.textContent')).toBe(item);
    }
    const none = await call('select_option', { ref: '#many', values: ['Item 300'] });
    expect([code(none), none.error.message]).toEqual(['invalid_params', expect.stringContaining('and 260 more')]);
    expect((await call('fill_form', { fields: [{ ref: '#many', value: 'Item 150' }] })).error).toEqual({});
    expect(await read('many.textContent')).toBe('Item 150');
  });

  it('is made among suggestions that Chrome itself draws, by value or label', async () => {
    await show('<input id="fruit" list="fruits" aria-label="Fruit"><datalist id="fruits"><option value="Apple"><option value="Pr" label="A pear"></datalist><p id="heard"></p><script>fruit.oninput = () => heard.textContent = "heard " + fruit.value</script>');
    expect(yaml(await call('select_option', { ref: '#fruit', values: ['apple'] }))).toContain('heard Apple');
    expect(yaml(await call('select_option', { ref: '#fruit', values: ['A pear'] }))).toContain('heard Pr');
    const none = await call('select_option', { ref: '#fruit', values: ['Fig'] });
    expect([code(none), none.error.message]).toEqual(['invalid_params', expect.stringContaining('"Apple", "Pr"')]);
    await call('fill_form', { fields: [{ ref: '#fruit', value: 'Fig' }] });
    expect(await read('fruit.value')).toBe('Fig');
  });
});

describe('a form', () => {
  const COMBO = `<form onsubmit="event.preventDefault(); sent.textContent = 'sent ' + auto.value"><input aria-label="Auto" role="combobox" aria-autocomplete="list" aria-expanded="false" aria-controls="list" id="auto"><ul id="list" role="listbox" style="position:absolute;top:90px;left:0" hidden></ul><input id="next" aria-label="Next"><button>Send</button></form><p id="sent"></p>
    <script>auto.oninput = () => { delete auto.dataset.picked; clearTimeout(auto.timer); auto.timer = setTimeout(() => { list.replaceChildren(...['Alpha', 'Alpine', 'Beta'].filter((one) => one.toLowerCase().includes(auto.value.toLowerCase())).map((one) => {
      const option = document.createElement('li'); option.role = 'option'; option.textContent = one; option.onmousedown = (e) => e.preventDefault();
      option.onclick = () => { clearTimeout(auto.timer); auto.value = auto.dataset.picked = one; list.hidden = true; auto.ariaExpanded = 'false' }; return option }));
      list.hidden = false; auto.ariaExpanded = 'true' }, 100) };
      auto.onblur = () => { list.hidden = true; auto.ariaExpanded = 'false'; if (!auto.dataset.picked) auto.value = '' }</script>`;

  it('picks from its list what a field keeps only if it is picked, also the last one before it is sent', async () => {
    await show(COMBO);
    const filled = await call('fill_form', { fields: [{ ref: '#auto', value: 'Alpine' }, { ref: '#next', value: 'x' }] });
    expect([filled.error, await read('[auto.value, auto.dataset.picked, next.value]')]).toEqual([{}, ['Alpine', 'Alpine', 'x']]);
    await show(COMBO);
    const sent = yaml(await call('fill_form', { fields: [{ ref: '#next', value: 'x' }, { ref: '#auto', value: 'beta' }], submit: true }));
    expect(sent).toContain('sent Beta');
  });

  it('says that the page took away what is not in the list', async () => {
    await show(COMBO);
    const { error } = await call('fill_form', { fields: [{ ref: '#auto', value: 'Gamma' }, { ref: '#next', value: 'x' }] });
    expect([error.code, error.message]).toEqual(['invalid_params', expect.stringMatching(/Field 1 of 2 .*Nothing was chosen in combobox "Auto", and the page took the typed text away again.* has no option "Gamma".* Nothing was filled before/)]);
  });

  it('leaves alone what takes any text', async () => {
    await show(COMBO.replace("if (!auto.dataset.picked) auto.value = ''", ''));
    expect((await call('fill_form', { fields: [{ ref: '#auto', value: 'Alp' }, { ref: '#next', value: 'x' }], submit: true })).error).toEqual({});
    expect(await read('[auto.value, sent.textContent]')).toEqual(['Alp', 'sent Alp']);
  });
});

describe('a file', () => {
  it('given to a field for folders, or to one that the page empties at once, is not told as held', async () => {
    await show('<input type="file" webkitdirectory id="folder" aria-label="Folder"><input type="file" id="file" aria-label="File"><input type="file" id="clears" aria-label="Clears" onchange="said.textContent = this.files[0].name; this.value = \'\'"><p id="said"></p>');
    const file = ['/etc/hostname'];
    const refused = await call('file_upload', { ref: '#folder', paths: file });
    expect([code(refused), refused.error.message]).toEqual(['unsupported', expect.stringContaining('takes a whole folder')]);
    await call('click', { ref: '#folder' });
    expect(code(await call('file_upload', { paths: file }))).toBe('unsupported');
    const emptied = await call('file_upload', { ref: '#clears', paths: file });
    expect([yaml(emptied), notes(emptied)]).toEqual([expect.stringContaining('hostname'), expect.stringContaining('holds no file any more')]);
    expect(notes(await call('file_upload', { ref: '#file', paths: file }))).toBe('');
    await call('click', { ref: '#file' });
    expect(notes(await call('file_upload', { paths: file }))).toBe('');
  });
});
