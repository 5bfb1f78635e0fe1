// One call from its frame to its answer: the journal's rules, the deadline, cancellation, progress, and the tool. It exists so
// that every call gets exactly one answer, whatever the tool does.

import { abortable, ignore } from './async.ts';
import { asToolError, messageOf, ToolError } from './errors.ts';
import type { AnswerPayload, CallFrame, CancelFrame, ExtensionFrame } from './hub/frames.ts';
import { digestOf, type Journal } from './journal/journal.ts';
import { pausedError, type Pause } from './pause.ts';
import { TOOLS } from './tools/index.ts';
import type { CallContext, Result, Services, Tool } from './tools/tool.ts';

/** The extension stops this long before the call expires, so that its own answer arrives in time. */
const MARGIN_MS = 250;
const PROGRESS_AFTER_MS = 1_000;
const PROGRESS_EVERY_MS = 1_000;

export interface CallsDeps {
  journal: Journal;
  pause: Pause;
  services: Services;
  epoch(): Promise<string>;
  send(frame: ExtensionFrame): void;
}

interface Running {
  answer: Promise<AnswerPayload>;
  stop: AbortController;
  tabId: number | undefined;
}

export class Calls {
  readonly #deps: CallsDeps;
  readonly #running = new Map<string, Running>();
  /** Read-only calls may come twice at once: each has its own entry, found here for cancel. */
  readonly #readers = new Map<string, Set<AbortController>>();

  constructor(deps: CallsDeps) {
    this.#deps = deps;
  }

  onCall(call: CallFrame): void {
    ignore(
      this.#answer(call)
        .catch((error: unknown): AnswerPayload => ({ ok: false, error: asToolError(error).toWire() }))
        .then((payload) => this.#deps.send({ type: 'answer', id: call.id, clientId: call.clientId, payload })),
    );
  }

  onCancel({ id, clientId }: CancelFrame): void {
    const key = keyOf(clientId, id);
    const why = new ToolError('cancelled', 'The call was cancelled on request.', 'Nothing: look at the page if you go on.');
    this.#running.get(key)?.stop.abort(why);
    for (const stop of this.#readers.get(key) ?? []) stop.abort(why);
  }

  /** The person's stop: everything that runs ends now. */
  stopAll(why: ToolError): void {
    for (const { stop } of this.#running.values()) stop.abort(why);
    for (const stops of this.#readers.values()) for (const stop of stops) stop.abort(why);
  }

  isBusy(tabId: number): boolean {
    return [...this.#running.values()].some((running) => running.tabId === tabId);
  }

  async #answer(call: CallFrame): Promise<AnswerPayload> {
    if (Date.now() >= call.expiresAt) return failure(expired());
    await this.#deps.pause.ready();
    return call.readOnly ? this.#read(call) : this.#write(call);
  }

  async #read(call: CallFrame): Promise<AnswerPayload> {
    if (this.#deps.pause.on) return failure(pausedError());
    const key = keyOf(call.clientId, call.id);
    const stop = new AbortController();
    const stops = this.#readers.get(key) ?? new Set();
    this.#readers.set(key, stops.add(stop));
    try {
      return await this.#run(call, stop, () => undefined);
    } finally {
      stops.delete(stop);
      if (stops.size === 0) this.#readers.delete(key);
    }
  }

  async #write(call: CallFrame): Promise<AnswerPayload> {
    const { journal, pause, epoch } = this.#deps;
    const key = keyOf(call.clientId, call.id);
    const [digest, ownEpoch] = await Promise.all([digestOf(call.tool, call.params), epoch(), journal.ready()]);
    // From here to `set` below nothing is awaited: two frames of one call cannot both find it absent.
    const decision = journal.decide(call, digest, this.#running.has(key), ownEpoch);
    switch (decision.kind) {
      case 'other_call':
        return failure(otherCall());
      case 'unknown':
        return failure(outcomeUnknown(decision.why));
      case 'replay':
        return journal.answerOf(call) ?? failure(outcomeUnknown('answer_dropped'));
      case 'join':
        return this.#running.get(key)?.answer ?? failure(outcomeUnknown('worker_died'));
      case 'run':
        break;
    }
    if (pause.on) return failure(pausedError());
    const stop = new AbortController();
    const running: Running = { stop, tabId: undefined, answer: this.#journaled(call, digest, stop, key) };
    this.#running.set(key, running);
    try {
      return await running.answer;
    } finally {
      this.#running.delete(key);
    }
  }

  async #journaled(call: CallFrame, digest: string, stop: AbortController, key: string): Promise<AnswerPayload> {
    const { journal } = this.#deps;
    await journal.start(call, digest);
    const answer = await this.#run(call, stop, (tabId) => {
      const running = this.#running.get(key);
      if (running !== undefined) running.tabId = tabId;
    });
    // Not awaited: a worker that dies before this is written leaves `started`, which a repeat finds and does not run.
    journal.finish(call, digest, answer).catch((error: unknown) => {
      console.warn('tabhub: the journal could not keep an answer:', messageOf(error));
    });
    return answer;
  }

  /** Runs the tool; every way that it can end is an answer. */
  async #run(call: CallFrame, stop: AbortController, usesTab: (tabId: number) => void): Promise<AnswerPayload> {
    const tool = TOOLS.get(call.tool);
    if (tool === undefined) return failure(noSuchTool(call.tool));
    const deadline = call.expiresAt - MARGIN_MS;
    let waitingFor = 'the tab';
    const timer = setTimeout(() => stop.abort(outOfTime(waitingFor, call.readOnly)), Math.max(0, deadline - Date.now()));
    const stopProgress = this.#reportProgress(call, () => waitingFor);
    const context: CallContext = {
      services: this.#deps.services,
      clientId: call.clientId,
      clientName: call.clientName,
      params: call.params,
      signal: stop.signal,
      deadline,
      waitingFor: (what) => {
        waitingFor = what;
      },
      usesTab,
    };
    try {
      return { ok: true, result: await abortable(start(tool, context), stop.signal) };
    } catch (error) {
      const known = asToolError(error);
      if (known.code === 'internal') console.warn(`tabhub: ${call.tool} failed:`, error);
      return failure(known);
    } finally {
      clearTimeout(timer);
      stopProgress();
    }
  }

  #reportProgress(call: CallFrame, waitingFor: () => string): () => void {
    let progress = 0;
    let timer = setTimeout(report.bind(this), PROGRESS_AFTER_MS);
    function report(this: Calls): void {
      progress += 1;
      const { id: callId, clientId } = call;
      const message = `waiting for ${waitingFor()}`;
      this.#deps.send({ type: 'event', payload: { name: 'progress', callId, clientId, progress, message } });
      timer = setTimeout(report.bind(this), PROGRESS_EVERY_MS);
    }
    return () => clearTimeout(timer);
  }
}

