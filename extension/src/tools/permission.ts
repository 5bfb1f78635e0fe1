// The person's leave for what touches their own tabs: as they have set it, or asked for at that moment. It exists so that a client
// never sees or takes a tab of the person's by any other way.

import { reasonOf } from '../async.ts';
import { claimRule } from '../clients/claim-rule.ts';
import { ToolError } from '../errors.ts';
import type { CallContext } from './tool.ts';

const ALLOW = 'Allow';
const REFUSE = 'Refuse';
/** The answer must still find its way before the call's own time is over. */
const MARGIN_MS = 300;

export interface Wish {
  /** For the person, after the client's name: `asks to use a tab of yours:`. */
  readonly heading: string;
  readonly message: string;
  /** For the client, after "may": `use tab 12`. */
  readonly what: string;
}

/** Passes if the person lets the client; otherwise it fails with what stands against it. */
export async function permission(call: CallContext, wish: Wish): Promise<void> {
  switch (await claimRule()) {
    case 'allow':
      return;
    case 'never':
      throw new ToolError('not_allowed', `The person’s setting lets no client ${wish.what}: tabs that no client holds are theirs alone.`, 'Use a tab of your own. Only the person can change the setting, in the tabhub popup.');
    case 'ask':
      return ask(call, wish);
  }
}

async function ask({ services, clientName, signal, deadline, waitingFor }: CallContext, wish: Wish): Promise<void> {
  waitingFor(`the person to let you ${wish.what}`);
  const left = Math.max(0, Math.floor(deadline - performance.now() - MARGIN_MS));
  const late = AbortSignal.timeout(left);
  const question = { clientName, heading: `${clientName} ${wish.heading}`, message: wish.message, options: [ALLOW, REFUSE] };
  let answer: string | null;
  try {
    answer = await services.asker.ask(question, AbortSignal.any([signal, late]), 'in the background');
  } catch (error) {
    if (signal.aborted) throw reasonOf(signal);
    if (!late.aborted) throw error;
    throw new ToolError('deadline_exceeded', `The person did not say in time whether you may ${wish.what}; the question is closed, and nothing has changed.`, 'Use a tab of your own, or tell the person in the conversation and call again.');
  }
  if (answer !== ALLOW) {
    throw new ToolError('not_allowed', `The person was asked and does not let you ${wish.what}.`, 'Use a tab of your own. Do not ask again unless the person tells you to.');
  }
}
