// Whether the page is moving. It exists so that an action waits for what really happens, and not at all if nothing does:
// one observer runs from injection on, so "nothing changed lately" is known without waiting for it.

import { isInside } from './dom.ts';
import { Painting } from './painting.ts';

const WATCHED: MutationObserverInit = { attributes: true, childList: true, characterData: true, subtree: true };
/** A page that changes without end would pay for being watched: above this rate it counts as always moving. */
const MAX_RECORDS_PER_SECOND = 20_000;
const CALM_MS = 50;
/** What may be animated without moving anything. */
const PAINT_ONLY = new Set([
  'opacity', 'color', 'backgroundColor', 'backgroundPosition', 'backgroundImage', 'boxShadow', 'filter', 'fill', 'stroke',
  'outlineColor', 'outlineOffset', 'outlineWidth', 'borderColor', 'borderTopColor', 'borderRightColor', 'borderBottomColor',
  'borderLeftColor', 'visibility', 'textDecorationColor', 'strokeDashoffset', 'strokeDasharray', 'caretColor',
  'backdropFilter', 'textShadow',
]);
const OWN_BOX_ONLY = new Set(['transform', 'rotate', 'scale', 'translate']);
const FRAME_FACTS = new Set(['offset', 'computedOffset', 'easing', 'composite']);

/** How long a frame may take to count: hidden tabs paint once a second (measured, focus emulation or not), their timers run. */
const FRAME_MS = 25;

/** What a hidden tab may take to paint. */
const PAINT_MS = 1200;

/** The next animation frame, or soon after if the browser paints none. */
export function nextFrame(patience = FRAME_MS): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patience);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * After scrolling: until what was scrolled is painted. Input to a page with frames of other sites is routed by the painted
 * picture: before it is, a click would go where things were. Without frames layout alone decides, and that is up to date.
 */
export async function painted(): Promise<void> {
  if (window.length === 0 && Document.prototype.querySelector.call(document, 'iframe') === null && window === window.top) return nextFrame();
  // One to draw it, one until it is shown, and one more for a machine that has much to do.
  for (let frame = 0; frame < 3; frame += 1) await nextFrame(PAINT_MS);
}

/** 'carried': an animation moves the element's own box or one around it; 'endless' is the same without an end. */
export type Motion = 'none' | 'maybe' | 'carried' | 'endless';

/** What had happened up to a moment. */
interface Past {
  readonly changes: number;
  readonly lastChange: number;
}

export class Activity {
  #changes = 0;
  #marked = 0;
  #lastChange = performance.now();
  /** The frame that began with the last input, and what had happened by its beginning. */
  #frame: Promise<Past> | undefined;
  #expectsText = false;
  /** The last change after which a whole frame is known to have passed without another. */
  #outlived = -1;
  #windowStart = 0;
  #windowRecords = 0;
  #restless = false;
  readonly #observer = new MutationObserver((records) => this.#onRecords(records.length));
  readonly #roots = new WeakSet<ShadowRoot>();
  readonly #painting = new Painting();
  /** Called with each change, while somebody watches. */
  onChange: (() => void) | undefined;

  constructor() {
    this.#observer.observe(document, WATCHED);
    const moved = (): void => {
      this.#lastChange = performance.now();
    };
    const changed = (): void => {
      this.#changes += 1;
      this.onChange?.();
    };
    // Scrolling, late images and new sizes move things without a mutation; typing changes values without one.
    for (const type of ['scroll', 'load', 'resize']) addEventListener(type, moved, { capture: true, passive: true });
    for (const type of ['input', 'change', 'focusin', 'load']) addEventListener(type, changed, { capture: true, passive: true });
    addEventListener('input', ({ isTrusted }) => this.#onInput(isTrusted), { capture: true, passive: true });
  }

  /** True for a root that was not watched yet. */
  watch(root: ShadowRoot): boolean {
    if (this.#roots.has(root)) return false;
    this.#roots.add(root);
    this.#observer.observe(root, WATCHED);
    return true;
  }

  #onRecords(count: number): void {
    const now = performance.now();
    this.#changes += count;
    this.#lastChange = now;
    this.onChange?.();
    if (now - this.#windowStart > 1000) {
      this.#windowStart = now;
      this.#windowRecords = 0;
    }
    this.#windowRecords += count;
    if (this.#windowRecords > MAX_RECORDS_PER_SECOND) {
      this.#restless = true;
      this.#observer.disconnect();
    }
  }

  #onInput(isTrusted: boolean): void {
    if (!isTrusted || !this.#expectsText) return;
    this.#expectsText = false;
    this.inputCame();
  }

  /** It changes so fast that it is not observed any more. */
  get isRestless(): boolean {
    return this.#restless;
  }

  #take(): void {
    const pending = this.#observer.takeRecords();
    if (pending.length > 0) this.#onRecords(pending.length);
  }

