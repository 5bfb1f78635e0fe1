// Brings the service worker back at once when it dies: Chrome's alarm alone takes up to half a minute. A port from a page that a
// client holds breaks with its worker, and connecting anew is an event that wakes the next one. Each top page that was looked
// into has a port of its own, so that any one of them will do; a worker that is up takes no notice of them.

/** The name of the port, so that the worker tells it from others. */
export const AWAKE_PORT = 'tabhub-awake';

/** A worker that died sooner than this is not brought back at once, so that the two never spin. */
const SHORT_LIFE_MS = 1_000;

declare global {
  var __tabhubAwake: true | undefined;
}

/** Once for each document, whichever agent is put into it. */
export function keepWorkerAwake(): void {
  // One page is enough to wake the worker; frames would only add ports.
  if (window.top !== window || globalThis.__tabhubAwake !== undefined) return;
  globalThis.__tabhubAwake = true;
  let port = connect();
  // Chrome breaks the ports of a page that goes into the back-forward cache, and a page in there hears nothing of it.
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    port?.disconnect();
    port = connect();
  });

  function connect(): chrome.runtime.Port | undefined {
    // After an update or removal of the extension there is no runtime left to connect to: its next agent, in a world of its own, does it.
    if (chrome.runtime?.id === undefined) return undefined;
    try {
      const opened = chrome.runtime.connect({ name: AWAKE_PORT });
      const since = performance.now();
      opened.onDisconnect.addListener(() => {
        if (port !== opened) return;
        const again = (): void => {
          if (port === opened) port = connect();
        };
        if (performance.now() - since >= SHORT_LIFE_MS) again();
        else setTimeout(again, SHORT_LIFE_MS);
      });
      return opened;
    } catch {
      return undefined; // Updated or removed between the question and the call.
    }
  }
}
