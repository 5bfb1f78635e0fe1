// Where running transitions lead. It exists because pages fade in what they open and fade out what they close: a look in the middle
// would miss the one and tell of the other, and to wait for the end would make each click on such a page a quarter second longer.

import { collapses, LEAST_OPACITY, scalesToNothing } from './shapes.ts';

/** What an element comes to by its animations: to be seen, or not to be seen any more. */
export type Ending = 'shows' | 'hides';

/** A page with so many moving parts is never at its end. */
const MAX_ANIMATIONS = 300;
/** What takes longer is not seen by its end: a text that comes in a year is hidden. */
const LATEST_MS = 5_000;
/** Animated sizes of boxes that clip: accordions, folded texts. */
const SIZES = ['height', 'maxHeight', 'width', 'maxWidth', 'gridTemplateRows'] as const;

/** For the elements that run such an animation at this moment; usually none. */
export function endingsOf(animations: readonly Animation[]): ReadonlyMap<Element, Ending> {
  const endings = new Map<Element, Ending>();
  if (animations.length > MAX_ANIMATIONS) return endings;
  for (const { effect, playState, currentTime } of animations) {
    if (playState !== 'running' || !(effect instanceof KeyframeEffect) || effect.target === null || effect.pseudoElement !== null) continue;
    const left = Number(effect.getComputedTiming().endTime) - Number(currentTime);
    if (!(left <= LATEST_MS)) continue;
    const ending = endingBy(effect, effect.target);
    if (ending !== undefined && endings.get(effect.target) !== 'hides') endings.set(effect.target, ending);
  }
  return endings;
}

function endingBy(effect: KeyframeEffect, target: Element): Ending | undefined {
  const keyframes = effect.getKeyframes();
  const { direction = 'normal', iterations = 1 } = effect.getComputedTiming();
  const isBackwards = (direction === 'reverse') !== (direction.startsWith('alternate') && iterations % 2 === 0);
  const [first, last] = isBackwards ? [keyframes.at(-1), keyframes[0]] : [keyframes[0], keyframes.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  if (isNothing(last, target)) return 'hides';
  return isNothing(first, target) ? 'shows' : undefined;
}

/** Whether a keyframe leaves nothing of the element to be seen. */
function isNothing(frame: ComputedKeyframe, target: Element): boolean {
  const value = (name: string): string | undefined => {
    const found: unknown = Reflect.get(frame, name);
    return typeof found === 'string' ? found : undefined;
  };
  const opacity = value('opacity');
  if (opacity !== undefined && Number(opacity) < LEAST_OPACITY) return true;
  if (collapses(asMatrix(value('transform'))) || scalesToNothing(value('scale') ?? 'none')) return true;
  if (!SIZES.some((name) => /^0(?:px|fr|%)?$/.test(value(name) ?? ''))) return false;
  const { overflowX, overflowY } = getComputedStyle(target);
  return overflowX !== 'visible' || overflowY !== 'visible' || value('gridTemplateRows') !== undefined;
}

/** As computed styles write it; what depends on the size of the box is no collapse. */
function asMatrix(transform: string | undefined): string {
  if (transform === undefined || transform === 'none') return 'none';
  try {
    return new DOMMatrix(transform).toString();
  } catch {
    return 'none';
  }
}
