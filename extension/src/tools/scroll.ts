// browser_scroll: the page, or the part of it that an element is in, by a screen, by pixels, or to its end. It exists for pages
// that load more as one scrolls: it waits for what comes, and says how much is left.

import { wheel } from '../input/mouse.ts';
import type { ScrollFacts, ScrollRequest } from '../page/protocol.ts';
import type { Target } from '../pages/types.ts';
import { locate } from './aiming.ts';
import { act, pageTool, type Run } from './page-tool.ts';
import { optionalNumber, optionalText, optionalWord } from './params.ts';
import type { Tool } from './tool.ts';

const DIRECTIONS = ['up', 'down', 'left', 'right'] as const;
const WHEEL_MS = 300;

export const scroll: Tool = pageTool({ need: 'content', kind: 'action' }, async (run) => {
  const { params } = run.call;
  const ref = optionalText(params, 'ref');
  const direction = optionalWord(params, 'direction', DIRECTIONS);
  const amount = optionalNumber(params, 'amount');
  const to = optionalWord(params, 'to', ['top', 'bottom']);
  // Locating scrolls an element into view: with nothing else asked for, that is it.
  const isPlain = direction === undefined && amount === undefined && to === undefined;
  const target = ref === undefined ? undefined : await locate(run, ref, isPlain ? 'view' : 'handle');
  if (target !== undefined && isPlain) return act(run, `Scrolled ${target.what} into view.`, () => seen(run));
  const how: ScrollRequest = {
    ...(direction === undefined ? {} : { direction }), ...(amount === undefined ? {} : { amount }), ...(to === undefined ? {} : { to }),
  };
  let first: ScrollFacts | undefined;
  const result = await act(run, 'Scrolled.', async () => {
    first = await move(run, target, how);
    if (!first.moved && target === undefined && to === undefined) turnWheel(run, first, how);
    await seen(run);
  });
  if (first === undefined) return result;
  // Asked again: a page that loads more as one scrolls has grown by now. Another part may be in the middle of the screen.
  const { to: _to, ...look } = how;
  const now = await move(run, target, { ...look, amount: 0, again: true });
  return { ...result, text: said(first, now, how) };
});

async function move(run: Run, target: Target | undefined, request: ScrollRequest): Promise<ScrollFacts> {
  const { pages } = run.call.services;
  return target === undefined ? pages.askPage(run.tabId, 'scroll', request) : pages.ask(run.tabId, target, 'scroll', request);
}

/** Maps and lists of the page's own make move by the wheel alone. */
function turnWheel(run: Run, { middle, maxX, maxY, x, y }: ScrollFacts, { direction = 'down', amount = 600 }: ScrollRequest): void {
  const atEnd = direction === 'down' ? y >= maxY - 1 && maxY > 0 : direction === 'up' ? maxY > 0 : direction === 'right' ? x >= maxX - 1 && maxX > 0 : maxX > 0;
  if (atEnd) return;
  const sign = direction === 'up' || direction === 'left' ? -1 : 1;
  const sideways = direction === 'left' || direction === 'right';
  wheel(run.tab.root, middle, sideways ? sign * amount : 0, sideways ? 0 : sign * amount);
}

/** The page hears of a scroll with its next frame, and asks for more in the one after. */
async function seen(run: Run): Promise<void> {
  const { pages } = run.call.services;
  await pages.quiet(run.tabId, WHEEL_MS);
  await pages.quiet(run.tabId, WHEEL_MS);
}

function said(first: ScrollFacts, now: ScrollFacts, { direction = 'down', to }: ScrollRequest): string {
  const sideways = to === undefined && (direction === 'left' || direction === 'right');
  const [at, most, word] = sideways ? [now.x, now.maxX, 'right'] : [now.y, now.maxY, 'below'];
  const left = Math.max(0, Math.round(most - at));
  const rest = left < 1 ? 'it is at its end' : `${left} px are left ${word}`;
  if (first.moved) return `Scrolled ${now.what} to ${Math.round(at)} px of ${Math.round(most)}; ${rest}.`;
  const grown = now.maxY > first.maxY || now.maxX > first.maxX ? `, but has grown: ${rest}` : '';
  if (most >= 1) return `Nothing moved: ${now.what} was there already (${Math.round(at)} px of ${Math.round(most)})${grown}.`;
  return to === undefined ? `Nothing scrolls by itself in ${now.what}; the mouse wheel was turned over it.` : `Nothing scrolls in ${now.what}.`;
}
