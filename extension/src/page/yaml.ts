// Strings into YAML. It exists so that whatever text a page has, the snapshot stays valid YAML and no text can pass for a node.

const RESERVED = new Set(['y', 'n', 'yes', 'no', 'true', 'false', 'on', 'off', 'null', '~']);
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;
const CONTROLS = /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g;
// What ends a plain scalar early, or begins another kind of one.
const UNSAFE = /^[\s\-&*\]\[,?!>|@"'#%={}`]|[:\s]$|:\s|\s#|[{}`]|\[ref=/;

export function needsQuotes(text: string): boolean {
  if (text === '' || UNSAFE.test(text) || CONTROL.test(text)) return true;
  const first = text.charCodeAt(0);
  // A number, a date or a reserved word would be read as something else than a string.
  if ((first >= 48 && first <= 57) || first === 43 || first === 46) return /^[\d+.][\d._:eExXa-fA-F+-]*$/.test(text);
  return text.length <= 5 && RESERVED.has(text.toLowerCase());
}

function escapeControl(char: string): string {
  if (char === '"' || char === '\\') return `\\${char}`;
  if (char === '\n') return '\\n';
  if (char === '\t') return '\\t';
  if (char === '\r') return '\\r';
  const code = char.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Always in double quotes, as names are. */
export function quoted(text: string): string {
  return `"${text.replace(CONTROLS, escapeControl)}"`;
}

export function yamlValue(text: string): string {
  return needsQuotes(text) ? quoted(text) : text;
}

/** A node's own line without value: role, name and states, then its ref; in single quotes where plain YAML would misread it. */
export function yamlKey(text: string, ref: string): string {
  if (!text.includes(':') && !text.includes('#')) return text + ref;
  return /:\s|:$|\s#/.test(text) ? `'${text.replaceAll("'", "''")}${ref}'` : text + ref;
}

const CLEAN = /^[!-~](?: ?[!-~])*$/;
const SPACES = /[ \t\n\r\f\u00a0\u200b\u00ad]+/g;

/** One line, single blanks, well formed: a lone half of an emoji would not survive the way to the model. */
export function squash(text: string): string {
  if (CLEAN.test(text)) return text;
  return text.replace(SPACES, ' ').trim().toWellFormed();
}
