// browser_screenshot: the viewport, one element or the full page, of tabs in front and hidden ones alike, scaled so that a
// model can look at it.

import { annotate } from '../annotate.ts';
import { within } from '../async.ts';
import type { DebugTab } from '../debugger/debug-tab.ts';
import { ToolError } from '../errors.ts';
import { imageSize } from '../image-size.ts';
import { finite, record, text, type JsonRecord } from '../json.ts';
import { rounded, scaleOf, type Picture } from '../pictures.ts';
import { header, pageTool, type Run, viewing } from './page-tool.ts';
import { isAside, optionalFlag, optionalNumber, optionalText, optionalWord } from './params.ts';
import type { Tool } from './tool.ts';

const LONG_SIDE = 1_568;
const CAPTURE_MS = 15_000;
/** Beyond this Chrome's compositor cannot draw a page in one piece. */
const MAX_SIDE = 16_384;

interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const screenshot: Tool = pageTool({ need: 'content', kind: 'reader' }, async (run) => {
  const { params } = run.call;
  const { root } = run.tab;
  const type = optionalWord(params, 'type', ['png', 'jpeg', 'webp']) ?? 'png';
  const quality = optionalNumber(params, 'quality') ?? 80;
  const ref = optionalText(params, 'ref');
  const fullPage = ref === undefined && (optionalFlag(params, 'fullPage') ?? false);
  run.call.waitingFor('Chrome to draw the page');
  const metrics = await root.send('Page.getLayoutMetrics');
  const area = ref === undefined ? pageArea(run, metrics, fullPage) : await elementArea(run, metrics, ref);
  const scale = scaleFor(area, pixelRatio(metrics), optionalNumber(params, 'maxWidth'), optionalNumber(params, 'maxHeight'));
  const data = await drawn(run.tab, {
    format: type,
    ...(type === 'png' ? {} : { quality: Math.min(100, Math.round(quality)) }),
    clip: { ...area, scale },
    captureBeyondViewport: fullPage || ref !== undefined,
    optimizeForSpeed: false,
  });
  const labelled = optionalFlag(params, 'annotate') === true ? await withRefs(run, data, type, quality, area) : data;
  const size = imageSize(labelled) ?? { width: Math.round(area.width * scale), height: Math.round(area.height * scale) };
  const picture: Picture = { area, ...size, ofViewport: ref === undefined && !fullPage, loaderId: run.tab.frame.loaderId };
  // The model goes on pointing at the picture that it saw itself.
  if (!isAside(params)) await run.call.services.pictures.keep(run.call.clientId, run.tabId, picture);
  const pixels = rounded(scaleOf(picture));
  return {
    page: await header(run.tabId),
    text: `The picture has ${size.width} × ${size.height} pixels, ${pixels} for each CSS pixel.`,
    image: { mimeType: `image/${type}`, data: labelled, ...size, scale: scaleOf(picture) },
  };
});

/** Refs of what can be seen, drawn on the picture; of a full page those of the part that is in view. */
async function withRefs(run: Run, data: string, type: string, quality: number, area: Area): Promise<string> {
  run.call.waitingFor('the refs to be drawn');
  const [boxes, metrics] = await Promise.all([run.call.services.pages.boxes(run.tabId), run.tab.root.send('Page.getLayoutMetrics')]);
  const viewport = record(metrics.cssVisualViewport);
  const [left, top] = [finite(viewport.pageX) ?? 0, finite(viewport.pageY) ?? 0];
  const { width = area.width } = imageSize(data) ?? {};
  const scale = width / area.width;
  const drawn = await annotate(data, `image/${type}`, quality, boxes, (x, y) => [(x + left - area.x) * scale, (y + top - area.y) * scale]);
  run.notes.push(drawn.labels === 0 ? 'There is nothing to act on in this part of the page.' : `${drawn.labels} refs are drawn on the picture.`);
  return drawn.data;
}

/** Of a hidden tab only while it has its frames (see DebugTab.wantFrames): without, Chrome never answers. */
async function drawn(tab: DebugTab, params: JsonRecord): Promise<string> {
  const keepFrames = setInterval(() => tab.wantFrames(), 1_000);
  tab.wantFrames();
  try {
    const answer = await within(
      tab.root.send('Page.captureScreenshot', params, CAPTURE_MS),
      CAPTURE_MS,
      () => new ToolError('tool_failed', `Chrome drew no picture of the tab within ${CAPTURE_MS} ms.`, 'Try again, or use browser_snapshot.'),
    );
    const data = text(answer.data);
    if (data === undefined || data === '') throw new ToolError('tool_failed', 'Chrome gave an empty picture.', 'Try again, or use browser_snapshot.');
    return data;
  } finally {
    clearInterval(keepFrames);
  }
}

function pageArea(run: Run, metrics: JsonRecord, fullPage: boolean): Area {
  const viewport = record(metrics.cssVisualViewport);
  if (!fullPage) {
    return {
      x: finite(viewport.pageX) ?? 0,
      y: finite(viewport.pageY) ?? 0,
      width: Math.max(1, finite(viewport.clientWidth) ?? 1),
      height: Math.max(1, finite(viewport.clientHeight) ?? 1),
    };
  }
  const content = record(metrics.cssContentSize);
  const width = Math.max(1, finite(content.width) ?? 1);
  const height = Math.max(1, finite(content.height) ?? 1);
  if (height > MAX_SIDE) run.notes.push(`The page is ${height} px high; the picture shows its first ${MAX_SIDE}.`);
  return { x: 0, y: 0, width: Math.min(width, MAX_SIDE), height: Math.min(height, MAX_SIDE) };
}

async function elementArea(run: Run, before: JsonRecord, ref: string): Promise<Area> {
  const { call, tabId } = run;
  const deadline = Math.min(call.deadline, performance.now() + 5_000);
  const { rect, what } = await call.services.pages.locate(tabId, ref, viewing(run), run.signal, deadline);
  if (rect.width < 1 || rect.height < 1) {
    throw new ToolError('not_actionable', `The ${what} has no size to take a picture of.`, 'Take a picture of the page, without ref.');
  }
  // Its place is told relative to the viewport, which locating may have scrolled; clips count from the page's corner.
  const after = await run.tab.root.send('Page.getLayoutMetrics').catch(() => before);
  const viewport = record(after.cssVisualViewport);
  return {
    x: rect.x + (finite(viewport.pageX) ?? 0),
    y: rect.y + (finite(viewport.pageY) ?? 0),
    width: Math.min(rect.width, MAX_SIDE),
    height: Math.min(rect.height, MAX_SIDE),
  };
}

/** How many pixels Chrome draws for a CSS pixel: the screen's density times the zoom. */
function pixelRatio(metrics: JsonRecord): number {
  const device = finite(record(metrics.layoutViewport).clientWidth) ?? 0;
  const css = finite(record(metrics.cssLayoutViewport).clientWidth) ?? 0;
  return device > 0 && css > 0 ? device / css : 1;
}

export function scaleFor(area: Area, ratio: number, maxWidth: number | undefined, maxHeight: number | undefined): number {
  const width = area.width * ratio;
  const height = area.height * ratio;
  const asked = maxWidth !== undefined || maxHeight !== undefined;
  const limits = [1];
  if (!asked) limits.push(LONG_SIDE / Math.max(width, height));
  if (maxWidth !== undefined && maxWidth > 0) limits.push(maxWidth / width);
  if (maxHeight !== undefined && maxHeight > 0) limits.push(maxHeight / height);
  return Math.min(...limits);
}
