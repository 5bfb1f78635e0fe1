// Reads of the DOM that a page cannot bend. It exists because `<input name="children">` inside a form, or `<img name="body">`,
// shadows the property of the same name on that form or on the document, in isolated worlds too: forms and the document are
// therefore read through the getters of the prototypes.

const ELEMENT = 1;
const TEXT = 3;

/** The getter of a prototype: it costs as little as the property, and nothing that the page names shadows it. */
function getter<T extends object, K extends keyof T>(owner: { readonly prototype: T }, name: K): (this: T) => T[K] {
  const get = Object.getOwnPropertyDescriptor(owner.prototype, name)?.get;
  if (get === undefined) throw new Error(`no getter of ${String(name)}`);
  return get;
}

const nodeTypeOf = getter(Node, 'nodeType');
const firstChildOf = getter(Node, 'firstChild');
const nextSiblingOf = getter(Node, 'nextSibling');
const parentNodeOf = getter(Node, 'parentNode');
const textContentOf = getter(Node, 'textContent');
const isConnectedOf = getter(Node, 'isConnected');
const ownerDocumentOf = getter(Node, 'ownerDocument');
const firstElementChildOf = getter(Element, 'firstElementChild');
const localNameOf = getter(Element, 'localName');
const namespaceOf = getter(Element, 'namespaceURI');
const shadowRootGetter = getter(Element, 'shadowRoot');

export function nodeType(node: Node): number {
  return nodeTypeOf.call(node);
}

export function isElement(node: Node | null | undefined): node is Element {
  return node != null && nodeTypeOf.call(node) === ELEMENT;
}

/** Of whatever an event may have come to, also from another frame: what has been there is no instance of this frame's Element. */
export function isElementTarget(target: EventTarget | undefined): target is Element {
  try {
    return target !== undefined && Reflect.apply(nodeTypeOf, target, []) === ELEMENT;
  } catch {
    return false; // The window is no node.
  }
}

export function isText(node: Node): node is Text {
  return nodeTypeOf.call(node) === TEXT;
}

export function tagOf(el: Element): string {
  return localNameOf.call(el);
}

/** What has been in another frame is no instance of this frame's HTMLElement, but is HTML all the same. */
export function isHtml(el: Element | null): el is HTMLElement {
  return el !== null && namespaceOf.call(el) === 'http://www.w3.org/1999/xhtml';
}

export function isInput(el: Element | null): el is HTMLInputElement {
  return el !== null && localNameOf.call(el) === 'input' && isHtml(el);
}

export function isTextArea(el: Element | null): el is HTMLTextAreaElement {
  return el !== null && localNameOf.call(el) === 'textarea' && isHtml(el);
}

export function attr(el: Element, name: string): string | null {
  return Element.prototype.getAttribute.call(el, name);
}

export function hasAttr(el: Element, name: string): boolean {
  return Element.prototype.hasAttribute.call(el, name);
}

export function hasAttributes(el: Element): boolean {
  return Element.prototype.hasAttributes.call(el);
}

export function firstChild(node: Node): Node | null {
  return firstChildOf.call(node);
}

export function firstElementChild(el: Element): Element | null {
  return firstElementChildOf.call(el);
}

export function nextSibling(node: Node): Node | null {
  return nextSiblingOf.call(node);
}

export function parentNode(node: Node): Node | null {
  return parentNodeOf.call(node);
}

/** Whether it is in this frame's page: a page may move an element into another frame, where other coordinates hold. */
export function isHere(node: Node): boolean {
  return isConnectedOf.call(node) && ownerDocumentOf.call(node) === document;
}

export function textContent(node: Node): string {
  const text: unknown = node.textContent;
  return typeof text === 'string' ? text : (textContentOf.call(node) ?? '');
}

export function rectOf(el: Element): DOMRect {
  return Element.prototype.getBoundingClientRect.call(el);
}

export function closest(el: Element, selector: string): Element | null {
  return Element.prototype.closest.call(el, selector);
}

export function matches(el: Element, selector: string): boolean {
  return Element.prototype.matches.call(el, selector);
}

export function body(): Element | null {
  return Reflect.get(Document.prototype, 'body', document);
}

export function documentElement(): Element | null {
  return Reflect.get(Document.prototype, 'documentElement', document);
}

export function queryAll(root: Document | ShadowRoot | Element, selector: string): Element[] {
  if (root instanceof Document) return [...Document.prototype.querySelectorAll.call(root, selector)];
  if (root instanceof Element) return [...Element.prototype.querySelectorAll.call(root, selector)];
  return [...root.querySelectorAll(selector)];
}

/** The tree that ids and labels of this element are looked up in. */
export function rootOf(node: Node): Document | ShadowRoot {
  const root = Node.prototype.getRootNode.call(node);
  return root instanceof ShadowRoot ? root : document;
}

export function byId(near: Element, id: string): Element | null {
  const root = rootOf(near);
  return root instanceof ShadowRoot ? root.getElementById(id) : Document.prototype.getElementById.call(document, id);
}

