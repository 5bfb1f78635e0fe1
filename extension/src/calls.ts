// One call from its frame to its answer: the journal's rules, the deadline, cancellation, progress, and the tool. It exists so
// that every call gets exactly one answer, whatever the tool does.

import { abortable, ignore } from './async.ts';
import { asToolError, isEndOfWorker, messageOf, ToolError } from './errors.ts';
import { bytesOf, FRAME_BYTES, isOver } from './hub/frame-size.ts';
import type { AnswerPayload, CallAtWork, CallFrame, CancelFrame, ExtensionEvent } from './hub/frames.ts';
import { finite } from './json.ts';
import { digestOf, type Journal } from './journal/journal.ts';
import { pausedError, type Pause } from './pause.ts';
import type { CallContext, Services, Tool } from './tools/tool.ts';

/** The extension stops this long before the call expires, so that its own answer arrives in time. */
const MARGIN_MS = 250;
/** The hub lets no call take longer; if one seems to have more time left, the machine's clock was put back meanwhile. */
const LONGEST_MS = 15 * 60_000;
const PROGRESS_AFTER_MS = 1_000;
const PROGRESS_EVERY_MS = 1_000;
/** What an answer's frame holds beside the payload. */
const ENVELOPE_BYTES = 1_000;

export interface CallsDeps {
  tools: ReadonlyMap<string, Tool>;
  journal: Journal;
  pause: Pause;
  services: Services;
  epoch(): Promise<string>;
  /** `payload` is an AnswerPayload as JSON, as it was kept or is to be kept. */
  answer(id: string, clientId: string, payload: string): void;
  event(event: ExtensionEvent): void;
}

/** One frame of a call, from its arrival to its answer. */
interface Arrival {
  readonly call: CallFrame;
  readonly key: string;
  /** Ends this frame's wait and, if it is the one that runs the call, the call. */
  readonly stop: AbortController;
  /**
   * When the tool must be done, on the clock of `performance.now()`. The time that the call has left is read from the wall clock
   * once, at its arrival: a clock that is put forward or back later neither ends it nor keeps it.
   */
  readonly deadline: number;
  /** The tab that it works in, once that is known. */
  tabId: number | undefined;
}

export class Calls {
  readonly #deps: CallsDeps;
  /** Every frame under way, also while the journal is still asked what to do with it: a cancel may come that early. */
  readonly #arrivals = new Set<Arrival>();
  readonly #running = new Map<string, Promise<string>>();

  constructor(deps: CallsDeps) {
    this.#deps = deps;
  }

  onCall(call: CallFrame): void {
    const left = Math.min(call.expiresAt - Date.now(), LONGEST_MS);
    const deadline = performance.now() + left - MARGIN_MS;
    const key = keyOf(call.clientId, call.id);
    const arrival: Arrival = { call, key, stop: new AbortController(), deadline, tabId: finite(call.params.tabId) };
    this.#arrivals.add(arrival);
    ignore(
      this.#answer(arrival)
        .catch((error: unknown) => failure(asToolError(error)))
        .then((payload) => {
          this.#arrivals.delete(arrival);
          this.#deps.answer(call.id, call.clientId, payload);
        }),
    );
  }

