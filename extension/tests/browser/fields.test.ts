// The promise: keys, text and choices reach what they are meant for, whatever a page calls a field.

import { describe, expect, it } from 'vitest';
import { code, rig, yaml } from '../support/rig.ts';
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
  it('is added behind what a field holds, also where no script may ask for its caret', async () => {
    await show('<input id="mail" type="email" multiple value="a@b.c,"><input id="count" type="number" value="12"><input id="name" value="Ada "><div id="rich" contenteditable>Dear <b>Ada</b></div>');
    for (const [ref, text] of [['#mail', 'd@e.f'], ['#count', '5'], ['#name', 'L'], ['#rich', ', hello']] as const) await call('type', { ref, text, clear: false });
    expect(await read('[mail.value, count.value, document.querySelector("#name").value, rich.textContent]')).toEqual(['a@b.c,d@e.f', '125', 'Ada L', 'Dear Ada, hello']);
  });

  it('goes into a document that is all one field, as older editors have it', async () => {
    const shown = yaml(await show(`<iframe id="editor" srcdoc="<body><p>old words</p></body>" onload="this.contentDocument.designMode = 'on'"></iframe>`));
    const ref = /old words[^\n]*/.exec(shown)?.input.match(/paragraph \[ref=(f\w+)\]/)?.[1] ?? 'none';
    expect(yaml(await call('type', { ref, text: 'new words' }))).toContain('new words');
    expect(await read('editor.contentDocument.body.innerText.trim()')).toBe('new words');
  });
});
