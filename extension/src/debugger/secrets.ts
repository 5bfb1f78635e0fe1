// What of a request may be told. It exists because a model's answers are stored and sent to others: what proves who the person is
// stays in the browser.

export const MASK = '••••';
const SECRET_HEADERS = /^(?:cookie|set-cookie)$|auth|token|secret|api-?key|session|csrf|xsrf|password|signature/i;
const SECRET_FIELDS = /pass(?:word|wd|phrase|code)?$|^pwd$|secret|token|otp$|cvc|cvv|card_?number|api_?key|credential/i;

export function maskedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, SECRET_HEADERS.test(name) ? maskHeader(name, value) : value]));
}

/** Names of cookies and kinds of authorization are no secrets, and tell what is there. */
function maskHeader(name: string, value: string): string {
  if (/^cookie$/i.test(name)) return value.split(';').map((part) => `${part.split('=')[0]?.trim() ?? ''}=${MASK}`).join('; ');
  if (/^set-cookie$/i.test(name)) return value.split('\n').map((line) => line.replace(/^([^=;]*)=[^;]*/, `$1=${MASK}`)).join('\n');
  const kind = /^(?:Basic|Bearer|Digest|Negotiate|Token)(?= )/i.exec(value)?.[0];
  return kind === undefined ? MASK : `${kind} ${MASK}`;
}

/** A form or a JSON text with the values of secret fields masked; anything else as it is. */
export function maskedBody(body: string): string {
  try {
    return JSON.stringify(maskJson(JSON.parse(body), 0));
  } catch {
    // No JSON.
  }
  if (!/^[\w.%+*-]+=/.test(body) || /[\n<>{}]/.test(body)) {
    // The parts of a multipart form name their fields.
    return body.replace(/(name="([^"]*)"\r?\n(?:[^\n]+\n)*\r?\n)([^\r\n]*)/g, (all, head: string, name: string) => (SECRET_FIELDS.test(name) ? head + MASK : all));
  }
  return body.split('&').map((pair) => {
    const name = pair.split('=')[0] ?? '';
    return SECRET_FIELDS.test(name) ? `${name}=${MASK}` : pair;
  }).join('&');
}

function maskJson(value: unknown, depth: number): unknown {
  if (depth > 20 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => maskJson(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, SECRET_FIELDS.test(key) && typeof item !== 'object' ? MASK : maskJson(item, depth + 1)]));
}
