// What of a request may be told. It exists because a model's answers are stored and sent to others: what proves who the person is
// stays in the browser.

export const MASK = '••••';
const SECRET_HEADERS = /^(?:cookie|set-cookie)$|auth|token|secret|api-?key|session|csrf|xsrf|password|signature/i;
const SECRET_FIELDS = /pass(?:word|wd|phrase|code)?$|^pwd$|secret|token|otp$|cvc|cvv|card_?number|api_?key|credential/i;

/** Headers that hold an address. */
const ADDRESS_HEADERS = /^(?::path|referer|location|content-location|refresh)$/i;
/** In the query or fragment of an address, beside the names of secret fields. */
const SECRET_PARAMS = /^(?:auth|authorization|jwt|sid|sig|ticket|assertion|saml(?:request|response))$|session_?id|signature|^x-(?:amz|goog)-(?:credential|signature|security-token)$/i;
/** Where a list goes on is no secret, though it is called a token. */
const PLACE_PARAMS = /(?:page|continuation|next|sync)_?token$/i;
/** A value of this length under the name `key` opens something; a shorter one names a row. */
const LEAST_KEY = 16;

export function maskedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, SECRET_HEADERS.test(name) ? maskHeader(name, value) : ADDRESS_HEADERS.test(name) ? maskedUrl(value) : value]),
  );
}

/** An address with what it proves masked: a name and password before the host, and tokens, keys and signatures in query and fragment. */
export function maskedUrl(url: string): string {
  const open = url.replace(/^([a-z][\w+.-]*:\/\/)[^/?#@]*@/i, `$1${MASK}@`);
  const at = open.search(/[?#]/);
  if (at < 0) return open;
  const rest = open.slice(at);
  // A sign-in's one-time code (RFC 6749, 4.1.2) is told from other codes by what comes with it.
  const isSignIn = /[?&#](?:state|session_state)=/.test(rest);
  const masked = rest.replace(/([?&#;])([^=&#;?]+)=([^&#;]+)/g, (all, before: string, name: string, value: string) =>
    isSecretParam(decoded(name), value, isSignIn) ? `${before}${name}=${MASK}` : all,
  );
  return open.slice(0, at) + masked;
}

function isSecretParam(name: string, value: string, isSignIn: boolean): boolean {
  if (PLACE_PARAMS.test(name)) return false;
  if (/^code$/i.test(name)) return isSignIn;
  if (/^key$/i.test(name)) return value.length >= LEAST_KEY;
  return SECRET_FIELDS.test(name) || SECRET_PARAMS.test(name);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
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
    return body.replace(/(name="([^"]*)"\r?\n(?:[^\r\n]+\r?\n)*\r?\n)([^\r\n]*)/g, (all, head: string, name: string) => (SECRET_FIELDS.test(name) ? head + MASK : all));
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