  onCancel({ id, clientId }: CancelFrame): void {
    const key = keyOf(clientId, id);
    const why = new ToolError('cancelled', 'The call was cancelled on request.', 'Nothing: look at the page if you go on.');
    for (const arrival of this.#arrivals) if (arrival.key === key) arrival.stop.abort(why);
  }

  /** The person's stop: everything that runs ends now. */
  stopAll(why: ToolError): void {
    for (const { stop } of this.#arrivals) stop.abort(why);
  }

  isBusy(tabId: number): boolean {
    return [...this.#arrivals].some((arrival) => arrival.tabId === tabId);
  }

  /** What has come and is not answered, each call once however often it came. */
  atWork(): CallAtWork[] {
    const calls = new Map<string, CallAtWork>();
    for (const { call, key, tabId } of this.#arrivals) {
      const where = tabId ?? calls.get(key)?.tabId;
      calls.set(key, {
        id: call.id,
        clientId: call.clientId,
        tool: call.tool,
        expiresAt: call.expiresAt,
        ...(where === undefined ? {} : { tabId: where }),
        ...(finite(call.params.tabId) === undefined ? {} : { namesTab: true }),
      });
    }
    return [...calls.values()];
  }

  async #answer(arrival: Arrival): Promise<string> {
    await this.#deps.pause.ready();
    if (!arrival.call.readOnly) return this.#write(arrival);
    return this.#deps.pause.on ? failure(pausedError()) : this.#run(arrival);
  }

  async #write(arrival: Arrival): Promise<string> {
    const { journal, pause, epoch } = this.#deps;
    const { call, key } = arrival;
    const [digest, ownEpoch] = await Promise.all([digestOf(call.tool, call.params), epoch(), journal.ready()]);
    // From here to `set` below nothing is awaited: two frames of one call cannot both find it absent.
    const under = this.#running.get(key);
    const decision = journal.decide(call, digest, under !== undefined, ownEpoch);
    switch (decision.kind) {
      case 'other_call':
        return failure(otherCall());
      case 'unknown':
        return failure(outcomeUnknown(decision.why));
      case 'replay':
        return journal.answerOf(call) ?? failure(outcomeUnknown('answer_dropped'));
      case 'join':
        return under ?? failure(outcomeUnknown('worker_died'));
      case 'run':
        break;
    }
    // Only here, where it is certain that no earlier frame of the call ran it: it may truly be said that it did not run.
    const refusal = pause.on ? pausedError() : refusalOf(arrival);
    if (refusal !== undefined) return failure(refusal);
    const running = this.#journaled(arrival, digest);
    this.#running.set(key, running);
    try {
      return await running;
    } finally {
      if (this.#running.get(key) === running) this.#running.delete(key);
    }
  }

  async #journaled(arrival: Arrival, digest: string): Promise<string> {
    const { journal } = this.#deps;
    const { call } = arrival;
    await alive(() => journal.start(call, digest));
    const answer = await this.#run(arrival);
    // Not awaited: a worker that dies before this is written leaves `started`, which a repeat finds and does not run.
    journal.finish(call, digest, answer).catch((error: unknown) => {
      console.warn('tabhub: the journal could not keep an answer:', messageOf(error));
    });
    return answer;
  }

  /** Runs the tool; every way that it can end is an answer. */
  async #run(arrival: Arrival): Promise<string> {
    const { call, stop, deadline } = arrival;
    const tool = this.#deps.tools.get(call.tool);
    if (tool === undefined) return failure(noSuchTool(call.tool));
    const refusal = refusalOf(arrival);
    if (refusal !== undefined) return failure(refusal);
    let waitingFor = 'the tab';
    const timer = setTimeout(() => stop.abort(outOfTime(waitingFor, call.readOnly)), deadline - performance.now());
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
      usesTab: (tabId) => {
        arrival.tabId = tabId;
      },
    };
    try {
      return fitting({ ok: true, result: await abortable(alive(() => tool(context)), stop.signal) }, call);
    } catch (error) {
      const known = asToolError(error);
      if (known.code === 'internal') console.warn(`tabhub: ${call.tool} failed:`, error);
      return fitting({ ok: false, error: known.toWire() }, call);
    } finally {
      clearTimeout(timer);
      stopProgress();
    }
  }

  #reportProgress({ id: callId, clientId }: CallFrame, waitingFor: () => string): () => void {
    let progress = 0;
    const report = (): void => {
      progress += 1;
      this.#deps.event({ name: 'progress', callId, clientId, progress, message: `waiting for ${waitingFor()}` });
      timer = setTimeout(report, PROGRESS_EVERY_MS);
    };
    let timer = setTimeout(report, PROGRESS_AFTER_MS);
    return () => clearTimeout(timer);
  }
}

/**
 * Does a step of a call. Where it fails because Chrome is ending this worker in the middle of it, that is nobody's answer: the
 * next worker is asked again, and knows what had begun.
 */
async function alive<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    return isEndOfWorker(error) ? new Promise(() => undefined) : Promise.reject(error);
  }
}

function keyOf(clientId: string, id: string): string {
  return `${clientId}:${id}`;
}

/** Why a call that has not begun must not begin. */
function refusalOf({ stop, deadline }: Arrival): ToolError | undefined {
  if (stop.signal.aborted) {
    const why = asToolError(stop.signal.reason);
    return new ToolError(why.code, `${why.message} It had not begun and did not run.`, why.next);
  }
  return performance.now() >= deadline ? expired() : undefined;
}

/** The answer, or in its place the error that it is too large for one frame. */
function fitting(answer: AnswerPayload, call: CallFrame): string {
  const payload = JSON.stringify(answer);
  return isOver(payload, FRAME_BYTES - ENVELOPE_BYTES) ? failure(tooLarge(bytesOf(payload), call.readOnly)) : payload;
}

function failure(error: ToolError): string {
  const answer: AnswerPayload = { ok: false, error: error.toWire() };
  return JSON.stringify(answer);
}

function expired(): ToolError {
  return new ToolError(
    'deadline_exceeded',
    'The call reached the browser’s extension too late for its deadline; it did not run.',
    'Call again; browser_status shows what holds calls up.',
  );
}

function outOfTime(waitingFor: string, readOnly: boolean): ToolError {
  const message = `Time ran out in the browser while waiting for ${waitingFor}.`;
  if (readOnly) return new ToolError('deadline_exceeded', message, 'Try again in a moment; if the page never answers, close its tab with browser_tabs and open a new one.');
  return new ToolError('deadline_exceeded', `${message} The action may have happened.`, 'Look at the page with browser_snapshot before you go on.');
}

function tooLarge(bytes: number, readOnly: boolean): ToolError {
  const size = `${Math.ceil(bytes / 1_048_576)} MiB`;
  const ran = readOnly ? '' : ' The call itself ran, once.';
  return new ToolError(
    'tool_failed',
    `The answer would be ${size} long, more than the ${FRAME_BYTES / 1_048_576} MiB that fit on the way to the hub.${ran}`,
    'Ask for less at a time: a part of the page (ref, maxChars), a picture of the visible part only or on a smaller scale, or a script that returns less.',
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

function outcomeUnknown(why: 'worker_died' | 'answer_dropped' | 'browser_restarted' | 'forgotten'): ToolError {
  const what = {
    worker_died: 'The call had begun when the extension was restarted by Chrome; whether it finished is not known.',
    answer_dropped: 'The call ran once; its answer is not kept any more.',
    browser_restarted: 'The browser was restarted after the call was first sent; whether it ran is not known.',
    forgotten: 'So many calls ran meanwhile that this browser does not remember any more whether this one did.',
  }[why];
  return new ToolError('outcome_unknown', what, 'Look at the page with browser_snapshot to see whether it happened; do not repeat it blindly.');
}
