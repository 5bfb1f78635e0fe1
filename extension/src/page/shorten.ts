// Long texts in few characters. It exists because one <pre> of a page may hold more than all that a model wants to read of it: a
// snapshot says where it stands and how it begins, a search shows the part that was looked for, and browser_get_text reads it all.

const NODE = /^( *- (?:'(?:[^']|'')*'|[a-z]+(?: "(?:[^"\\]|\\.)*")?(?: \[[^\]]*\])*): )(.+)$/s;
const TOLD_OTHERWISE = /^ *- (?:removed|folded): /;

/** A line of a snapshot with at most so many characters of its text; `ref` is by what all of it can be read. */
export function shortLine(line: string, most: number, ref: string): string {
  if (line.length <= most || TOLD_OTHERWISE.test(line)) return line;
  const [, head = '', value = ''] = NODE.exec(line) ?? [];
  if (value.length <= most) return line;
  const inner = value.startsWith('"') ? value.slice(1, -1) : value;
  const kept = wholeEscapes(inner.slice(0, most));
  const more = inner.slice(kept.length).replace(/\\(?:x..|u....|.)/g, '_').length;
  return `${head}"${kept}…" # ${more} more characters: ${reader(ref)}`;
}

/** The part of a text around a place in it, and what to say of the rest. */
export function excerpt(text: string, at: number, most: number, ref: string): { part: string; note: string } {
  if (text.length <= most) return { part: text, note: '' };
  const start = Math.max(0, Math.min(at - Math.floor(most / 3), text.length - most));
  const end = start + most;
  const part = `${start > 0 ? '…' : ''}${text.slice(start, end).toWellFormed().trim()}${end < text.length ? '…' : ''}`;
  return { part, note: ` # of ${text.length} characters: ${reader(ref)}` };
}

function reader(ref: string): string {
  return `browser_get_text${ref === '' ? '' : ` with ref ${ref}`} reads them`;
}

/** Without the half of an escape, or of a character, that the cut has left at the end. */
function wholeEscapes(cut: string): string {
  const half = /(?:^|[^\\])(?:\\\\)*(\\(?:x[\da-f]?|u[\da-f]{0,3})?)$/.exec(cut)?.[1] ?? '';
  return cut.slice(0, cut.length - half.length).replace(/[\ud800-\udbff]$/, '');
}
