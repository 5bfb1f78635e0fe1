// browser_evaluate: runs the caller's function or expression in the page's main world, through the debugger, so that the page's
// content security policy does not matter and no remote code enters the extension. With a ref the function gets the element.

import { ignore } from '../async.ts';
import { CdpError, CdpTimeout, type Cdp } from '../debugger/cdp.ts';
import type { World } from '../debugger/contexts.ts';
import { ToolError } from '../errors.ts';
import { record, text, type JsonRecord } from '../json.ts';
import { finish, header, pageTool, type Run } from './page-tool.ts';
import { optionalText, requiredText } from './params.ts';
import type { Result, Tool } from './tool.ts';

/** A page that has not answered after this is held up by a script. */
const STUCK_MS = 250;

export const evaluate: Tool = pageTool({ need: 'content', kind: 'action' }, async (run) => {
  const { params } = run.call;
  const source = requiredText(params, 'function').trim();
  const ref = optionalText(params, 'ref');
  const { tab } = run;
  const since = tab.tick;
  const ms = Math.max(1, run.call.deadline - Date.now()) + 500;
  run.call.waitingFor('the script in the page');
  run.said = 'The script ran.';
  const value = await (ref === undefined ? inPage(run, tab.root, source, ms) : onElement(run, source, ref, ms)).catch(notJson);
  const result: Result = tab.frame.pendingSince(since)
    ? await finish(run, since, 'The script ran; the page went to another.')
    : { page: await header(run.tabId) };
  return { ...result, value };
});

/** Runs what may never end: when the call ends first, so does a loop that would hold up the whole tab. */
async function bounded<T>({ call: { signal } }: Run, session: Cdp, running: Promise<T>): Promise<T> {
  const stop = (): void => ignore(unstick(session));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await running;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function unstick(session: Cdp): Promise<void> {
  try {
    await session.send('Runtime.evaluate', { expression: '0' }, STUCK_MS);
  } catch (error) {
    // Only then: where nothing runs, it would be the page's next script that is ended.
    if (error instanceof CdpTimeout) await session.send('Runtime.terminateExecution');
  }
}

function inPage(run: Run, session: Cdp, source: string, ms: number): Promise<unknown> {
  return bounded(run, session, evaluated(session, source, ms));
}

async function evaluated(session: Cdp, source: string, ms: number): Promise<unknown> {
  const options = { awaitPromise: true, returnByValue: true, userGesture: true };
  // The newline ends a comment that the source may end with.
  const expression = `(async () => { const __it = (${source}\n); return typeof __it === 'function' ? await __it() : await __it; })()`;
  const answer = await session.send('Runtime.evaluate', { ...options, expression }, ms);
  if (!isSyntaxError(answer)) return valueOf(answer);
  // Not an expression, so nothing ran: statements, then, as in a console.
  const statements = await session.send('Runtime.evaluate', { ...options, expression: source, replMode: true }, ms);
  if (!isSyntaxError(statements) || !/\breturn\b/.test(source)) return valueOf(statements);
  return valueOf(await session.send('Runtime.evaluate', { ...options, expression: `(async () => { ${source}\n })()` }, ms));
}

/** From the element in the extension's world to the same element in the page's, and there into the function. */
async function onElement(run: Run, source: string, ref: string, ms: number): Promise<unknown> {
  const { tab, tabId, call } = run;
  const { expression, frameToken } = await call.services.pages.elementExpression(tabId, ref);
  const world = await worldWith(run, frameToken);
  const session = tab.session(world.sessionId);
  const mainWorld = tab.contexts.mainWorldOf(world);
  const objectGroup = 'tabhub';
  const seen = await session.send('Runtime.evaluate', { expression, contextId: world.contextId, objectGroup });
  const objectId = text(record(seen.result).objectId);
  if (objectId === undefined || mainWorld === undefined) throw elementGone(ref);
  const node = record((await session.send('DOM.describeNode', { objectId })).node);
  const resolved = await session.send('DOM.resolveNode', {
    backendNodeId: node.backendNodeId,
    executionContextId: mainWorld.contextId,
    objectGroup,
  });
  const elementId = text(record(resolved.object).objectId);
  if (elementId === undefined) throw elementGone(ref);
  try {
    const called = session.send(
      'Runtime.callFunctionOn',
      {
        objectId: elementId,
        functionDeclaration: `async function (element) { const __it = (${source}\n); return typeof __it === 'function' ? await __it.call(element, element) : await __it; }`,
        arguments: [{ objectId: elementId }],
        awaitPromise: true,
        returnByValue: true,
        userGesture: true,
      },
      ms,
    );
    return valueOf(await bounded(run, session, called));
  } finally {
    ignore(session.send('Runtime.releaseObjectGroup', { objectGroup }));
  }
}

async function worldWith({ tab }: Run, frameToken: string): Promise<World> {
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

/** What the value of a script may be, when Chrome cannot put it into JSON. */
function notJson(error: unknown): never {
  if (error instanceof CdpError && /reference chain|could not be serialized|not serializable|circular/i.test(error.detail)) {
    throw new ToolError('tool_failed', 'The script ran, but its result cannot be written as JSON (it is an object such as window, or goes in circles).', 'Return plain values: strings, numbers, lists, objects of those.');
  }
  throw error;
}

function isSyntaxError(answer: JsonRecord): boolean {
  const exception = record(record(answer.exceptionDetails).exception);
  // Thrown while compiling, not by the code: then there is no stack of the page's in it.
  return exception.className === 'SyntaxError' && record(answer.exceptionDetails).stackTrace === undefined;
}

function valueOf(answer: JsonRecord): unknown {
  if (answer.exceptionDetails !== undefined) throw thrown(record(answer.exceptionDetails));
  const result = record(answer.result);
  if (result.value !== undefined) return result.value;
  const unserializable = text(result.unserializableValue); // NaN, Infinity, -0, 10n: JSON has no word for them.
  return unserializable ?? null;
}

function thrown(details: JsonRecord): ToolError {
  const exception = record(details.exception);
  const described = text(exception.description) ?? (exception.value === undefined ? text(details.text) : JSON.stringify(exception.value));
  return new ToolError('tool_failed', `The script failed in the page: ${described ?? 'unknown error'}`, 'Correct the script and call again.');
}
