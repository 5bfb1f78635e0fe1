// One walk over the painted tree of a frame, which decides what is worth telling. It exists as a walker of our own because
// the browser's accessibility tree costs ten times as much and knows nothing of closed shadow roots in other worlds.

import {
  attr, closedShadowRoot, eachFlatChild, firstChild, firstElementChild, forgetAsked, hasAttr, isElement, isText, nextSibling, ownsText, shadowRootOf, tagOf, textContent,
} from './dom.ts';
import { Contents } from './contents.ts';
import { blendsIn } from './faint.ts';
import { duringLook, lookOnce } from './during.ts';
import { contentWindowOf } from './frames.ts';
import { areasOn } from './image-map.ts';
import { labelsShownField } from './labels.ts';
import { contentName, cut, givenName, lastName } from './names.ts';
import { NO_PROPERTIES, propertiesOf } from './properties.ts';
import { CONTROLS, isFocusable, NAMED_BY_TEXT, NAMED_IF_PLAIN, NAMELESS, partOf, PHRASES, roleOf, type Surroundings } from './roles.ts';
import { isEditable, statesOf, valueOf } from './states.ts';
import { type Child, type FramePlace, hasText, isLoneControl, isPlainText, textOf, type TreeNode } from './tree.ts';
import { type Facts, hidesOwnText, isSpeck, LONG_TEXT, lookOf, type Look, noFacts, SHORT_TEXT, showsText, type Unseen } from './visibility.ts';
import { squash } from './yaml.ts';

const SKIPPED = new Set([
  'script', 'style', 'noscript', 'template', 'head', 'meta', 'link', 'title', 'base', 'param', 'source', 'track',
  'datalist', 'wbr', 'rp', 'desc', 'defs', 'col', 'colgroup',
]);
/** Told even if there is nothing in them. */
const KEPT_EMPTY = new Set(['cell', 'gridcell', 'columnheader', 'rowheader', 'row', 'img', 'separator', 'canvas', 'video', 'audio', 'iframe', 'progressbar', 'meter']);
const MAX_DEPTH = 600;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** One for each depth, used anew for each element there: a walk of 20,000 elements would make as many otherwise. */
interface Context extends Mutable<Surroundings> {
  depth: number;
  facts: Facts;
  unseen: Unseen;
  /** An ancestor already shows the hand cursor. */
  pointer: boolean;
  /** Inside something that is named by its text: what is inside need not be told. */
  named: boolean;
  /** The parent holds text of its own: phrases inside belong to its sentence. */
  sentence: boolean;
  /** A text of its own has the colour of its background. */
  faint: boolean;
  /** Inside the label of a field that is to be seen: its text is told as that field's name. */
  muted: boolean;
}

export interface WalkResult {
  readonly children: Child[];
  /** Characters of text that were left out because no person can see them. */
  readonly hiddenChars: number;
  readonly hiddenPieces: number;
  readonly tooDeep: boolean;
}

export interface WalkHooks {
  /** Called for each shadow root on the way, so that its changes are seen as well. */
  onShadowRoot(root: ShadowRoot): unknown;
  framePlace(el: Element): FramePlace;
}

function newContext(): Context {
  return {
    depth: 0, facts: noFacts(), unseen: '', pointer: false, named: false, sentence: false, faint: false, muted: false, table: '',
    part: 'body', parentRole: '',
  };
}

export class Walk {
  #hiddenChars = 0;
  #hiddenPieces = 0;
  #tooDeep = false;
  readonly #hooks: WalkHooks;
  readonly #active: Element | null;
  readonly #contexts: Context[] = [];
  readonly #contents = new Contents();
  /** What the walk has told so far; an element takes its children off the end. */
  readonly #out: Child[] = [];

  constructor(hooks: WalkHooks, active: Element | null) {
    this.#hooks = hooks;
    this.#active = active;
  }

