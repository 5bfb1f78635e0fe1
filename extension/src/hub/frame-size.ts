// How large a frame may be. It exists because the hub ends the connection of a browser whose frame is over its cap, with
// everything else that is under way on it: such a frame must not be sent at all.

/** The hub's cap (`BROWSER_FRAME_BYTES`). */
export const FRAME_BYTES = 64 * 1024 * 1024;

/** Whether a text takes more than `bytes` on the wire, without counting where its length alone tells: a character is at most three bytes. */
export function isOver(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && bytesOf(text) > bytes);
}

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