/** A tool that throws before its first await fails like one that throws later. */
async function start(tool: Tool, context: CallContext): Promise<Result> {
  return tool(context);
}

function keyOf(clientId: string, id: string): string {
  return `${clientId}:${id}`;
}

function failure(error: ToolError): AnswerPayload {
  return { ok: false, error: error.toWire() };
}

function expired(): ToolError {
  return new ToolError(
    'deadline_exceeded',
    'The call reached the browser’s extension after its deadline; it did not run.',
    'Call again; browser_status shows what holds calls up.',
  );
}

function outOfTime(waitingFor: string, readOnly: boolean): ToolError {
  const happened = readOnly ? '' : ' The action may have happened.';
  return new ToolError(
    'deadline_exceeded',
    `Time ran out in the browser while waiting for ${waitingFor}.${happened}`,
    'Look at the page with browser_snapshot before you go on.',
  );
}

function otherCall(): ToolError {
  return new ToolError(
    'invalid_params',
    'Another call with other parameters has been made under this id; this one did not run.',
    'Give each call an id of its own.',
  );
}

function noSuchTool(tool: string): ToolError {
  return new ToolError('unsupported', `This extension has no tool ${tool}.`, 'Update the extension (`tabhub extension`), or use another tool.');
}

function outcomeUnknown(why: 'worker_died' | 'answer_dropped' | 'browser_restarted'): ToolError {
  const what = {
    worker_died: 'The call had begun when the extension was restarted by Chrome; whether it finished is not known.',
    answer_dropped: 'The call ran once; its answer is not kept any more.',
    browser_restarted: 'The browser was restarted after the call was first sent; whether it ran is not known.',
  }[why];
  return new ToolError('outcome_unknown', what, 'Look at the page with browser_snapshot to see whether it happened; do not repeat it blindly.');
}
