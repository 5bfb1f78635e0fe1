// What the worker and the window of a question say to each other, over a port that is named after the question.

export const ASK_PORT = 'tabhub-ask ';

export interface Question {
  readonly clientName: string;
  readonly message: string;
  /** None: the person writes. */
  readonly options: readonly string[];
  /** Who asks for what, where it is tabhub that asks, on behalf of a client. */
  readonly heading?: string;
}

/** null: no answer. */
export interface Reply {
  readonly answer: string | null;
}
