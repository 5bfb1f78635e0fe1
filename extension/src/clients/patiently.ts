// Edits to tabs that Chrome refuses for a moment. It exists because a person who drags a tab must not fail a call.

import { sleep } from '../async.ts';
import { messageOf } from '../errors.ts';

/** Chrome refuses to edit tabs for the moment in which the person drags one. */
export async function patiently<T>(edit: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await edit();
    } catch (error) {
      if (attempt >= 10 || !/cannot be edited right now/i.test(messageOf(error))) throw error;
      await sleep(100);
    }
  }
}
