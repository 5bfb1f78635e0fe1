// One tab with the debugger attached: its CDP sessions and what their events have told so far. It exists so that tools ask one
// object (is a dialog open? what is loading? what was logged?) and wait on one signal for anything to change.

import { ignore, Pulse } from '../async.ts';
import { ToolError } from '../errors.ts';
import { finite, record, text, type JsonRecord } from '../json.ts';
import { Cdp, COMMAND_MS } from './cdp.ts';
import { ConsoleRecord } from './console-record.ts';
import { Contexts } from './contexts.ts';
import { emulate, type Emulation } from './emulation.ts';
import { MainFrame } from './main-frame.ts';
import type { NetworkRecord } from './network-record.ts';
import { Requests } from './requests.ts';

export interface Dialog {
  type: string;
  message: string;
  defaultPrompt?: string;
}

/** A script that a client runs in the page, and what comes of it. */
export interface RunningScript {
  clientId: string;
  outcome: Promise<{ value: unknown; notes: string[] }>;
}

export interface FileChooser {
  sessionId: string | undefined;
  backendNodeId: number;
  multiple: boolean;
}

/** A new tab's process takes its time to start on a machine that has much to do: ten at once took over 3 s. */
const SETUP_MS = COMMAND_MS;
const DIALOG_MS = 24 * 3_600_000;

/** A hidden tab that has something to draw, but nobody to draw for, gets one animation frame a second (measured: a click took
 * 140 ms instead of 25). While somebody asks for pictures it gets all its frames; so somebody does, but keeps none of them. */
const NO_PICTURES = { format: 'jpeg', quality: 1, maxWidth: 16, maxHeight: 16, everyNthFrame: 1_000_000 };
const FRAMES_LAST_MS = 2_000;
const FILE_DIALOGS_MS = 2_000;

/** What changes what is told of requests. */
const TOLD_OF_REQUESTS = new Set(['Network.requestWillBeSent', 'Network.responseReceived', 'Network.loadingFinished', 'Network.loadingFailed', 'Network.webSocketCreated', 'Network.webSocketHandshakeResponseReceived', 'Network.webSocketClosed']);

export class DebugTab {
  readonly root: Cdp;
  readonly requests = new Requests();
  readonly frame = new MainFrame();
  readonly contexts = new Contexts();
  /** Beats on every event that a wait could be about. */
  readonly changed = new Pulse();
  /** Aborted, with the reason as an error, when the tab closes, crashes, or the debugger is taken off. */
  readonly gone = new AbortController();
  dialog: Dialog | undefined;
  /** The one that waits, if any, for an answer to the dialog: who gives the answer is told its value. */
  script: RunningScript | undefined;
  /** Set while a tool leaves the page on purpose: a "leave this page?" dialog is then accepted. */
  acceptUnload = false;
  unloadAccepted = 0;
  fileChooserAt = 0;
  /** Up to which question for a file the client knows of them. */
  fileChooserTold = 0;
  /** The field that a file was asked for, until one is given or another document comes; of the last question, if it was a field's. */
  fileChooser: FileChooser | undefined;
  /** How many windows and tabs the page has asked Chrome to open. */
  windowsAsked = 0;
  /** What Chrome would drag natively now, while drags are intercepted. */
  dragged: JsonRecord | undefined;
  /** What the tab and its frames pretend. */
  #emulation: Emulation = {};
  lastUsed = performance.now();
  #tick = 0;
  #dialogsEnd: ReturnType<typeof setTimeout> | undefined;
  #framesEnd: ReturnType<typeof setTimeout> | undefined;
  readonly #children = new Set<string>();

  constructor(
    readonly tabId: number,
    readonly console: ConsoleRecord,
    readonly network: NetworkRecord,
    private readonly onDialog: (tab: DebugTab) => void,
    private readonly onDocument: (tab: DebugTab) => void,
    private readonly onRecord: (part: 'console' | 'network') => void,
    private readonly isClosed: (url: string) => boolean,
  ) {
    this.root = new Cdp(tabId, undefined);
  }

  /** A mark in the run of events: what comes later "began after" it. */
  get tick(): number {
    return this.#tick;
  }

  session(sessionId: string | undefined): Cdp {
    return sessionId === undefined ? this.root : new Cdp(this.tabId, sessionId);
  }

