// browser_drop: files and data dropped onto an element, as if a person had dragged them there from another window. Which files may
// be given was decided where the host runs.

import type { JsonRecord } from '../json.ts';
import { record } from '../json.ts';
import { ToolError } from '../errors.ts';
import { checkedAddress } from './address-rules.ts';
import { locate } from './aiming.ts';
import { act, pageTool } from './page-tool.ts';
import { requiredText, texts, wrong } from './params.ts';
import type { Tool } from './tool.ts';

const INPUT_MS = 30_000;
const FRAME_MS = 60;
/** Copying, linking, moving: from another window a page may choose. */
const ANY = 1 | 2 | 16;

export const drop: Tool = pageTool({ need: 'content', kind: 'action' }, async (run) => {
  const { params, services } = run.call;
  const files = texts(params, 'paths');
  const items = Object.entries(record(params.data)).map(([mimeType, data]) => itemOf(mimeType, data, services.allowFileUrls()));
  if (files.length === 0 && items.length === 0) throw wrong('paths', 'a list of at least one path (or give data)');
  const what = [...files.map((file) => JSON.stringify(file.replace(/^.*[/\\]/, ''))), ...items.map(({ mimeType }) => mimeType)].join(', ');
  const target = await locate(run, requiredText(params, 'ref'), 'view');
  const data: JsonRecord = { items, files, dragOperationsMask: ANY };
  return act(run, `Dropped ${what} on ${target.what}.`, async () => {
    const send = (type: string): Promise<JsonRecord> => run.tab.root.send('Input.dispatchDragEvent', { type, x: target.x, y: target.y, data }, INPUT_MS);
    const ask = () => services.pages.ask(run.tabId, target, 'drops', {});
    await ask();
    try {
      await send('dragEnter');
      // A page may decide whether it takes something only when it has seen it over itself for a frame.
      for (let i = 0; i < 2; i++) {
        await send('dragOver');
        await services.pages.quiet(run.tabId, FRAME_MS);
      }
      // What nothing takes Chrome opens itself, in a new tab: the file would come to be a page.
      if (!(await ask()).over) throw notTaken(target.what);
      await send('drop');
    } catch (error) {
      await send('dragCancel').catch(() => undefined);
      throw error;
    }
    await services.pages.quiet(run.tabId, FRAME_MS);
    // The drop may have led to another page, which knows nothing of it.
    if ((await ask().catch(() => ({ taken: true }))).taken) return;
    run.said = `Held ${what} over ${target.what}, but nothing there took the drop.`;
    run.notes.push('The page showed that it takes a drop there, but not this one: it may want other files or types.');
  });
});

function notTaken(what: string): ToolError {
  return new ToolError(
    'not_actionable',
    `The page takes no such drop at ${what}: nothing there accepted the drag, so it was not dropped.`,
    'Drop on the element that takes it (often one around this), or use browser_file_upload with the file field.',
  );
}

function itemOf(mimeType: string, data: unknown, allowFileUrls: boolean): { mimeType: string; data: string } {
  if (!/^[\w.+-]+\/[\w.+*-]+$/.test(mimeType)) {
    throw new ToolError('invalid_params', `${JSON.stringify(mimeType.slice(0, 80))} in data is no type.`, 'Give data as an object from types to contents: { "text/plain": "Hello" }.');
  }
  const content = typeof data === 'string' ? data : JSON.stringify(data);
  // Where the page does not take it, Chrome goes to a dropped address.
  if (/^text\/(uri-list|x-moz-url)$/i.test(mimeType)) for (const line of content.split(/\r?\n/)) if (line !== '' && !line.startsWith('#')) checkedAddress(line, allowFileUrls);
  return { mimeType, data: content };
}
