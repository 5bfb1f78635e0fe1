// Pictures as canvases of the worker, and back. It exists so that they can be drawn on and cut where no page can notice it.

export async function bitmapOf(data: string, type: string): Promise<ImageBitmap> {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type }));
}

export function canvasOf(width: number, height: number): { canvas: OffscreenCanvas; context: OffscreenCanvasRenderingContext2D } {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no 2d context to draw on');
  return { canvas, context };
}

/** In base64. `quality`: of 100, for what is not PNG. */
export async function encoded(canvas: OffscreenCanvas, type: string, quality: number): Promise<string> {
  const blob = await canvas.convertToBlob({ type, ...(type === 'image/png' ? {} : { quality: quality / 100 }) });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}
