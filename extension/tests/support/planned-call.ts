// Calls whose parameters say what their tool does, and names for what they change.

import type { CallFrame } from '../../src/hub/frames.ts';

/** What a tool of this world does, in the call's own parameters. */
export interface Plan {
  variant?: string;
  before?: number;
  after?: number;
  size?: number;
  ends?: 'well' | 'badly' | 'never' | 'refused';
}

export function makeCall(clientId: string, id: string, plan: Plan, more: Partial<CallFrame> = {}): CallFrame {
  const { variant = 'A', before = 1, after = 1, size = 10, ends = 'well' } = plan;
  return {
    type: 'call',
    id,
    clientId,
    tool: more.readOnly === true ? 'look' : 'change',
    params: { id, variant, before, after, size, ends },
    clientName: clientId,
    attempt: 1,
    browserEpoch: undefined,
    expiresAt: Date.now() + 30_000,
    readOnly: false,
    ...more,
  };
}

/** (client, id) of what a call changes. */
export function keyOf(variant: string): string {
  return variant.replace(/\/.*/, '');
}

/** What a call changes: named by its id, and by which of the calls under that id it is. */
export function variantOf({ clientId, id, params }: CallFrame): string {
  return `${clientId}:${id}/${String(params.variant)}`;
}