  /** Switches on what tabhub listens to. `again`: another worker had attached; switch off first, so that Chrome tells anew. */
  async setUp(again: boolean, emulation: Emulation): Promise<void> {
    this.#emulation = emulation;
    // An open dialog holds the renderer up, and these with it: they take effect when it is answered, whenever that is.
    const ms = this.dialog === undefined ? SETUP_MS : DIALOG_MS;
    const ready = this.#switchOn(again, ms);
    if (this.dialog === undefined) await ready;
    else ignore(ready);
  }

  async #switchOn(again: boolean, ms: number): Promise<void> {
    const { root } = this;
    if (again) {
      ignore(root.send('Page.stopScreencast', {}, ms));
      for (const domain of ['Runtime', 'Log']) ignore(root.send(`${domain}.disable`, {}, ms));
      ignore(root.send('Target.setAutoAttach', { autoAttach: false, waitForDebuggerOnStart: false, flatten: true }, ms));
    }
    // Sent together; Chrome runs them in this order.
    const needed = Promise.all([root.send('Page.enable', {}, ms), root.send('Page.getFrameTree', {}, ms)]);
    const rest = Promise.allSettled([
      root.send('Page.setLifecycleEventsEnabled', { enabled: true }, ms),
      root.send('Emulation.setFocusEmulationEnabled', { enabled: true }, ms),
      ...this.#listenTo(root, ms),
      emulate(root, {}, this.#emulation, ms),
    ]);
    const [, tree] = await needed;
    this.frame.adopt(record(record(tree.frameTree).frame));
    await rest;
  }

