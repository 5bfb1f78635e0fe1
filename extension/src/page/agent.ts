// The agent in a frame: one method per operation of the worker. It exists as one object in the extension's isolated world,
// which the page can neither see nor change.

import { Activity } from './activity.ts';
import { Arrival } from './arrival.ts';
import { boxes } from './boxes.ts';
import { activeElement, body, documentElement } from './dom.ts';
import { diff } from './diff.ts';
import { describe, inWords } from './describe.ts';
import { flatten, type Entry } from './entries.ts';
import { AgentError } from './failure.ts';
import { fieldFacts, submitButton } from './fields.ts';
import { find } from './find.ts';
import { framePlaceOf, objectPlaces, pathOfThisFrame } from './frames.ts';
import { isPointedAt, Landing } from './landing.ts';
import { Locator } from './locate.ts';
import { openOptions, scrollOptions } from './lists.ts';
import { Looks } from './looks.ts';
import { Notifier } from './notify.ts';
import { chooseOptions } from './options.ts';
import { describeAt, drops } from './point.ts';
import {
  AGENT_VERSION, type Agent, type ChangesRequest, type ChildFrame, type Failure, type FrameFacts, type FrameText, type Handlers, type Looker, type Numbering,
  type Operations, type Prepared, type ReadRequest, type Reply, type SettledRequest, type SnapshotRequest,
} from './protocol.ts';
import { READER_VERSION, type Reader, type ReaderHelp } from '../reader/protocol.ts';
import { Refs } from './refs.ts';
import { FRAME_PREFIX, nodeLines, render } from './render.ts';
import type { Gone } from './returned.ts';
import { scroll } from './scroll.ts';
import { watchSecrets } from './secrets.ts';
import { countMatches } from './select.ts';
import { isDrawnByPage, textOf } from './states.ts';
import { containsText } from './text.ts';
import { focusOn, leave, prepareTyping, type Readied } from './typing.ts';
import { visibleBounds, Viewport, WHOLE_PAGE } from './viewport.ts';
import { Walk, type WalkResult } from './walk.ts';

interface Seen {
  readonly entries: Entry[];
  readonly hiddenChars: number;
  readonly hiddenPieces: number;
  readonly tooDeep: boolean;
}

