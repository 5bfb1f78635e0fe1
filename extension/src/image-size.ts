// The size of a PNG, JPEG or WebP picture, read from its first bytes. It exists because Chrome rounds a scaled clip its own
// way, and what an answer says of its picture should be so.

export interface Size {
  width: number;
  height: number;
}

/** JPEG may carry a colour profile before its size; 64 kB of base64 hold that. */
const HEAD_CHARS = 65_536;

export function imageSize(base64: string): Size | undefined {
  const head = base64.slice(0, HEAD_CHARS - (HEAD_CHARS % 4));
  const bytes = Uint8Array.from(atob(head), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  try {
    if (view.getUint32(0) === 0x89504e47) return { width: view.getUint32(16), height: view.getUint32(20) };
    if (view.getUint16(0) === 0xffd8) return jpegSize(view);
    if (view.getUint32(0) === 0x52494646) return webpSize(view);
  } catch {
    // Shorter than its kind says.
  }
  return undefined;
}

function jpegSize(view: DataView): Size | undefined {
  let at = 2;
  while (at + 9 < view.byteLength) {
    const marker = view.getUint8(at + 1);
    // Start of frame, all kinds; C4, C8 and CC are tables.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function webpSize(view: DataView): Size | undefined {
  switch (view.getUint32(12)) {
    case 0x56503820: // "VP8 ", lossy
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 0x5650384c: { // "VP8L", lossless
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 0x56503858: // "VP8X", extended
      return {
        width: 1 + (view.getUint16(24, true) | (view.getUint8(26) << 16)),
        height: 1 + (view.getUint16(27, true) | (view.getUint8(29) << 16)),
      };
    default:
      return undefined;
  }
}
