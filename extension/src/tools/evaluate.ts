// browser_evaluate: runs the caller's function or expression in the page's main world, through the debugger, so that the page's
// content security policy does not matter and no remote code enters the extension. With a ref the function gets the element.

import { ignore } from '../async.ts';
import type { Cdp } from '../debugger/cdp.ts';
import type { World } from '../debugger/contexts.ts';
import { ToolError } from '../errors.ts';
import { record, text, type JsonRecord } from '../json.ts';
import { finish, header, pageTool, type Run } from './page-tool.ts';
import { optionalText, requiredText } from './params.ts';
import { scriptValue, type ScriptValue } from './script-value.ts';
import type { Result, Tool } from './tool.ts';

/** Chrome asks the person, and tells no debugger that it does: the script then waits for them. */
const ASKS_PERSON = /getCurrentPosition|watchPosition|requestPermission|getUserMedia|getDisplayMedia|clipboard\s*\.\s*read/;

export const evaluate: Tool = pageTool({ need: 'content', kind: 'action' }, async (run) => {
  const { params } = run.call;
  const source = requiredText(params, 'function').trim();
  const ref = optionalText(params, 'ref');
  const { tab } = run;
  const since = tab.tick;
  const ms = Math.max(1, run.call.deadline - performance.now()) + 100;
  const asks = ASKS_PERSON.test(source) ? ', which may ask for a permission that only the person can give, in the browser' : '';
  run.call.waitingFor(`the script in the page${asks}`);
  run.said = 'The script ran.';
  run.saidAtDialog = 'The script still runs: it waits for an answer to the dialog, and browser_handle_dialog tells its value.';
  const outcome = ref === undefined ? inPage(tab.root, source, ms) : onElement(run, source, ref, ms);
  const script = { clientId: run.call.clientId, outcome };
  tab.script = script;
  const { value, notes } = await outcome.finally(() => {
    run.saidAtDialog = undefined;
    if (tab.script === script) tab.script = undefined;
  });
  run.notes.push(...notes);
  const result: Result = tab.frame.pendingSince(since)
    ? await finish(run, since, 'The script ran; the page went to another.')
    : { page: await header(run.tabId) };
  return { ...result, value };
});

/** With `timeout` Chrome ends a loop that never does, which would hold up the whole tab; what goes on after an `await` it does not. */
function optionsFor(ms: number): JsonRecord {
  return { awaitPromise: true, userGesture: true, timeout: ms };
}

async function inPage(session: Cdp, source: string, ms: number): Promise<ScriptValue> {
  const objectGroup = `tabhub-${crypto.randomUUID()}`;
  try {
    return await valueOf(session, await answerInPage(session, source, { ...optionsFor(ms), objectGroup }, ms), ms);
  } finally {
    ignore(session.send('Runtime.releaseObjectGroup', { objectGroup }));
  }
}

async function answerInPage(session: Cdp, source: string, options: JsonRecord, ms: number): Promise<JsonRecord> {
  // The newline ends a comment that the source may end with.
  const expression = `(async () => { const __it = (${source}\n); return typeof __it === 'function' ? await __it() : await __it; })()`;
  const answer = await session.send('Runtime.evaluate', { ...options, expression }, ms);
  if (!isSyntaxError(answer)) return answer;
  // Not an expression, so nothing ran: statements, then, as in a console.
  const statements = await session.send('Runtime.evaluate', { ...options, expression: source, replMode: true }, ms);
  if (!isSyntaxError(statements) || !/\breturn\b/.test(source)) return statements;
  return session.send('Runtime.evaluate', { ...options, expression: `(async () => { ${source}\n })()` }, ms);
}

