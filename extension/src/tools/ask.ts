// browser_ask_user: asks the person in the browser, in a small window that names the client.

import { reasonOf } from '../async.ts';
import { ToolError } from '../errors.ts';
import { optionalNumber, requiredText, texts } from './params.ts';
import type { Tool } from './tool.ts';

const WAIT_MS = 300_000;
const MAX_MESSAGE = 4_000;
const MAX_OPTIONS = 12;

export const askUser: Tool = async ({ params, services, clientName, signal, waitingFor }) => {
  const message = requiredText(params, 'message').slice(0, MAX_MESSAGE);
  const options = texts(params, 'options').slice(0, MAX_OPTIONS);
  const timeout = optionalNumber(params, 'timeout') ?? WAIT_MS;
  waitingFor('the person to answer');
  const late = AbortSignal.timeout(timeout);
  try {
    const answer = await services.asker.ask({ clientName, message, options }, AbortSignal.any([signal, late]));
    if (answer === null) return { text: 'The person closed the question without an answer.', value: { answer: null } };
    return { text: `The person answered: ${JSON.stringify(answer)}`, value: { answer } };
  } catch (error) {
    if (signal.aborted) throw reasonOf(signal);
    if (!late.aborted) throw error;
    throw new ToolError('deadline_exceeded', `The person did not answer within ${timeout} ms; the question is closed.`, 'Go on without an answer if you can, or ask in the conversation.');
  }
};
