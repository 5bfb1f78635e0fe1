// Where a tab's main frame is on its way: which document it shows, how far that has loaded, which navigation is under way.
// It exists because "the navigation is done" is spread over a dozen CDP events, which this turns into a few questions.

import { record, text, type JsonRecord } from '../json.ts';

interface Pending {
  began: number;
  at: number;
  loaderId: string | undefined;
  url: string;
}

/** A navigation that was asked for but never started (mailto:, a blocked popup) is forgotten after this. */
const NEVER_STARTED_MS = 300;

export class MainFrame {
  frameId = '';
  loaderId = '';
  url = '';
  /** Set when the document shown is Chrome's own error page. */
  unreachableUrl: string | undefined;
  /** Ticks of the last document and of the last move within one (history.pushState, #fragment). */
  committedAt = 0;
  movedAt = 0;
  /** Why the last navigation that was given up ended, by Chrome's name: net::ERR_…. */
  lastFailure: { loaderId: string; errorText: string } | undefined;
  /** HTTP status of the main document's answer. */
  status: { loaderId: string; code: number; authenticate: boolean } | undefined;
  download: { tick: number; url: string; name: string } | undefined;
  /** The last documents, newest last: one that was asked for may have sent the tab on to another by itself. */
  #documents: string[] = [];
  #lifecycle = new Set<string>();
  #pending: Pending | undefined;

  /** Takes one event of the root session; true if anything of this changed. */
  take(method: string, params: JsonRecord, tick: number): boolean {
    switch (method) {
      case 'Page.frameRequestedNavigation':
        if (params.frameId !== this.frameId || params.disposition !== 'currentTab') return false;
        this.#pending ??= { began: tick, at: performance.now(), loaderId: undefined, url: text(params.url) ?? '' };
        return true;
      case 'Page.frameStartedNavigating':
        if (params.frameId !== this.frameId || /same.?document/i.test(text(params.navigationType) ?? '')) return false;
        this.#pending = { began: tick, at: performance.now(), loaderId: text(params.loaderId), url: text(params.url) ?? '' };
        return true;
      case 'Page.frameNavigated':
        return this.#navigated(record(params.frame), params.type === 'BackForwardCacheRestore', tick);
      case 'Page.navigatedWithinDocument':
        if (params.frameId !== this.frameId) return false;
        this.url = text(params.url) ?? this.url;
        this.movedAt = tick;
        if (this.#pending?.loaderId === undefined) this.#pending = undefined;
        return true;
      case 'Page.lifecycleEvent':
        if (params.frameId !== this.frameId || params.loaderId !== this.loaderId) return false;
        this.#lifecycle.add(text(params.name) ?? '');
        return true;
      case 'Page.frameStoppedLoading':
        if (params.frameId !== this.frameId) return false;
        this.#pending = undefined;
        this.#lifecycle.add('DOMContentLoaded').add('load');
        return true;
      case 'Page.downloadWillBegin':
        this.download = { tick, url: text(params.url) ?? '', name: text(params.suggestedFilename) ?? '' };
        if (params.frameId === this.frameId) this.#pending = undefined;
        return true;
      default:
        return false;
    }
  }

  /** Network events of the main document: its HTTP status, or why it failed. */
  takeNetwork(method: string, params: JsonRecord): boolean {
    const loaderId = text(params.loaderId) ?? text(params.requestId) ?? '';
    if (method === 'Network.responseReceived' && params.type === 'Document' && params.frameId === this.frameId) {
      const response = record(params.response);
      const code = typeof response.status === 'number' ? response.status : 0;
      const names = Object.keys(record(response.headers)).map((name) => name.toLowerCase());
      this.status = { loaderId, code, authenticate: names.includes('www-authenticate') };
      return true;
    }
    if (method === 'Network.loadingFailed' && this.#pending?.loaderId !== undefined && params.requestId === this.#pending.loaderId) {
      this.lastFailure = { loaderId, errorText: text(params.errorText) ?? '' };
      return true;
    }
    return false;
  }

  /** A navigation which began after `tick` and has not yet shown its document. */
  pendingSince(tick: number): boolean {
    const pending = this.#pending;
    if (pending === undefined || pending.began <= tick) return false;
    if (pending.loaderId === undefined && performance.now() - pending.at > NEVER_STARTED_MS) {
      this.#pending = undefined;
      return false;
    }
    return true;
  }

  pendingUrl(): string | undefined {
    return this.#pending?.url;
  }

  /** The document came after `tick` and is not loaded yet. */
  loadingSince(tick: number): boolean {
    return this.committedAt > tick && !this.#lifecycle.has('load');
  }

  /** Whether a document has been shown, be it that it has given way to another since. */
  hasShown(loaderId: string): boolean {
    return this.#documents.includes(loaderId);
  }

  reached(state: 'load' | 'domcontentloaded' | 'commit'): boolean {
    if (state === 'commit') return true;
    return this.#lifecycle.has('load') || (state === 'domcontentloaded' && this.#lifecycle.has('DOMContentLoaded'));
  }

  /** What was found on attaching: a document that counts as loaded unless Chrome says otherwise later. */
  adopt(frame: JsonRecord): void {
    this.frameId = text(frame.id) ?? this.frameId;
    if (this.loaderId !== '') return;
    this.loaderId = text(frame.loaderId) ?? '';
    this.url = text(frame.url) ?? '';
    this.unreachableUrl = text(frame.unreachableUrl);
    this.#lifecycle = new Set(['DOMContentLoaded', 'load']);
  }

  #navigated(frame: JsonRecord, restored: boolean, tick: number): boolean {
    if (frame.parentId !== undefined) return false;
    this.frameId = text(frame.id) ?? this.frameId;
    this.loaderId = text(frame.loaderId) ?? '';
    this.url = (text(frame.url) ?? '') + (text(frame.urlFragment) ?? '');
    this.unreachableUrl = text(frame.unreachableUrl);
    this.committedAt = tick;
    this.#documents = [...this.#documents.slice(-9), this.loaderId];
    this.#lifecycle = new Set(restored ? ['DOMContentLoaded', 'load'] : []);
    if (this.#pending?.loaderId === undefined || this.#pending.loaderId === this.loaderId) this.#pending = undefined;
    return true;
  }
}