export function createAgent(): Agent {
  const token = newToken();
  const refs = new Refs();
  const looks = new Looks();
  const activity = new Activity();
  const notifier = new Notifier(activity);
  watchSecrets(document);
  const prefix = window.top === window ? '' : FRAME_PREFIX;

  const facts = (): FrameFacts => ({ token, path: pathOfThisFrame(), url: location.href, nextRef: refs.next });

  const startNumbers = ({ floor }: Numbering): void => refs.startAt(floor);

  const walk = (root: Element): WalkResult => {
    const hooks = { onShadowRoot: (shadow: ShadowRoot) => activity.watch(shadow) && watchSecrets(shadow), framePlace: framePlaceOf };
    return new Walk(hooks, focused()).run(root);
  };

  const look = (root: Element | null, viewport?: Viewport): Seen => {
    if (root === null) return { entries: [], hiddenChars: 0, hiddenPieces: 0, tooDeep: false };
    const result = walk(root);
    const entries = flatten(result.children, (el, role, name) => prefix + refs.of(el, role, name), viewport && ((el) => viewport.shows(el)));
    return { entries, hiddenChars: result.hiddenChars, hiddenPieces: result.hiddenPieces, tooDeep: result.tooDeep };
  };

  /** Refs of what has this role and name now. */
  const similar = (label: string): string[] => {
    const entries = look(body() ?? documentElement()).entries;
    return entries.filter((entry) => entry.label === label || entry.label.startsWith(`${label} [`)).map((entry) => entry.ref);
  };
  const landing = new Landing(() => activity.inputCame());
  const locator = new Locator(refs, activity, landing, prefix, similar);

  const reader = (): Reader | undefined => (globalThis.__tabhubReader?.version === READER_VERSION ? globalThis.__tabhubReader : undefined);
  const readerHelp = (root: ReadRequest['root']): ReaderHelp => ({
    root: root?.token === token ? locator.rootOf(root.ref) : (body() ?? documentElement()),
    value: textOf,
  });

  /** For an element that an operation found by itself. */
  const refOf = (el: Element): string => {
    const { role, name } = describe(el);
    return prefix + refs.of(el, role, name);
  };

  const arrival = new Arrival((el) => `${inWords(describe(el))} [ref=${refOf(el)}]`);
  const ready = (readied: Readied, count: number, replace = false): Prepared => {
    if (readied === 'set') return { how: 'set', what: '', instead: '' };
    if ('blocked' in readied) return { how: readied.blocked, what: readied.what, instead: arrival.inWords(readied.instead) };
    activity.expectText();
    const selectsByKey = replace && isDrawnByPage(readied.el);
    arrival.expect(readied, count + Number(selectsByKey));
    return { how: 'typing', what: '', instead: '', selectsByKey };
  };

  const slots = (): { frames: ChildFrame[]; slotOf: (entry: Entry) => number } => {
    const frames: ChildFrame[] = [];
    const slotOf = (entry: Entry): number => {
      if (!entry.frame) return -1;
      frames.push({ ...entry.frame, line: '' });
      return frames.length - 1;
    };
    return { frames, slotOf };
  };

  const fullText = (seen: Seen, request: Pick<SnapshotRequest, 'depth' | 'interactiveOnly' | 'viewportOnly'>): FrameText => {
    const { frames, slotOf } = slots();
    const text = render(seen.entries, request, slotOf);
    return { text, frames, full: true, hiddenChars: seen.hiddenChars, hiddenPieces: seen.hiddenPieces, tooDeep: seen.tooDeep };
  };

  const toldTo = ({ clientId, told, unseen }: Looker): readonly Entry[] | undefined => {
    const entries = looks.of(clientId, told);
    return unseen.includes(token) ? undefined : entries;
  };

  const snapshot = async (request: SnapshotRequest): Promise<FrameText> => {
    const viewport = request.viewportOnly === true ? new Viewport(await visibleBounds(activity.isPainted)) : undefined;
    startNumbers(request);
    const wholeRoot = body() ?? documentElement();
    const before = toldTo(request);
    if (request.root?.token === token) {
      const root = locator.rootOf(request.root.ref);
      if (before === undefined) looks.keepOnTrial(request.clientId, look(wholeRoot).entries, request.trial);
      return fullText(look(root, viewport), request);
    }
    const seen = look(wholeRoot, viewport);
    // What a filter leaves out the client is not told of: changes there are told later.
    const isPart = request.interactiveOnly === true || request.viewportOnly === true || request.depth !== undefined;
    if (!request.continued && request.root === undefined && !(isPart && before !== undefined)) looks.keepOnTrial(request.clientId, seen.entries, request.trial);
    return fullText(seen, request);
  };

  const changes = (request: ChangesRequest): FrameText => {
    startNumbers(request);
    const before = toldTo(request);
    const seen = look(body() ?? documentElement());
    looks.keepOnTrial(request.clientId, seen.entries, request.trial);
    return before === undefined ? fullText(seen, {}) : changed(before, seen, looks.goneFor(request.clientId));
  };

  const settled = async (request: SettledRequest): Promise<FrameText | null> => {
    startNumbers(request);
    await activity.quiet(request.maxMs);
    const before = toldTo(request);
    // Alone it is the whole page; with frames the worker asks all of them for their changes.
    if (before === undefined || window.length > 0 || window !== window.top) return null;
    const seen = look(body() ?? documentElement());
    looks.keepOnTrial(request.clientId, seen.entries, request.trial);
    return changed(before, seen, looks.goneFor(request.clientId));
  };

  const changed = (before: readonly Entry[], seen: Seen, gone: ReadonlyMap<string, Gone>): FrameText => {
    // All child frames are listed: the worker needs them as context of what changed inside them.
    const framed = seen.entries.filter((entry) => entry.frame !== undefined);
    const frames = framed.flatMap((entry) => (entry.frame ? [{ ...entry.frame, line: nodeLines(entry, 0, false, '', -1) }] : []));
    const text = diff(before, seen.entries, gone, (entry) => framed.indexOf(entry));
    return { text, frames, full: false, hiddenChars: 0, hiddenPieces: 0, tooDeep: false };
  };

  const operation = <K extends keyof Operations>(
    run: (request: Operations[K]['takes']) => Operations[K]['gives'] | Promise<Operations[K]['gives']>,
  ) => async (request: Operations[K]['takes']): Promise<Reply<Operations[K]['gives']>> => {
    try {
      const value = await run(request);
      return { ok: true, facts: facts(), value };
    } catch (error) {
      const failure = asFailure(error);
      return { ok: false, facts: facts(), failure };
    }
  };

  const handlers: Handlers = {
    snapshot: operation<'snapshot'>(snapshot),
    changes: operation<'changes'>(changes),
    locate: operation<'locate'>((request) => {
      startNumbers(request);
      return locator.locate(request);
    }),
    count: operation<'count'>(({ selector }) => countMatches(selector)),
    project: operation<'project'>((request) => {
      startNumbers(request);
      return locator.project(request);
    }),
    cancel: operation<'cancel'>(({ ticket }) => locator.cancel(ticket)),
    landed: operation<'landed'>(() => landing.outcome()),
    isPointedAt: operation<'isPointedAt'>((point) => isPointedAt(point)),
    prepareTyping: operation<'prepareTyping'>(({ ref, text, replace, count }) => ready(prepareTyping(() => locator.present(ref), text, replace), count, replace)),
    focus: operation<'focus'>(({ ref, count }) => ready(focusOn(() => locator.present(ref)), count)),
    arrived: operation<'arrived'>(({ least, waitMs }) => arrival.outcome(least, waitMs)),
    holdBack: operation<'holdBack'>(({ except, on }) => except !== token && arrival.holdBack(on)),
    selectOptions: operation<'selectOptions'>(({ ref, values }) => chooseOptions(() => locator.present(ref), values)),
    field: operation<'field'>(({ ref, wanted }) => fieldFacts(locator.present(ref), wanted, refOf)),
    leave: operation<'leave'>(({ ref }) => leave(locator.present(ref))),
    openOptions: operation<'openOptions'>(({ ref, ...request }) => openOptions(locator.present(ref), request, refOf)),
    scrollOptions: operation<'scrollOptions'>(({ ref, to }) => scrollOptions(locator.present(ref), to)),
    submitButton: operation<'submitButton'>(({ ref }) => submitButton(locator.present(ref), refOf)),
    scroll: operation<'scroll'>(({ ref, ...how }) => scroll(ref === undefined ? null : locator.present(ref), how)),
    find: operation<'find'>((request) => {
      startNumbers(request);
      const { entries } = look(body() ?? documentElement());
      return { ...find(entries, request), frames: [...entries.flatMap((entry) => entry.frame ?? []), ...objectPlaces()] };
    }),
    read: operation<'read'>(({ format, root }) => reader()?.read(format, readerHelp(root)) ?? null),
    extract: operation<'extract'>(({ wanted, root }) => reader()?.extract(wanted, readerHelp(root)) ?? null),
    boxes: operation<'boxes'>((request) => {
      startNumbers(request);
      const page = request.fullPage && window.top === window ? new Viewport(WHOLE_PAGE) : undefined;
      return boxes(look(body() ?? documentElement()).entries, refs, prefix, page);
    }),
    describeAt: operation<'describeAt'>((point) => describeAt(point)),
    drops: operation<'drops'>(() => drops()),
    mark: operation<'mark'>(() => {
      activity.mark();
      return true;
    }),
    quiet: operation<'quiet'>(({ maxMs }) => activity.quiet(maxMs)),
    settled: operation<'settled'>(settled),
    similar: operation<'similar'>((request) => {
      startNumbers(request);
      return similar(request.label);
    }),
    hasText: operation<'hasText'>(({ text }) => containsText(text)),
    watch: operation<'watch'>(({ on }) => {
      const root = body() ?? documentElement();
      // Finds the shadow roots, which are observed each by itself. Refs are given only to what is told.
      if (on && root !== null) walk(root);
      notifier.watch(on);
      return on;
    }),
  };
  return { version: AGENT_VERSION, token, handlers, element: (ref) => refs.find(ref) };
}

/** Of its own make, because a page that came over plain http has no crypto.randomUUID. */
function newToken(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function asFailure(error: unknown): Failure {
  if (error instanceof AgentError) return { code: error.code, message: error.message, next: error.next };
  const place = error instanceof Error ? `${error.message} ${error.stack?.split('\n')[1]?.trim() ?? ''}` : String(error);
  return { code: 'internal', message: `The extension failed in the page: ${place}`, next: 'Take browser_snapshot and try once more.' };
}

function focused(): Element | null {
  const active = activeElement();
  // A focused frame says no more than that the focus is in it: the element inside tells.
  if (active === body() || active === documentElement() || active instanceof HTMLIFrameElement) return null;
  return active;
}
