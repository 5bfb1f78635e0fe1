// A copy of what a person sees of a page, as a plain tree in a document of its own: shadow trees and slots flattened, hidden text
// left out, secrets masked, frames marked by a slot. It exists because text, Markdown and HTML all begin with this, and because
// a library that walks this copy can neither meet the page's traps nor leave a trace in the page.

import { attr, eachFlatChild, isElement, isText, shadowRootOf, tagOf } from '../page/dom.ts';
import { lookOnce } from '../page/during.ts';
import { contentWindowOf, framePlaceOf } from '../page/frames.ts';
import type { FramePlace } from '../page/tree.ts';
import { type Facts, hidesOwnText, isSpeck, LONG_TEXT, lookOf, noFacts } from '../page/visibility.ts';
import { type Format, SLOT } from './protocol.ts';

export interface Clean {
  readonly root: HTMLElement;
  readonly frames: FramePlace[];
}

export interface CleanOptions {
  readonly format: Format;
  /** A field's content as it may be told. */
  readonly value: (el: Element) => string;
}

const SKIPPED = new Set(['script', 'style', 'noscript', 'template', 'head', 'meta', 'link', 'datalist', 'param', 'source', 'track', 'object', 'embed', 'canvas', 'video', 'audio']);
const BLOCKS = new Set(
  ('address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup ' +
    'hr html legend li main menu nav ol output p pre search section summary table tbody td tfoot th thead tr ul').split(' '),
);
const INLINES = new Set('a abbr b bdi bdo br button cite code data del dfn em i img input ins kbd label mark q ruby rp rt s samp select small span strong sub sup textarea time u var wbr'.split(' '));
/** What Markdown needs of an element. */
const MEANT = new Set(['alt', 'title', 'start', 'type', 'align', 'colspan', 'rowspan', 'lang']);
const MAX_DEPTH = 600;
const MAX_ATTRIBUTE = 2_000;

export function clean(from: Element, options: CleanOptions): Clean {
  const frames: FramePlace[] = [];
  // Read through the prototype: a page may have an <img name="implementation">.
  const implementation: DOMImplementation = Reflect.get(Document.prototype, 'implementation', document);
  const inert = implementation.createHTMLDocument('');
  const root = inert.createElement('div');
  lookOnce(() => new Copier(inert, frames, options).add(from, root, noFacts(), '', 0));
  return { root, frames };
}

class Copier {
  readonly #inert: Document;
  readonly #frames: FramePlace[];
  readonly #options: CleanOptions;

  constructor(inert: Document, frames: FramePlace[], options: CleanOptions) {
    this.#inert = inert;
    this.#frames = frames;
    this.#options = options;
  }

  add(el: Element, into: Element, above: Facts, unseenAbove: '' | 'clip' | 'faint', depth: number): void {
    const tag = tagOf(el);
    const isFrame = tag === 'iframe' || tag === 'frame' || (tag === 'object' && contentWindowOf(el) !== null);
    if ((SKIPPED.has(tag) && !isFrame) || depth > MAX_DEPTH) return;
    if (tag === 'br' || tag === 'hr') {
      into.append(this.#inert.createElement(tag));
      return;
    }
    const look = lookOf(el, tag, above, unseenAbove);
    if (look === null) return;
    const isSeen = look.visible && look.unseen === '';
    if (isFrame) {
      if (isSeen) this.#slot(el, into);
      return;
    }
    if (tag === 'img' && (!isSeen || ((attr(el, 'alt') ?? '').length >= LONG_TEXT && isSpeck(el)))) return;
    if (tag === 'svg' || tag === 'math') {
      const words = attr(el, 'aria-label') ?? (tag === 'math' ? el.textContent : el.querySelector('title')?.textContent);
      if (isSeen && words !== null && words !== undefined && words.trim() !== '') into.append(`${words.trim()} `);
      return;
    }
    const copy = this.#copyOf(this.#tagFor(tag, look.facts.inline));
    this.#attributes(el, tag, copy);
    into.append(copy);
    if (tag === 'input' || tag === 'textarea' || tag === 'select') {
      if (isSeen) this.#field(el, tag, copy);
      return;
    }
    const isClosed = tag === 'details' && attr(el, 'open') === null;
    let shows: boolean | undefined;
    eachFlatChild(el, shadowRootOf(el), (child) => {
      if (isText(child)) {
        if (isClosed || !isSeen) return;
        if (/\S/.test(child.data)) shows ??= !hidesOwnText(el, look.facts, child.data);
        if (shows !== false || !/\S/.test(child.data)) copy.append(child.data);
      } else if (isElement(child) && !(isClosed && tagOf(child) !== 'summary')) {
        this.add(child, copy, look.facts, look.unseen, depth + 1);
      }
    });
    if (copy.childNodes.length === 0 && tag !== 'img' && tag !== 'td' && tag !== 'th' && this.#options.format !== 'html') copy.remove();
  }

  #slot(el: Element, into: Element): void {
    const place = this.#inert.createElement('div');
    place.textContent = `${SLOT[0]}${this.#frames.length}${SLOT[1]}`;
    this.#frames.push(framePlaceOf(el));
    into.append(place);
  }

  /** A form's fields keep their names in HTML, and shadow what is called like them on a form: the copy is a form by its name alone. */
  #copyOf(tag: string): Element {
    return tag === 'form' && this.#options.format === 'html' ? this.#inert.createElementNS(null, tag) : this.#inert.createElement(tag);
  }

