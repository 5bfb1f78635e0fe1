// The one error type that tools throw. It exists so that whatever goes wrong reaches the caller as a code it can act on,
// a sentence that says what happened on whose side, and a sentence that says what to do next.

export const ERROR_CODES = [
  'no_browser',
  'browser_gone',
  'tab_gone',
  'tab_taken',
  'stale_ref',
  'busy',
  'deadline_exceeded',
  'cancelled',
  'invalid_params',
  'tool_failed',
  'not_actionable',
  'navigation_failed',
  'dialog_open',
  'not_allowed',
  'unsupported',
  'paused',
  'rate_limited',
  'outcome_unknown',
  'version_mismatch',
  'unauthorized',
  'hub_stopping',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && ERROR_CODES.some((code) => code === value);
}

/** What travels in an answer. */
export interface WireError {
  code: ErrorCode;
  message: string;
  next: string;
  data?: Record<string, unknown>;
}

export class ToolError extends Error {
  readonly code: ErrorCode;
  readonly next: string;
  readonly data: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, next: string, data?: Record<string, unknown>) {
    super(message);
    this.name = 'ToolError';
    this.code = code;
    this.next = next;
    this.data = data;
  }

  toWire(): WireError {
    const wire: WireError = { code: this.code, message: this.message, next: this.next };
    if (this.data !== undefined) wire.data = this.data;
    return wire;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Whether something failed because Chrome is ending this worker: it refuses, unbegun, whatever is asked of it then. The words
 * are Chrome's own.
 */
export function isEndOfWorker(error: unknown): boolean {
  return /(^|: )No SW$/.test(messageOf(error));
}

/** Anything thrown, as a ToolError: what nobody foresaw is `internal`, with the extension named as its side. */
export function asToolError(error: unknown): ToolError {
  if (error instanceof ToolError) return error;
  return new ToolError(
    'internal',
    `The tabhub extension failed: ${messageOf(error)}`,
    'Try once more; if it fails again, look at the page with browser_snapshot first.',
  );
}