/** The element of a space separated list of ids, in its order. */
export function byIds(near: Element, ids: string): Element[] {
  const found: Element[] = [];
  for (const id of ids.split(/\s+/)) {
    const el = id === '' ? null : byId(near, id);
    if (el) found.push(el);
  }
  return found;
}

/** Newer than the oldest browser that this runs in. */
const labelledByOf = Object.getOwnPropertyDescriptor(Element.prototype, 'ariaLabelledByElements')?.get;

/** What aria-labelledby points to. A script that gives elements instead of ids leaves the attribute empty. */
export function labellersOf(el: Element, ids: string): readonly Element[] {
  if (ids.trim() !== '') return byIds(el, ids);
  const elements: unknown = labelledByOf?.call(el);
  return Array.isArray(elements) ? elements.filter((one): one is Element => one instanceof Element) : [];
}

export function activeElement(): Element | null {
  let active: Element | null = Reflect.get(Document.prototype, 'activeElement', document);
  while (active) {
    const inner: Element | null = shadowRootOf(active)?.activeElement ?? null;
    if (!inner) return active;
    active = inner;
  }
  return active;
}

const HOST_TAGS = new Set(
  'article aside blockquote body div footer h1 h2 h3 h4 h5 h6 header main nav p section span'.split(' '),
);
const closedRoots = new WeakMap<Element, ShadowRoot>();
/** Most pages have none: then there is nothing to look up. */
let anyClosedRoot = false;

/** How long it holds that a plain host with children of its own has no closed root: nothing tells when one comes later. */
const ASKED_HOLDS_MS = 30_000;
let asked = new WeakSet<Element>();
let askedSince = 0;
let askedWhileLoading = false;

/** Before a look: has all hosts asked once more if the answers are old, or were given before the page's scripts had all run. */
export function forgetAsked(): void {
  const isLoading = Reflect.get(Document.prototype, 'readyState', document) !== 'complete';
  if (isLoading === askedWhileLoading && performance.now() - askedSince < ASKED_HOLDS_MS) return;
  asked = new WeakSet();
  askedSince = performance.now();
  askedWhileLoading = isLoading;
}

/** Asks Chrome for a closed shadow root; costs 2 µs, so callers ask only where one is likely, or once. */
export function closedShadowRoot(el: Element): ShadowRoot | null {
  const known = closedRoots.get(el);
  if (known) return known;
  if (!(el instanceof HTMLElement) || typeof chrome === 'undefined') return null;
  try {
    const root = chrome.dom?.openOrClosedShadowRoot(el);
    if (!(root instanceof ShadowRoot)) return null;
    closedRoots.set(el, root);
    anyClosedRoot = true;
    return root;
  } catch {
    return null; // the extension was reloaded under this page
  }
}

/**
 * The shadow root, open or closed. A closed one is looked for in custom elements, in plain hosts that have nothing of their own
 * to show, and once in other plain hosts: children that are slotted into a closed root look like any others.
 */
export function shadowRootOf(el: Element, tag = tagOf(el)): ShadowRoot | null {
  const open = shadowRootGetter.call(el);
  if (open) return open;
  const known = anyClosedRoot ? closedRoots.get(el) : undefined;
  if (known) return known;
  if (tag.includes('-')) return closedShadowRoot(el);
  if (!HOST_TAGS.has(tag)) return null;
  if (firstChildOf.call(el) === null) return closedShadowRoot(el);
  if (asked.has(el)) return null;
  asked.add(el);
  return closedShadowRoot(el);
}

/** The parent in the tree as it is painted: slots, then shadow hosts, then parents. */
export function flatParent(node: Node): Element | null {
  if (node instanceof Element || node instanceof Text) {
    const slot = node instanceof HTMLFormElement ? null : node.assignedSlot;
    if (slot) return slot;
  }
  const parent = parentNode(node);
  if (parent instanceof ShadowRoot) return parent.host;
  if (!isElement(parent)) return null;
  return parent;
}

/** Whether `el` is `ancestor` or lies inside it in the painted tree. */
export function isInside(el: Element, ancestor: Element): boolean {
  for (let at: Element | null = el; at; at = flatParent(at)) if (at === ancestor) return true;
  return false;
}

/** Calls back for each child in the painted tree. */
export function eachFlatChild(el: Element, shadow: ShadowRoot | null, visit: (child: Node) => void): void {
  if (shadow === null && el instanceof HTMLSlotElement) {
    const assigned = el.assignedNodes();
    if (assigned.length > 0) {
      for (const node of assigned) visit(node);
      return;
    }
  }
  for (let child = firstChild(shadow ?? el); child; child = nextSibling(child)) visit(child);
}

/** Whether there is a text that says something among the children. */
export function ownsText(parent: Node): boolean {
  for (let child = firstChild(parent); child; child = nextSibling(child)) {
    if (isText(child) && /\S/.test(child.data)) return true;
  }
  return false;
}
