// Which fields hold secrets. It exists apart from states because names, values and searches must all keep quiet about them.

import { attr, hasAttr, hasAttributes, isInput, isTextArea } from './dom.ts';

/** Tokens of the autocomplete attribute (HTML, "autofill detail tokens") whose fields hold what nobody else is to read. */
const SECRET_TOKENS = /(?:^|\s)(?:cc-number|cc-csc|one-time-code|current-password|new-password)(?:\s|$)/;
/** Fields that call themselves so are password fields, whatever type the page gave them since. */
const SECRET_NAMES = /passw(?:or)?d|passphrase|passcode|(?:^|[^a-z])(?:cvv|cvc|csc|otp)(?:[^a-z]|$)/i;

/** Fields once seen as password fields: a "show" button makes plain text fields of them, the secret stays one. */
const secrets = new WeakSet<Element>();

const observer = new MutationObserver((records) => {
  for (const { target, oldValue } of records) if (target instanceof Element && oldValue?.toLowerCase() === 'password') secrets.add(target);
});

/** From here on a field that the page turns from a password into plain text is remembered, be it never looked at in between. */
export function watchSecrets(root: Document | ShadowRoot): void {
  observer.observe(root, { attributeFilter: ['type'], attributeOldValue: true, subtree: true });
}

export function isSecret(el: Element): boolean {
  if (!(isInput(el) || isTextArea(el))) return false;
  if (secrets.has(el)) return true;
  const type: unknown = el.type;
  if (type === 'password') {
    secrets.add(el);
    return true;
  }
  if (!hasAttributes(el)) return false;
  const autocomplete = attr(el, 'autocomplete');
  if (autocomplete !== null && SECRET_TOKENS.test(autocomplete.toLowerCase()) && !isChoice(el, autocomplete)) return true;
  if ((type === 'text' || type === 'tel' || type === 'number') && (SECRET_NAMES.test(attr(el, 'name') ?? '') || SECRET_NAMES.test(attr(el, 'id') ?? ''))) return true;
  // A password field of the page's own make: text shown as dots by CSS.
  return (hasAttr(el, 'class') || hasAttr(el, 'style')) && getComputedStyle(el).getPropertyValue('-webkit-text-security') !== 'none';
}

/** Libraries call lists so that password managers keep off them; nobody picks a new password from a list. */
function isChoice(el: Element, autocomplete: string): boolean {
  return /^\s*(?:combobox|listbox)\s*$/i.test(attr(el, 'role') ?? '') && /^\s*new-password\s*$/i.test(autocomplete);
}
