// Brings the service worker back at once when it dies: Chrome's alarm alone takes up to half a minute. A port from a page that a
// client holds breaks with its worker, and connecting anew is an event that wakes the next one.

/** The name of the port, so that the worker tells it from others. */
export const AWAKE_PORT = 'tabhub-awake';

/** A worker that dies faster than this is not brought back at once, so that the two never spin. */
const PAUSE_MS = 50;

export function keepWorkerAwake(): void {
  // One page is enough to wake the worker; frames would only add ports.
  if (window.top !== window) return;
  connect();
}

function connect(): void {
  try {
    const port = chrome.runtime.connect({ name: AWAKE_PORT });
    port.onDisconnect.addListener(() => {
      // After an update or removal of the extension there is no runtime left to connect to: the next page does it.
      if (chrome.runtime?.id !== undefined) setTimeout(connect, PAUSE_MS);
    });
  } catch {
    // The extension was updated or removed under this page.
  }
}
