// browser_batch: several steps on one tab, or on the one that a step opens, in one call. It exists because a model that knows its
// next five steps need not wait for five answers. It runs here, under the one id of its call: no hop between steps, and a repeat of
// the call repeats none of them.

import { reasonOf } from '../async.ts';
import { bounded } from '../bounded.ts';
import { asToolError, isEndOfWorker, ToolError } from '../errors.ts';
import { list, record, text, type JsonRecord } from '../json.ts';
import { header, look, runOnTab } from './page-tool.ts';
import { TOOLS } from './index.ts';
import { optionalNumber, optionalWord, wrong } from './params.ts';
import type { CallContext, Result, Tool } from './tool.ts';

const MAX_STEPS = 50;
/** What one step may say: the last look at the page says the rest. */
const MAX_CHARS = 4_000;

interface Step {
  tool: string;
  args: JsonRecord;
}

interface Done {
  tool: string;
  ok: boolean;
  text?: string;
  value?: unknown;
  yaml?: string;
  notes?: string[];
}

export const batch: Tool = async (call) => {
  const { params, services, clientId, clientName } = call;
  const steps = list(params.steps).map(stepOf);
  if (steps.length === 0 || steps.length > MAX_STEPS) throw wrong('steps', `a list of 1 to ${MAX_STEPS} of { tool, args }`);
  const goesOn = optionalWord(params, 'onError', ['stop', 'continue']) === 'continue';
  const need = steps[0]?.tool === 'browser_navigate' ? 'any' : 'content';
  let tabId = await services.tabs.tabFor(clientId, clientName, optionalNumber(params, 'tabId'), need);
  call.usesTab(tabId);
  // A step that opens a tab for itself makes it the client's current one, and what comes after it is meant for that page.
  const follow = (used: number): void => {
    tabId = used;
    call.usesTab(used);
  };
  const done: Done[] = [];
  for (const [i, step] of steps.entries()) {
    if (call.signal.aborted) throw reasonOf(call.signal);
    const outcome = await run({ ...call, usesTab: follow }, step, i, steps.length, tabId);
    if (outcome instanceof ToolError) {
      if (!goesOn) throw stopped(outcome, step, i, steps.length, done);
      done.push({ tool: step.tool, ok: false, text: `${outcome.code}: ${outcome.message} ${outcome.next}` });
    } else done.push(short(step, outcome));
  }
  const failed = done.filter(({ ok }) => !ok).length;
  const said = failed === 0 ? `All ${done.length} steps are done.` : `${done.length - failed} of ${done.length} steps are done, ${failed} failed.`;
  return { ...(await lastLook(call, tabId)), text: said, value: { steps: done } };
};

async function run(call: CallContext, { tool, args }: Step, i: number, of: number, tabId: number): Promise<Result | ToolError> {
  const work = TOOLS.get(tool);
  if (work === undefined || work === batch) return new ToolError('invalid_params', `A batch cannot run ${tool}.`, 'Call it by itself.');
  try {
    return await work({
      ...call,
      brief: true,
      params: { ...args, tabId },
      waitingFor: (what) => call.waitingFor(`step ${i + 1} of ${of}: ${what}`),
    });
  } catch (error) {
    if (call.signal.aborted || isEndOfWorker(error)) throw error;
    return asToolError(error);
  }
}

function stopped(error: ToolError, { tool }: Step, i: number, of: number, done: readonly Done[]): ToolError {
  const before = i === 0 ? 'No step was done.' : `Done before: ${done.map((one, n) => `${n + 1}. ${one.text ?? one.tool}`).join(' ')}`;
  const after = i + 1 < of ? ` ${of - i - 1 === 1 ? 'One step was' : `${of - i - 1} steps were`} not run.` : '';
  return new ToolError(error.code, `Step ${i + 1} of ${of} (${tool}) failed: ${error.message} ${before}${after}`, error.next, { ...error.data, step: i, steps: done });
}

function short({ tool }: Step, { text: said, value, snapshot, notes, dialog }: Result): Done {
  const done: Done = { tool, ok: true };
  if (said !== undefined) done.text = said;
  if (value !== undefined) {
    const whole = JSON.stringify(value);
    done.value = whole.length <= MAX_CHARS ? value : bounded(whole, MAX_CHARS);
  }
  if (snapshot !== undefined && snapshot.yaml !== '') {
    const { yaml } = snapshot;
    done.yaml = yaml.length <= MAX_CHARS ? yaml : `${yaml.slice(0, yaml.lastIndexOf('\n', MAX_CHARS))}\n# … ${yaml.length} characters in all`;
  }
  const all = [...(notes ?? []), ...(dialog === undefined ? [] : [`A dialog is open: ${dialog.type} ${JSON.stringify(dialog.message)}.`])];
  if (all.length > 0) done.notes = all;
  return done;
}

/** What all steps together changed, as after any action. */
async function lastLook(call: CallContext, tabId: number): Promise<Result> {
  const { services, clientId } = call;
  // The last step closed it, as its answer says.
  if (!services.tabs.exists(tabId)) return {};
  const tab = await services.debuggers.ensure(tabId);
  if (tab.dialog !== undefined) return { page: await header(tabId), dialog: tab.dialog };
  return runOnTab(call, tab, { need: 'any', kind: 'action', evenOnFile: true }, (run) => {
    run.said = 'The steps are done.'; // The answer says how; what they changed cannot be told of a file.
    return look(run, () => services.pages.changes(tabId, clientId));
  });
}

function stepOf(given: unknown): Step {
  const { tool, args } = record(given);
  const name = text(tool);
  if (name === undefined) throw wrong('steps', 'a list of { tool, args }, each with the name of a tool');
  return { tool: name, args: record(args) };
}
