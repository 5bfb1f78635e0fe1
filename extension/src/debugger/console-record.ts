// What a tab's pages wrote to the console, and what Chrome logged about them, bounded. It exists because only the debugger
// hears it, at the time: the record is kept while a client uses the tab, and says where it is not whole.

import { bounded, lastThatFit } from '../bounded.ts';
import { finite, list, record, text, type JsonRecord } from '../json.ts';
import { describe, printed } from './console-value.ts';

export type Level = 'error' | 'warning' | 'info' | 'debug';

export interface ConsoleEntry {
  level: Level;
  text: string;
  source?: string;
  line?: number;
  timestamp: number;
}

const MAX_ENTRIES = 1_000;
const MAX_TEXT = 4_000;
/** What a line holds beside the text and where it comes from. */
const LINE_CHARS = 24;

export class ConsoleRecord {
  #entries: ConsoleEntry[] = [];
  #dropped = 0;
  /** What Chrome replays on attaching again but the client has cleared, or was recorded before. */
  #notBefore = 0;
  /** When the debugger was away, so that the record may miss something. */
  gaps: string[] = [];

  /** True for something new. */
  take(method: string, params: JsonRecord): boolean {
    const entry = parse(method, params);
    if (entry === undefined || entry.timestamp <= this.#notBefore) return false;
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) {
      this.#entries.shift();
      this.#dropped += 1;
    }
    return true;
  }

  /** The newest of those that fit, `limit` at most and as many as `room` characters hold. */
  read(query: { level: Level; pattern: RegExp | undefined; limit: number; room?: number | undefined }): { entries: ConsoleEntry[]; more: number; dropped: number } {
    const worst = rank(query.level);
    const fitting = this.#entries.filter(
      (entry) => rank(entry.level) <= worst && (query.pattern === undefined || query.pattern.test(entry.text)),
    );
    const newest = query.limit > 0 ? fitting.slice(-query.limit) : [];
    const entries = lastThatFit(newest, query.room ?? Infinity, ({ text, source }) => text.length + (source?.length ?? 0) + LINE_CHARS);
    return { entries, more: fitting.length - entries.length, dropped: this.#dropped };
  }

  clear(): void {
    this.#notBefore = this.#entries.at(-1)?.timestamp ?? this.#notBefore;
    this.#entries = [];
    this.#dropped = 0;
    this.gaps = [];
  }

  /** The debugger comes back after it was away: Chrome replays the page's messages, those known are not taken twice. */
  resume(): void {
    this.#notBefore = Math.max(this.#notBefore, this.#entries.at(-1)?.timestamp ?? 0);
  }
}

const LEVELS: readonly Level[] = ['error', 'warning', 'info', 'debug'];

function rank(level: Level): number {
  return LEVELS.indexOf(level);
}

function parse(method: string, params: JsonRecord): ConsoleEntry | undefined {
  switch (method) {
    case 'Runtime.consoleAPICalled': {
      const frame = record(list(record(params.stackTrace).callFrames)[0]);
      return entryOf(levelOfCall(text(params.type)), printed(list(params.args)), params.timestamp, frame);
    }
    case 'Runtime.exceptionThrown': {
      const details = record(params.exceptionDetails);
      const thrown = record(details.exception);
      const message = thrown.subtype === 'error' ? (text(thrown.description) ?? '') : describe(details.exception);
      return entryOf('error', `${text(details.text) ?? 'Uncaught'} ${message}`, params.timestamp, details);
    }
    case 'Log.entryAdded': {
      const entry = record(params.entry);
      const level = entry.level === 'verbose' ? 'debug' : entry.level;
      const known = LEVELS.find((word) => word === level) ?? 'info';
      return entryOf(known, text(entry.text) ?? '', entry.timestamp, entry);
    }
    default:
      return undefined;
  }
}

function entryOf(level: Level, message: string, timestamp: unknown, where: JsonRecord): ConsoleEntry {
  const cut = bounded(message, MAX_TEXT);
  const entry: ConsoleEntry = { level, text: cut, timestamp: Math.round(finite(timestamp) ?? Date.now()) };
  const source = text(where.url);
  const line = finite(where.lineNumber);
  if (source !== undefined && source !== '') entry.source = source.slice(0, 500);
  if (source !== undefined && source !== '' && line !== undefined) entry.line = line + 1; // CDP counts from 0.
  return entry;
}

function levelOfCall(type: string | undefined): Level {
  switch (type) {
    case 'error':
    case 'assert':
      return 'error';
    case 'warning':
      return 'warning';
    case 'debug':
      return 'debug';
    default:
      return 'info';
  }
}
