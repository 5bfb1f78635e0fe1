// browser_file_upload: files into a file field, or into the file dialog that the page asks for. The dialog itself never opens:
// Chrome hands the wish to us. Which files may be given was decided where the host runs.

import { CdpError } from '../debugger/cdp.ts';
import { ToolError } from '../errors.ts';
import { finite, list, record, text } from '../json.ts';
import type { Target } from '../pages/types.ts';
import { locate, press } from './aiming.ts';
import { worldWith } from './evaluate.ts';
import { act, ONLY_PERSON, pageTool, tabChange, type Run } from './page-tool.ts';
import { optionalText, texts, wrong } from './params.ts';
import type { Tool } from './tool.ts';

const CHOOSER_MS = 3_000;

export const fileUpload: Tool = pageTool({ need: 'content', kind: 'action' }, async (run) => {
  const { params } = run.call;
  const files = texts(params, 'paths');
  if (files.length === 0) throw wrong('paths', 'a list of at least one path');
  const ref = optionalText(params, 'ref');
  const names = files.map((file) => JSON.stringify(file.replace(/^.*[/\\]/, ''))).join(', ');
  if (ref === undefined) {
    const chooser = openChooser(run);
    return act(run, `Gave ${names} to the file dialog.`, async () => {
      await give(run, files, chooser);
    });
  }
  const target = await locate(run, ref, 'handle');
  return act(run, `Gave ${names} to ${target.what}.`, async () => {
    const field = target.kind === 'file' ? await fieldOf(run, ref, target) : undefined;
    if (field !== undefined && (await give(run, files, field, true))) return;
    await give(run, files, await askFor(run, ref));
  });
});

/** A file field or an open dialog, as Chrome knows it. */
interface Chooser {
  sessionId: string | undefined;
  /** One of the two. */
  objectId?: string;
  backendNodeId?: number;
  multiple: boolean;
}

function openChooser({ tab }: Run): Chooser {
  const { fileChooser } = tab;
  if (fileChooser === undefined) {
    throw new ToolError('tool_failed', 'No file dialog is open in this tab.', 'Give the ref of the file field, or of the button that asks for files.');
  }
  return fileChooser;
}

async function fieldOf(run: Run, ref: string, target: Target): Promise<Chooser> {
  const { multiple = false } = await run.call.services.pages.ask(run.tabId, target, 'field', {});
  const { expression, frameToken } = await run.call.services.pages.elementExpression(run.tabId, ref);
  const world = await worldWith(run, frameToken);
  const seen = await run.tab.session(world.sessionId).send('Runtime.evaluate', { expression, contextId: world.contextId });
  const objectId = text(record(seen.result).objectId);
  if (objectId === undefined) throw new ToolError('stale_ref', `The element ${ref} is gone from the page.`, 'Take a new browser_snapshot and use a ref from it.');
  return { sessionId: world.sessionId, objectId, multiple };
}

/** Clicks what asks for files, and waits until it has asked. */
async function askFor(run: Run, ref: string): Promise<Chooser> {
  const target = await locate(run, ref, 'press');
  const since = run.tab.tick;
  await press(run, target, { button: 'left', double: false, modifiers: 0 });
  run.call.waitingFor(`${target.what} to ask for a file`);
  await tabChange(run, CHOOSER_MS, () => run.tab.fileChooserAt > since);
  const { fileChooser, fileChooserAt } = run.tab;
  if (fileChooser === undefined && fileChooserAt > since) {
    throw new ToolError('unsupported', `${target.what} asks for a file. ${ONLY_PERSON}`, 'Look for another way to give the file, such as a file field or a place to drop it on, or ask the person to do this step.');
  }
  if (fileChooser === undefined || fileChooserAt <= since) {
    throw new ToolError('tool_failed', `Clicking ${target.what} asked for no file.`, 'Give the ref of the file field itself, or of the button that opens the file dialog.');
  }
  return fileChooser;
}

/** False: this Chrome wants to be asked by the page first. */
async function give(run: Run, files: readonly string[], { sessionId, multiple, ...field }: Chooser, mayBeRefused = false): Promise<boolean> {
  // Chrome itself would put several files into a field that takes one.
  if (!multiple && files.length > 1) {
    throw new ToolError('invalid_params', `The field takes one file only, ${files.length} were given.`, 'Give one path.');
  }
  run.tab.fileChooserTold = run.tab.fileChooserAt;
  try {
    await run.tab.session(sessionId).send('DOM.setFileInputFiles', { files: [...files], ...field });
    run.tab.fileChooser = undefined;
    await holdsFiles(run, sessionId, field);
    return true;
  } catch (error) {
    if (!(error instanceof CdpError)) throw error;
    if (/could not find node|no node|cannot find/i.test(error.detail)) {
      run.tab.fileChooser = undefined;
      throw new ToolError('stale_ref', 'The file field is gone from the page.', 'Take a new browser_snapshot and use a ref from it.');
    }
    if (mayBeRefused && /not allowed/i.test(error.detail)) return false;
    throw error;
  }
}

/** Chrome takes files for a field that wants a whole folder, says nothing, and puts none in. */
async function holdsFiles(run: Run, sessionId: string | undefined, field: Pick<Chooser, 'objectId' | 'backendNodeId'>): Promise<void> {
  const session = run.tab.session(sessionId);
  const ask = async (): Promise<unknown> => {
    const objectId = field.objectId ?? text(record((await session.send('DOM.resolveNode', { ...field })).object).objectId);
    const functionDeclaration = 'function () { return [this.files.length, this.webkitdirectory ? 1 : 0] }';
    return record((await session.send('Runtime.callFunctionOn', { objectId, functionDeclaration, returnByValue: true })).result).value;
  };
  // A page that went elsewhere with the files cannot be asked, and took them.
  const [count, isForFolder] = list(await ask().catch(() => [])).map(finite);
  if (count !== 0) return;
  if (isForFolder === 1) {
    throw new ToolError(
      'unsupported',
      'The field takes a whole folder, and Chrome lets no tool put one in: it holds no file now.',
      'Look for a field or a place that takes single files (browser_file_upload, browser_drop), or have the person choose the folder (browser_ask_user).',
    );
  }
  run.notes.push('The field holds no file any more: the page took what was given and emptied its field, or did not want it. What the page shows tells which.');
}