  /** From now on; a frame that is gone meanwhile needs none. */
  async emulate(emulation: Emulation): Promise<void> {
    const before = this.#emulation;
    await emulate(this.root, before, emulation, COMMAND_MS);
    this.#emulation = emulation;
    await Promise.allSettled([...this.#children].map((sessionId) => emulate(this.session(sessionId), before, emulation, COMMAND_MS)));
  }

  /** Has Chrome run the page's animation frames at full rate, hidden or not, until some time after the last such wish. */
  wantFrames(): void {
    if (this.#framesEnd === undefined) {
      // Not awaited: the commands of a session run in order, so what comes next has its frames.
      ignore(this.root.send('Page.startScreencast', NO_PICTURES));
    }
    clearTimeout(this.#framesEnd);
    this.#framesEnd = setTimeout(() => {
      this.#framesEnd = undefined;
      if (!this.gone.signal.aborted) ignore(this.root.send('Page.stopScreencast'));
    }, FRAMES_LAST_MS);
  }

  /** For the next moments a page that asks for a file opens no dialog of the system, which only a person could close. */
  keepFileDialogsClosed(): void {
    if (this.#dialogsEnd === undefined) ignore(this.root.send('Page.setInterceptFileChooserDialog', { enabled: true }));
    clearTimeout(this.#dialogsEnd);
    this.#dialogsEnd = setTimeout(() => {
      this.#dialogsEnd = undefined;
      if (!this.gone.signal.aborted) ignore(this.root.send('Page.setInterceptFileChooserDialog', { enabled: false }));
    }, FILE_DIALOGS_MS);
  }

  /** A barrier: what the page's processes reported before this was called has arrived when it resolves. */
  async caughtUp(ms: number): Promise<void> {
    const frames = [...this.#children].map((sessionId) => this.session(sessionId).send('Runtime.evaluate', { expression: '0' }, ms));
    await Promise.all([this.root.send('Runtime.evaluate', { expression: '0' }, ms), Promise.allSettled(frames)]);
  }

  /** Takes one event; tells the parts, then whoever waits. */
  take(sessionId: string | undefined, method: string, params: JsonRecord): void {
    this.#tick += 1;
    const domain = method.slice(0, method.indexOf('.'));
    let beat = false;
    switch (domain) {
      case 'Network':
        if (!this.isClosed(this.frame.url) && !this.isClosed(text(params.documentURL) ?? '')) {
          this.network.take(sessionId, method, params);
          if (TOLD_OF_REQUESTS.has(method)) this.onRecord('network');
        }
        beat = this.requests.take(sessionId, method, params, this.#tick);
        if (sessionId === undefined) beat = this.frame.takeNetwork(method, params) || beat;
        break;
      case 'Page':
        beat = this.#takePage(sessionId, method, params);
        break;
      case 'Runtime':
        this.contexts.take(sessionId, method, params);
        this.#log(method, params);
        break;
      case 'Log':
        this.#log(method, params);
        break;
      case 'Input':
        if (method === 'Input.dragIntercepted') {
          this.dragged = record(params.data);
          beat = true;
        }
        break;
      case 'Target':
        this.#takeTarget(method, params);
        break;
      case 'Inspector':
        if (method === 'Inspector.targetCrashed' && sessionId === undefined) this.end(crashed());
        break;
      default:
    }
    if (beat) this.changed.beat();
  }

  /** The dialog was answered; with `only`, unless another has opened meanwhile. */
  dialogGone(only: Dialog | undefined = this.dialog): void {
    if (this.dialog !== only) return;
    this.dialog = undefined;
    this.onDialog(this);
    this.changed.beat();
  }

  /** The tab, or the debugger on it, is gone. */
  end(why: ToolError): void {
    if (!this.gone.signal.aborted) this.gone.abort(why);
    this.changed.beat();
  }

  /** What a page that is closed to clients says is kept for none of them, to be read once the tab has left it. */
  #log(method: string, params: JsonRecord): void {
    if (!this.isClosed(this.frame.url) && this.console.take(method, params)) this.onRecord('console');
  }

  #takePage(sessionId: string | undefined, method: string, params: JsonRecord): boolean {
    switch (method) {
      case 'Page.javascriptDialogOpening':
        this.#dialogOpened(params);
        return true;
      case 'Page.javascriptDialogClosed':
        this.dialog = undefined;
        this.onDialog(this);
        return true;
      case 'Page.fileChooserOpened':
        this.fileChooserAt = this.#tick;
        this.fileChooser = chooserOf(sessionId, params);
        return true;
      case 'Page.windowOpen':
        // What no press or key stands behind is a popup, which Chrome blocks as a rule.
        if (params.userGesture === true) this.windowsAsked += 1;
        return false;
      case 'Page.frameDetached':
        this.requests.frameLeft(sessionId, text(params.frameId) ?? '');
        return true;
      default: {
        if (sessionId !== undefined) return false;
        const changed = this.frame.take(method, params, this.#tick);
        if (changed && method === 'Page.frameNavigated' && this.frame.committedAt === this.#tick) {
          this.requests.documentChanged(this.frame.loaderId);
          this.fileChooser = undefined;
          this.fileChooserTold = this.fileChooserAt;
        }
        if (changed && method === 'Page.lifecycleEvent' && params.name === 'DOMContentLoaded') this.onDocument(this);
        return changed;
      }
    }
  }

  #dialogOpened(params: JsonRecord): void {
    const type = text(params.type) ?? 'alert';
    if (type === 'beforeunload' && this.acceptUnload) {
      this.unloadAccepted += 1;
      ignore(this.root.send('Page.handleJavaScriptDialog', { accept: true }));
      return;
    }
    const dialog: Dialog = { type, message: text(params.message) ?? '' };
    const prompt = text(params.defaultPrompt);
    if (type === 'prompt' && prompt !== undefined) dialog.defaultPrompt = prompt;
    this.dialog = dialog;
    this.onDialog(this);
  }

  #takeTarget(method: string, params: JsonRecord): void {
    const sessionId = text(params.sessionId);
    if (sessionId === undefined) return;
    if (method === 'Target.attachedToTarget') {
      this.#children.add(sessionId);
      this.network.frameMoved(text(record(params.targetInfo).targetId) ?? '');
      ignore(Promise.all(this.#listenTo(this.session(sessionId), SETUP_MS)));
      ignore(emulate(this.session(sessionId), {}, this.#emulation, SETUP_MS));
    } else if (method === 'Target.detachedFromTarget') {
      this.#children.delete(sessionId);
      this.contexts.sessionGone(sessionId);
      this.requests.sessionGone(sessionId);
      this.changed.beat();
    }
  }

  /** What is wanted of the root and of each cross-process frame alike. */
  #listenTo(session: Cdp, ms: number): Promise<JsonRecord>[] {
    return [
      session.send('Network.enable', {}, ms),
      session.send('Runtime.enable', {}, ms),
      session.send('Log.enable', {}, ms),
      session.send(
        'Target.setAutoAttach',
        { autoAttach: true, waitForDebuggerOnStart: false, flatten: true, filter: [{ type: 'iframe' }] },
        ms,
      ),
    ];
  }
}

/** A script that asks by showOpenFilePicker has no field. */
function chooserOf(sessionId: string | undefined, params: JsonRecord): FileChooser | undefined {
  const backendNodeId = finite(params.backendNodeId);
  return backendNodeId === undefined ? undefined : { sessionId, backendNodeId, multiple: params.mode === 'selectMultiple' };
}

function crashed(): ToolError {
  return new ToolError('tool_failed', 'The page crashed: Chrome ended its process.', 'Load it again with browser_reload or browser_navigate.');
}
