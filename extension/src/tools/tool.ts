// What a tool is, what it gets and what it answers. It exists so that each tool file says only what its tools do: finding the
// tab, watching for dialogs, deadlines and cancellation are the same for all and live in page-tool.ts.

import type { Roster } from '../clients/roster.ts';
import type { ClientTabs } from '../clients/tabs.ts';
import type { Asker } from '../ask/asker.ts';
import type { Downloads } from '../downloads.ts';
import type { Debuggers } from '../debugger/debuggers.ts';
import type { Dialog } from '../debugger/debug-tab.ts';
import type { JsonRecord } from '../json.ts';
import type { PageAccess } from '../pages/types.ts';
import type { Pictures } from '../pictures.ts';

export interface PageHeader {
  tabId: number;
  url: string;
  title: string;
}

export interface SnapshotResult {
  yaml: string;
  mode: 'full' | 'diff';
  cursor?: string;
  remainingChars?: number;
}

/** A call's result as it travels; every key is optional. */
export interface Result {
  page?: PageHeader;
  text?: string;
  snapshot?: SnapshotResult;
  image?: { mimeType: string; data: string; width: number; height: number; scale: number };
  /** For the host to keep: its side writes it where the person expects files. */
  file?: { name: string; mimeType: string; data: string };
  value?: unknown;
  notes?: string[];
  dialog?: Dialog;
}

/** The parts of the extension that tools work with. */
export interface Services {
  readonly tabs: ClientTabs;
  readonly debuggers: Debuggers;
  readonly pages: PageAccess;
  readonly downloads: Downloads;
  readonly asker: Asker;
  readonly pictures: Pictures;
  readonly roster: Roster;
  readonly isMac: boolean;
  allowFileUrls(): boolean;
  /** This browser has a name now, and the hub is told. */
  renamed(givenName: string): void;
}

/** One call, as a tool sees it. */
export interface CallContext {
  readonly services: Services;
  readonly clientId: string;
  readonly clientName: string;
  readonly params: JsonRecord;
  /** A step of a batch: what it changed is told once, after the last. */
  readonly brief?: boolean;
  /** Aborted with a ToolError: cancelled, deadline_exceeded, paused. */
  readonly signal: AbortSignal;
  /** When the tool must be done, on the clock of `performance.now()`: no jump of the wall clock moves it. */
  readonly deadline: number;
  /** Names what the call waits for now: for progress, and for the message if time runs out. */
  waitingFor(what: string): void;
  /** Which tab the call turned out to be about. */
  usesTab(tabId: number): void;
}

export type Tool = (call: CallContext) => Promise<Result>;
