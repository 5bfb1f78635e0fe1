// What carries the frames between the extension and the hub: a WebSocket, or a native messaging port. It exists so that
// everything else knows one way only, and the two behave alike.

import type { Address } from './address.ts';

export interface Transport {
  /** False where nothing can be sent now. */
  send(text: string): boolean;
  /** Characters that were sent and still wait here. */
  readonly waiting: number;
  /** Nothing is heard from it any more. Nobody waits until the other end has noticed. */
  close(): void;
}

export interface TransportEvents {
  /** Which hub it leads to, where that is known only once it is open. */
  onHub(address: Address, pid: number | undefined): void;
  onText(data: unknown): void;
  onClose(reason: string): void;
}

/** A hub that seems to be there, and the way to it. */
export interface Found {
  address: Address;
  pid: number | undefined;
  open(events: TransportEvents): Transport;
}

export function bySocket(address: Address, pid: number | undefined): Found {
  return { address, pid, open: (events) => openSocket(address.port, events) };
}

function openSocket(port: number, events: TransportEvents): Transport {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/browser`);
  socket.onmessage = (event: MessageEvent<unknown>) => events.onText(event.data);
  socket.onclose = () => events.onClose(`The link to the hub on port ${port} broke.`);
  return {
    send: (text) => {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(text);
      return true;
    },
    get waiting() {
      return socket.bufferedAmount;
    },
    // With a hub that does not answer, closing takes Chrome a minute.
    close: () => {
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    },
  };
}
