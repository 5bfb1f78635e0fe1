// The JavaScript worlds of a tab's frames, from CDP's Runtime events. It exists to get from an element that the extension's
// isolated world knows to the same element in the page's main world, also inside a cross-process frame.

import { finite, record, text, type JsonRecord } from '../json.ts';

export interface World {
  sessionId: string | undefined;
  contextId: number;
  frameId: string;
  origin: string;
  main: boolean;
}

export class Contexts {
  #worlds: World[] = [];

  take(sessionId: string | undefined, method: string, params: JsonRecord): void {
    switch (method) {
      case 'Runtime.executionContextCreated': {
        const context = record(params.context);
        const aux = record(context.auxData);
        const contextId = finite(context.id);
        const frameId = text(aux.frameId);
        if (contextId === undefined || frameId === undefined) return;
        this.#worlds.push({ sessionId, contextId, frameId, origin: text(context.origin) ?? '', main: aux.isDefault === true });
        return;
      }
      case 'Runtime.executionContextDestroyed':
        this.#worlds = this.#worlds.filter(
          (world) => world.sessionId !== sessionId || world.contextId !== params.executionContextId,
        );
        return;
      case 'Runtime.executionContextsCleared':
        this.sessionGone(sessionId);
        return;
      default:
    }
  }

  sessionGone(sessionId: string | undefined): void {
    this.#worlds = this.#worlds.filter((world) => world.sessionId !== sessionId);
  }

  /** The worlds of one extension, one for each frame that it has looked into. */
  ofExtension(origin: string): World[] {
    return this.#worlds.filter((world) => !world.main && world.origin === origin);
  }

  mainWorldOf(world: World): World | undefined {
    return this.#worlds.find(
      (other) => other.main && other.sessionId === world.sessionId && other.frameId === world.frameId,
    );
  }
}