  mark(): void {
    this.#take();
    this.#marked = this.#changes;
  }

  /** The next text that comes into a field is an input of ours. */
  expectText(): void {
    this.#expectsText = true;
  }

  /**
   * An input of ours is there: the frame that is to pass after it begins now, and not only when the worker asks for it, which is
   * most of a frame later.
   */
  inputCame(): void {
    this.#frame = nextFrame().then(async () => {
      const past = this.#past();
      await new Promise((resolve) => setTimeout(resolve)); // Until what the page itself does in that frame is done.
      return past;
    });
  }

  #past(): Past {
    this.#take();
    return { changes: this.#changes, lastChange: this.#lastChange };
  }

  /** Whether nothing has changed since then. */
  #isQuietSince(past: Past): boolean {
    this.#take();
    if (past.lastChange === this.#lastChange) this.#outlived = past.lastChange;
    return past.changes === this.#changes;
  }

  /** Whether the frame after the last input passed, and nothing changed since it began. */
  async #wasQuiet(): Promise<boolean> {
    const past = await this.#frame;
    this.#frame = undefined;
    return past !== undefined && this.#isQuietSince(past);
  }

  /** Resolves once a frame passed without a change; true: something changed since the mark. */
  async quiet(maxMs: number): Promise<boolean> {
    const end = performance.now() + maxMs;
    // Where nothing is painted nothing comes with a frame either: what is there now is all.
    let quiet = (await this.#wasQuiet()) || !this.#painting.isOn;
    while (!quiet) {
      const past = this.#past();
      const began = performance.now();
      await nextFrame();
      this.#painting.frameTook(performance.now() - began);
      quiet = this.#isQuietSince(past) || performance.now() >= end;
    }
    this.#take();
    return this.#restless || this.#changes !== this.#marked;
  }

  /** Whether this frame is painted: only there may anything be waited for with a frame. */
  get isPainted(): boolean {
    return this.#painting.isOn;
  }

  /** Nothing changed for a while, or for a whole frame: then only an animation could move things. */
  isCalm(): boolean {
    this.#take();
    return !this.#restless && (this.#outlived === this.#lastChange || performance.now() - this.#lastChange >= CALM_MS);
  }
}

const RANKS: readonly Motion[] = ['none', 'maybe', 'carried', 'endless'];

/** What running animations may do to the box of an element. */
export function motionOf(el: Element): Motion {
  const animations = document.getAnimations();
  if (animations.length > 300) return 'maybe';
  let worst: Motion = 'none';
  for (const animation of animations) {
    if (animation.playState !== 'running') continue;
    const motion = motionBy(animation, el);
    if (RANKS.indexOf(motion) > RANKS.indexOf(worst)) worst = motion;
  }
  return worst;
}

function motionBy(animation: Animation, el: Element): Motion {
  const effect = animation.effect;
  if (!(effect instanceof KeyframeEffect)) return 'maybe';
  const target = effect.target;
  const carries = target === null || isInside(el, target);
  for (const frame of effect.getKeyframes()) {
    for (const property of Object.keys(frame)) {
      if (FRAME_FACTS.has(property) || PAINT_ONLY.has(property) || property.startsWith('--')) continue;
      if (carries) return effect.getComputedTiming().endTime === Number.POSITIVE_INFINITY ? 'endless' : 'carried';
      if (!OWN_BOX_ONLY.has(property)) return 'maybe';
    }
  }
  return 'none';
}