/** From the element in the extension's world to the same element in the page's, and there into the function. */
async function onElement(run: Run, source: string, ref: string, ms: number): Promise<ScriptValue> {
  const { tab, tabId, call } = run;
  const { expression, frameToken } = await call.services.pages.elementExpression(tabId, ref);
  const world = await worldWith(run, frameToken);
  const session = tab.session(world.sessionId);
  const mainWorld = tab.contexts.mainWorldOf(world);
  const objectGroup = `tabhub-${crypto.randomUUID()}`;
  const seen = await session.send('Runtime.evaluate', { expression, contextId: world.contextId, objectGroup });
  const objectId = text(record(seen.result).objectId);
  if (objectId === undefined || mainWorld === undefined) throw elementGone(ref);
  const node = record((await session.send('DOM.describeNode', { objectId })).node);
  const { contextId } = mainWorld;
  const resolved = await session.send('DOM.resolveNode', { backendNodeId: node.backendNodeId, executionContextId: contextId, objectGroup });
  const elementId = text(record(resolved.object).objectId);
  if (elementId === undefined) throw elementGone(ref);
  // Only an expression can be given a timeout, and an expression can name the element only by a name that the page has: one of
  // no meaning, gone again before the caller's function runs.
  const name = JSON.stringify(objectGroup);
  const lent = `function () { Object.defineProperty(globalThis, ${name}, { value: this, configurable: true }); }`;
  try {
    await session.send('Runtime.callFunctionOn', { objectId: elementId, functionDeclaration: lent });
    const taken = `const element = globalThis[${name}]; delete globalThis[${name}];`;
    const body = `const __it = (${source}\n); return typeof __it === 'function' ? await __it.call(element, element) : await __it;`;
    const asked = `(() => { ${taken} return (async () => { ${body} })(); })()`;
    return await valueOf(session, await session.send('Runtime.evaluate', { ...optionsFor(ms), objectGroup, expression: asked, contextId }, ms), ms);
  } finally {
    // Where the caller's words are no JavaScript nothing ran.
    ignore(session.send('Runtime.evaluate', { expression: `delete globalThis[${name}]`, contextId }));
    ignore(session.send('Runtime.releaseObjectGroup', { objectGroup }));
  }
}

export async function worldWith({ tab }: Run, frameToken: string): Promise<World> {
  const origin = chrome.runtime.getURL('').replace(/\/$/, '');
  const worlds = tab.contexts.ofExtension(origin);
  const tokens = await Promise.all(
    worlds.map(async (world) => {
      const expression = 'globalThis.__tabhub?.token';
      const session = tab.session(world.sessionId);
      const answer = await session.send('Runtime.evaluate', { expression, contextId: world.contextId }).catch(() => ({}));
      return text(record(record(answer).result).value);
    }),
  );
  const found = worlds[tokens.indexOf(frameToken)];
  if (found !== undefined) return found;
  throw new ToolError('stale_ref', 'The frame of that element is gone from the page.', 'Take a new browser_snapshot and use a ref from it.');
}

function elementGone(ref: string): ToolError {
  return new ToolError('stale_ref', `The element ${ref} is gone from the page.`, 'Take a new browser_snapshot and use a ref from it.');
}

function isSyntaxError(answer: JsonRecord): boolean {
  const exception = record(record(answer.exceptionDetails).exception);
  // Thrown while compiling, not by the code: then there is no stack of the page's in it.
  return exception.className === 'SyntaxError' && record(answer.exceptionDetails).stackTrace === undefined;
}

async function valueOf(session: Cdp, answer: JsonRecord, ms: number): Promise<ScriptValue> {
  if (answer.exceptionDetails !== undefined) throw thrown(record(answer.exceptionDetails));
  return scriptValue(session, record(answer.result), ms);
}

function thrown(details: JsonRecord): ToolError {
  const exception = record(details.exception);
  const described = text(exception.description) ?? (exception.value === undefined ? text(details.text) : JSON.stringify(exception.value));
  return new ToolError('tool_failed', `The script failed in the page: ${described ?? 'unknown error'}`, 'Correct the script and call again.');
}