  /** In HTML as it is; elsewhere an element is a block or a phrase as it is painted, not as it is called. */
  #tagFor(tag: string, inline: boolean): string {
    if (this.#options.format === 'html') return /^[a-z][a-z0-9-]*$/.test(tag) ? tag : 'span';
    if (BLOCKS.has(tag)) return inline && (tag === 'div' || tag === 'section') ? 'span' : tag;
    if (INLINES.has(tag)) return tag === 'span' && !inline ? 'div' : tag;
    return inline ? 'span' : 'div';
  }

  #attributes(el: Element, tag: string, copy: Element): void {
    const isHtml = this.#options.format === 'html';
    for (const name of Element.prototype.getAttributeNames.call(el)) {
      const given = attr(el, name) ?? '';
      const wanted = isHtml ? !/^on|^(?:style|srcdoc|nonce|value|integrity)$/.test(name) : MEANT.has(name) || (name === 'class' && (tag === 'code' || tag === 'pre'));
      if (!wanted || given.length > MAX_ATTRIBUTE) continue;
      try {
        copy.setAttribute(name, given);
      } catch {
        // A name that only a parser can give.
      }
    }
    if ((tag === 'a' || tag === 'area') && el instanceof HTMLAnchorElement && attr(el, 'href') !== null) {
      // A script is no place to go, and the page's own address with # leads nowhere else.
      if (isHtml || !/^(?:javascript|data|blob):/i.test(el.href)) copy.setAttribute('href', el.href.slice(0, MAX_ATTRIBUTE));
    }
    if (el instanceof HTMLImageElement) {
      const source = el.currentSrc || el.src;
      if (/^https?:/.test(source)) copy.setAttribute('src', source.slice(0, MAX_ATTRIBUTE));
      else copy.removeAttribute('src');
    }
  }

  #field(el: Element, tag: string, copy: Element): void {
    if (el instanceof HTMLInputElement && (el.type === 'checkbox' || el.type === 'radio')) {
      if (el.checked) copy.setAttribute('checked', '');
      if (this.#options.format === 'text') copy.replaceWith(el.checked ? '[x] ' : '[ ] ');
      return;
    }
    const isButton = el instanceof HTMLInputElement && /^(?:submit|reset|button)$/.test(el.type);
    const value = isButton && el instanceof HTMLInputElement ? el.value : this.#options.value(el);
    if (this.#options.format === 'html') {
      if (tag === 'input') copy.setAttribute('value', value);
      else copy.textContent = value;
    } else if (value.includes('\n')) {
      const lines = this.#inert.createElement('pre');
      lines.textContent = value;
      copy.replaceWith(lines);
    } else copy.replaceWith(value === '' ? '' : `${value} `);
  }
}
