// browser_pdf_save: the page as Chrome would print it to a file. The bytes go to the host's side, which alone knows where its
// person expects files; they are read from Chrome piece by piece, so that one that is too long for a frame is not read at all.

import { ignore } from '../async.ts';
import type { Cdp } from '../debugger/cdp.ts';
import { CdpError } from '../debugger/cdp.ts';
import { ToolError } from '../errors.ts';
import { FRAME_BYTES } from '../hub/frame-size.ts';
import { text } from '../json.ts';
import { header, pageTool } from './page-tool.ts';
import { optionalText } from './params.ts';
import type { Tool } from './tool.ts';

const PIECE_BYTES = 1024 * 1024;
/** What else travels in the frame is small. */
const MOST_CHARS = FRAME_BYTES - 64 * 1024;

export const pdfSave: Tool = pageTool({ need: 'content', kind: 'reader' }, async (run) => {
  const { params, deadline, waitingFor } = run.call;
  const pageRanges = optionalText(params, 'pages');
  const { root } = run.tab;
  waitingFor('Chrome to print the page');
  const left = Math.max(1, deadline - performance.now());
  const printing = { transferMode: 'ReturnAsStream', printBackground: true, preferCSSPageSize: true, ...(pageRanges === undefined ? {} : { pageRanges }) };
  const handle = text((await root.send('Page.printToPDF', printing, left).catch(refused)).stream);
  if (handle === undefined) throw new ToolError('tool_failed', 'Chrome printed the page to nothing.', 'Try once more.');
  try {
    const data = await read(root, handle);
    const page = await header(run.tabId);
    return { page, file: { name: page.title, mimeType: 'application/pdf', data } };
  } finally {
    ignore(root.send('IO.close', { handle }));
  }
});

/** Chrome's pieces are of any size: base64 can be put together only at each third byte. */
async function read(root: Cdp, handle: string): Promise<string> {
  const pieces: string[] = [];
  let rest = '';
  let chars = 0;
  for (;;) {
    const { data, eof, base64Encoded } = await root.send('IO.read', { handle, size: PIECE_BYTES });
    const raw = text(data) ?? '';
    const bytes = rest + (base64Encoded === true ? atob(raw) : raw);
    const whole = eof === true ? bytes.length : bytes.length - (bytes.length % 3);
    const piece = btoa(bytes.slice(0, whole));
    rest = bytes.slice(whole);
    pieces.push(piece);
    chars += piece.length;
    if (chars > MOST_CHARS) throw tooLarge();
    if (eof === true) return pieces.join('');
  }
}

function tooLarge(): ToolError {
  const most = Math.floor((MOST_CHARS * 3) / 4 / 1_048_576);
  return new ToolError(
    'tool_failed',
    `The PDF of this page would be larger than the ${most} MiB that fit on the way to the host; nothing was saved.`,
    'Save it in parts with pages, such as "1-20", then "21-40"; or let the person print it in the browser.',
  );
}

function refused(error: unknown): never {
  if (error instanceof CdpError && /page range/i.test(error.detail)) {
    throw new ToolError('invalid_params', `Chrome cannot print these pages: ${error.detail}.`, 'Give pages as "1-5, 8", counted from 1, of which the document has at least one.');
  }
  throw error;
}