  run(root: Element): WalkResult {
    forgetAsked();
    lookOnce(() => this.#visit(root, newContext()));
    return { children: this.#out, hiddenChars: this.#hiddenChars, hiddenPieces: this.#hiddenPieces, tooDeep: this.#tooDeep };
  }

  /** True if it was seen to be painted. */
  #visit(el: Element, context: Context): boolean {
    const tag = tagOf(el);
    if (SKIPPED.has(tag)) return false;
    if (tag === 'br') {
      this.#out.push(' ');
      return false;
    }
    if (context.depth > MAX_DEPTH) {
      this.#tooDeep = true;
      return false;
    }
    const look = lookOf(el, tag, context.facts, context.unseen);
    if (look === null || (look.facts.attributes.off && isSwitchedOff(el))) return false;
    if ((context.named || tag === 'label') && context.unseen === '') duringLook()?.looks.set(el, look);
    // An <object> that shows a page is a frame.
    const isFrame = tag === 'object' && contentWindowOf(el) !== null;
    const role = isFrame ? 'iframe' : roleOf(el, context, tag, look.facts.attributes);
    if (tag === 'select') this.#select(el, role, look);
    else if (tag === 'svg' && this.#drawing(el, context, look)) return true;
    else if (role === '' || role === 'none' || PHRASES.has(role)) this.#generic(el, tag, role, context, look);
    else this.#element(el, isFrame ? 'iframe' : tag, role, context, look);
    return true;
  }

  #inside(context: Context, tag: string, role: string, look: Look, named: boolean, pointer: boolean): Context {
    const depth = context.depth + 1;
    let inside = this.#contexts[depth];
    if (!inside) {
      inside = newContext();
      this.#contexts[depth] = inside;
    }
    inside.depth = depth;
    inside.facts = look.facts;
    inside.unseen = look.unseen;
    inside.pointer = pointer;
    inside.named = named;
    inside.sentence = false;
    inside.faint = false;
    inside.muted = context.muted && !NAMED_BY_TEXT.has(role);
    inside.table = tag === 'table' || role === 'grid' || role === 'treegrid' || role === 'table' ? (role === '' ? 'none' : role) : context.table;
    inside.part = partOf(tag, role, context.part);
    inside.parentRole = role;
    return inside;
  }

  /** Tells the children of `el`; true if text of its own that a person can see was among them. */
  #children(el: Element, tag: string, inside: Context, look: Look): boolean {
    const shadow = shadowRootOf(el, tag);
    if (shadow) this.#hooks.onShadowRoot(shadow);
    const start = this.#out.length;
    const parent = shadow ?? el;
    const summaryOnly = tag === 'details' && !hasAttr(el, 'open');
    if (tag === 'label' && el instanceof HTMLLabelElement && labelsShownField(el)) inside.muted = true;
    const textless = summaryOnly || inside.muted;
    // Most elements hold nothing but text: then it is had in one piece, without a look at each node.
    if (shadow === null && tag !== 'slot' && firstElementChild(el) === null) return this.#text(el, textContent(el), inside, look, textless);
    if (shadow === null && tag === 'slot' && el instanceof HTMLSlotElement) {
      inside.sentence = ownsText(parent);
      let shows = false;
      eachFlatChild(el, null, (child) => {
        if (isText(child)) shows = this.#text(el, child.data, inside, look, textless) || shows;
        else if (isElement(child) && !(summaryOnly && tagOf(child) !== 'summary')) this.#visit(child, inside);
      });
      return shows;
    }
    const content = this.#contents.of(parent, inside.depth);
    inside.sentence = content.hasText;
    let shows = false;
    let first = shadow === null;
    for (const child of content.parts) {
      if (typeof child === 'string') {
        if (this.#text(el, child, inside, look, textless)) shows = true;
        continue;
      }
      const painted = !(summaryOnly && tagOf(child) !== 'summary') && this.#visit(child, inside);
      // A child outside the painted tree gives away a closed shadow root that nobody had looked for.
      if (first && !painted && isUnpainted(child) && closedShadowRoot(el)) {
        this.#out.length = start;
        return this.#children(el, tag, inside, look);
      }
      first = false;
    }
    return shows;
  }

  /** Tells a text of `el`; true if a person can see it. */
  #text(el: Element, data: string, inside: Context, look: Look, textless: boolean): boolean {
    if (data === '') return false;
    if (!/\S/.test(data)) {
      this.#out.push(' ');
      return false;
    }
    if (textless) return false;
    if (this.#showsText(el, inside, look, data)) {
      this.#out.push(data);
      if (data.length >= SHORT_TEXT && !inside.named && (blendsIn(el, data, look.facts) || duringLook()?.cut.has(el) === true)) inside.faint = true;
      return true;
    }
    if (look.visible) this.#countHidden(data);
    return false;
  }

  /** What was told since `start`, taken off again. */
  #take(start: number): Child[] {
    if (this.#out.length === start) return [];
    const children = this.#out.slice(start);
    this.#out.length = start;
    return children;
  }

