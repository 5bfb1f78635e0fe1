// An error of the agent on its way to the worker. It exists because executeScript drops what is thrown in a page.

import type { ErrorCode } from '../errors.ts';

export class AgentError extends Error {
  readonly code: ErrorCode;
  readonly next: string;

  constructor(code: ErrorCode, message: string, next: string) {
    super(message);
    this.code = code;
    this.next = next;
  }
}
