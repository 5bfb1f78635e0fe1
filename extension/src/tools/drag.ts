// browser_drag: takes one element to another with the mouse, be it by the page's own pointer events or by HTML5 drag and drop.

import { drag as dragMouse } from '../input/drag.ts';
import { locate, lost, reach } from './aiming.ts';
import { act, pageTool } from './page-tool.ts';
import { requiredText } from './params.ts';
import type { Tool } from './tool.ts';

const FRAME_MS = 60;

export const drag: Tool = pageTool({ need: 'content', kind: 'action' }, async (run) => {
  const { params, services } = run.call;
  const startRef = requiredText(params, 'startRef');
  const endRef = requiredText(params, 'endRef');
  // That there is somewhere to go is known before anything is picked up.
  const place = await locate(run, endRef, 'view');
  const found = await locate(run, startRef, 'click');
  return act(run, `Picked up ${found.what}.`, async () => {
    const ask = () => services.pages.ask(run.tabId, place, 'drops', {});
    await ask();
    const there = await reach(run, place, 'view');
    const { target: start, isThere } = await reach(run, there.target === place ? found : await locate(run, startRef, 'click'), 'click');
    if (!isThere || !there.isThere) throw lost('not_actionable', `The page heard nothing of the mouse over ${(isThere ? place : start).what}, and nothing was picked up`);
    let where = '';
    const kind = await dragMouse(run.tab, start, {
      modifiers: 0,
      frame: () => services.pages.quiet(run.tabId, FRAME_MS),
      end: async () => {
        const end = await locate(run, endRef, 'view');
        where = end.what;
        return { x: end.x, y: end.y };
      },
    });
    run.said = `Dragged ${start.what} to ${where}.`;
    if (kind === 'pointer') return;
    await services.pages.quiet(run.tabId, FRAME_MS);
    // The drop may have led to another page, which knows nothing of it.
    const { taken } = await ask().catch(() => ({ taken: true }));
    run.said = taken ? `Dragged ${start.what} to ${where} and dropped it.` : `Dragged ${start.what} to ${where}, but the page did not take it there: nothing was dropped.`;
  });
});