  #showsText(el: Element, context: Context, look: Look, text: string): boolean {
    if (!look.visible) return false;
    // Labels for screen readers count as names of controls, and nowhere else.
    if (context.named) return showsText(el, look.facts, context.unseen, text);
    return context.unseen === '' && !hidesOwnText(el, look.facts, text);
  }

  #countHidden(text: string): void {
    this.#hiddenPieces += 1;
    this.#hiddenChars += squash(text).length;
  }

  #generic(el: Element, tag: string, role: string, context: Context, look: Look): void {
    const hand = !context.pointer && look.facts.hand;
    const { attributes } = look.facts;
    const { bare } = attributes;
    const focusable = isFocusable(el, tag, bare) && (bare || attr(el, 'tabindex') !== '-1');
    const clickable = look.visible && look.unseen === '' && (focusable || (hand && !context.named) || (!bare && hasAttr(el, 'onclick')));
    const named = context.named;
    const sentence = context.sentence;
    const start = this.#out.length;
    if (!look.facts.inline) this.#out.push(' ');
    const inner = this.#out.length;
    const inside = this.#inside(context, tag, role === 'none' ? '' : role, look, named, context.pointer || hand);
    if (role === '') inside.parentRole = context.parentRole;
    const ownText = this.#children(el, tag, inside, look);
    if (!inside.faint && this.#hoists(el, role, inner, clickable, focusable, ownText, named, sentence, look)) {
      if (!look.facts.inline) this.#out.push(' ');
      return;
    }
    const children = this.#take(inner);
    this.#out.length = start;
    if (clickable && children.length === 0 && (el.clientWidth < 2 || el.clientHeight < 2)) return;
    const shown = role === '' || role === 'none' ? 'generic' : role;
    const node = this.#node(el, shown, clickable && role === '' ? givenName(el, tag, attributes) : '', children);
    node.plain = !clickable && shown === 'generic' && !inside.faint;
    node.control = clickable;
    if (clickable) node.states = `${hand ? ' [cursor=pointer]' : ''}${statesOf(el, tag, shown, attributes)}`;
    if (inside.faint) node.states += ' [faint]';
    if (el === this.#active) node.states += ' [active]';
    this.#out.push(node);
  }

  /** Whether an element without a role is not worth a line: what is in it goes to its parent. */
  #hoists(
    el: Element, role: string, inner: number, clickable: boolean, focusable: boolean, ownText: boolean, named: boolean,
    sentence: boolean, look: Look,
  ): boolean {
    if (named) return !(clickable && focusable);
    if (clickable) return !ownText && isLoneControl(this.#out, inner);
    if (el === this.#active) return false;
    if (!ownText && (role === '' || role === 'none')) return true;
    return (sentence && look.facts.inline && isPlainText(this.#out, inner)) || !hasText(this.#out, inner);
  }

  #element(el: Element, tag: string, role: string, context: Context, look: Look): void {
    // Fields that are painted by other elements (opacity 0 above a drawn box) can be acted on; nothing else unseen can.
    const field = tag === 'input';
    const { attributes } = look.facts;
    const { bare } = attributes;
    const told = look.visible && (look.unseen === '' || field || (look.unseen === 'clip' && context.named) || isDrawnElsewhere(el, tag, role));
    const named = context.named;
    const sentence = context.sentence;
    const isControl = CONTROLS.has(role);
    const hand = look.facts.hand && !context.pointer && !isControl && !named;
    const start = this.#out.length;
    let faint = false;
    if (!field && tag !== 'textarea' && tag !== 'iframe' && tag !== 'frame') {
      const inside = this.#inside(context, tag, role, look, named || NAMED_BY_TEXT.has(role), context.pointer || isControl || look.facts.hand);
      this.#children(el, tag, inside, look);
      faint = inside.faint;
    }
    if (!told) {
      if (look.unseen === '') return;
      for (const child of this.#take(start)) if (typeof child !== 'string') this.#out.push(child);
      return;
    }
    const node = this.#node(el, role, NAMELESS.has(role) ? '' : givenName(el, tag, attributes), this.#take(start));
    if (!NAMELESS.has(role)) this.#settleName(node, tag, look.facts);
    node.states = (hand ? ' [cursor=pointer]' : '') + statesOf(el, tag, role, attributes) + (faint ? ' [faint]' : '');
    if (el === this.#active) node.states += ' [active]';
    node.value = valueOf(el, role, tag);
    node.control = isControl || hand || (isFocusable(el, tag, bare) && (bare || attr(el, 'tabindex') !== '-1'));
    if (tag === 'img' && !bare && hasAttr(el, 'usemap')) node.children = this.#areas(el);
    if (role === 'img' && node.name === '' && node.children.length === 0 && (named || sentence)) return;
    if (isEmpty(node) && !KEPT_EMPTY.has(role)) return;
    if (tag === 'img' && node.name.length >= LONG_TEXT && isSpeck(el)) return this.#countHidden(node.name);
    node.props = propertiesOf(el, tag, role, node.name);
    if (tag === 'iframe' || tag === 'frame') node.frame = this.#hooks.framePlace(el);
    this.#out.push(node);
  }

  /** The links of an image map, which have no box of their own. */
  #areas(picture: Element): Child[] {
    return areasOn(picture).flatMap((area) => {
      if (isSwitchedOff(area)) return [];
      const node = this.#node(area, 'link', givenName(area, 'area') || lastName(area, 'area'), []);
      node.control = true;
      if (area === this.#active) node.states = ' [active]';
      node.props = propertiesOf(area, 'area', 'link', node.name);
      return [node];
    });
  }

  #node(el: Element, role: string, name: string, children: Child[]): TreeNode {
    return { el, role, name, states: '', value: '', props: NO_PROPERTIES, children, plain: false, control: false };
  }

  #settleName(node: TreeNode, tag: string, facts: Facts): void {
    if (NAMED_BY_TEXT.has(node.role)) {
      const text = squash(textOf(node.children));
      const given = node.name;
      if (given === '') node.name = contentName(node.el, facts);
      // What the name tells already goes; controls inside stay.
      node.children = node.children.filter((child) => {
        if (typeof child === 'string') return given !== '' && text !== '' && !given.includes(text) && text.length < 200;
        return child.role !== 'img' || !text.includes(child.name);
      });
      if (node.name === '') node.name = lastName(node.el, tag, facts.attributes);
      return;
    }
    if (NAMED_IF_PLAIN.has(node.role) && node.name === '' && isPlainText(node.children)) {
      node.name = cut(squash(textOf(node.children)));
      if (node.name !== '') node.children = [];
      return;
    }
    if (node.name === '') node.name = lastName(node.el, tag, facts.attributes);
  }

  #select(el: Element, role: string, look: Look): void {
    if (!look.visible || (look.unseen !== '' && isReplaced(el, look.unseen))) return;
    const node = this.#node(el, role, givenName(el, 'select') || lastName(el, 'select'), []);
    node.states = statesOf(el, 'select', role);
    if (el === this.#active) node.states += ' [active]';
    node.control = true;
    const options = (parent: Node, into: Child[], depth: number): void => {
      for (let child = firstChild(parent); child && depth < 4; child = nextSibling(child)) {
        if (child instanceof HTMLOptionElement && !child.hidden) {
          const option = this.#node(child, 'option', squash(child.label), []);
          option.states = statesOf(child, 'option', 'option');
          into.push(option);
        } else if (child instanceof HTMLOptGroupElement) {
          const group = this.#node(child, 'group', squash(child.label), []);
          options(child, group.children, depth + 1);
          into.push(group);
        } else if (isElement(child)) {
          options(child, into, depth + 1);
        }
      }
    };
    options(el, node.children, 0);
    this.#out.push(node);
  }

  /** A drawing is an image if it is named, is walked if it holds text or links, else is nothing. True: done with it. */
  #drawing(el: Element, context: Context, look: Look): boolean {
    const name = givenName(el, 'svg');
    if (name === '' && look.visible && look.unseen === '' && el.querySelector('text,a,[role],[tabindex],foreignObject') !== null) {
      this.#generic(el, 'svg', '', context, look);
      return true;
    }
    const hand = !context.pointer && !context.named && look.facts.hand;
    if (!look.visible || look.unseen !== '' || (name === '' && !hand && !hasAttr(el, 'role'))) return true;
    const node = this.#node(el, 'img', name, []);
    node.control = hand;
    if (hand) node.states = ' [cursor=pointer]';
    this.#out.push(node);
    return true;
  }
}

function isUnpainted(el: Element): boolean {
  return !Element.prototype.checkVisibility.call(el) && getComputedStyle(el).display === '';
}

function isSwitchedOff(el: Element): boolean {
  return attr(el, 'aria-hidden') === 'true' || hasAttr(el, 'inert') || attr(el, 'hidden') === 'until-found';
}

/** A native list that no mouse can reach stands behind a widget that shows what is chosen; setting it would show nothing. */
function isReplaced(el: Element, unseen: Unseen): boolean {
  return unseen === 'clip' || getComputedStyle(el).pointerEvents === 'none';
}

/** Editors and terminals take their text through a tiny field off to the side, and draw it themselves. */
function isDrawnElsewhere(el: Element, tag: string, role: string): boolean {
  return (role === 'textbox' || role === 'searchbox' || role === 'combobox') && isFocusable(el, tag) && attr(el, 'tabindex') !== '-1' && isEditable(el);
}

function isEmpty(node: TreeNode): boolean {
  if (node.control || node.name !== '' || node.value !== '') return false;
  return isPlainText(node.children) && !hasText(node.children);
}
