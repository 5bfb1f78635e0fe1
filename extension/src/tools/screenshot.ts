// browser_screenshot: the viewport, one element or the full page, of tabs in front and hidden ones alike, scaled so that a
// model can look at it.

import { annotate } from '../annotate.ts';
import { within } from '../async.ts';
import type { DebugTab } from '../debugger/debug-tab.ts';
import { ToolError } from '../errors.ts';
import { imageSize } from '../image-size.ts';
import { finite, record, text, type JsonRecord } from '../json.ts';
import { rounded, scaleOf, type Picture } from '../pictures.ts';
import { cut, isWhole, shotOf, type Area } from '../shot.ts';
import { header, pageTool, type Run, viewing } from './page-tool.ts';
import { isAside, optionalFlag, optionalNumber, optionalText, optionalWord } from './params.ts';
import type { Tool } from './tool.ts';

const LONG_SIDE = 1_568;
const CAPTURE_MS = 15_000;
/** Beyond this Chrome's compositor cannot draw a page in one piece. */
const MAX_SIDE = 16_384;

export const screenshot: Tool = pageTool({ need: 'content', kind: 'reader' }, async (run) => {
  const { params } = run.call;
  const { root } = run.tab;
  const type = optionalWord(params, 'type', ['png', 'jpeg', 'webp']) ?? 'png';
  const quality = optionalNumber(params, 'quality') ?? 80;
  const ref = optionalText(params, 'ref');
  const fullPage = ref === undefined && (optionalFlag(params, 'fullPage') ?? false);
  run.call.waitingFor('Chrome to draw the page');
  const rect = ref === undefined ? undefined : await elementRect(run, ref);
  const metrics = await root.send('Page.getLayoutMetrics');
  const view = viewOf(metrics);
  const page = contentOf(metrics);
  const area = rect !== undefined ? inPage(rect, view) : fullPage ? fullArea(run, page) : view;
  const scale = scaleFor(area, pixelRatio(metrics), optionalNumber(params, 'maxWidth'), optionalNumber(params, 'maxHeight'));
  const shot = shotOf(area, view, page);
  const whole = isWhole(shot, area);
  const drawnAs = whole ? type : 'png';
  const picture = await drawn(run.tab, {
    format: drawnAs,
    ...(drawnAs === 'png' ? {} : { quality: Math.min(100, Math.round(quality)) }),
    clip: { ...shot.clip, scale },
    captureBeyondViewport: shot.beyond,
    optimizeForSpeed: false,
  });
  const data = whole ? picture : await cut(picture, shot, area, `image/${type}`, quality);
  const labelled = optionalFlag(params, 'annotate') === true ? await withRefs(run, data, type, quality, area, fullPage) : data;
  const size = imageSize(labelled) ?? { width: Math.round(area.width * scale), height: Math.round(area.height * scale) };
  const kept: Picture = { area, ...size, ofViewport: ref === undefined && !fullPage, loaderId: run.tab.frame.loaderId };
  // The model goes on pointing at the picture that it saw itself.
  if (!isAside(params)) await run.call.services.pictures.keep(run.call.clientId, run.tabId, kept);
  const pixels = rounded(scaleOf(kept));
  return {
    page: await header(run.tabId),
    text: `The picture has ${size.width} × ${size.height} pixels, ${pixels} for each CSS pixel.`,
    image: { mimeType: `image/${type}`, data: labelled, ...size, scale: scaleOf(kept) },
  };
});

/** Refs of what can be seen, drawn on the picture. */
async function withRefs(run: Run, data: string, type: string, quality: number, area: Area, fullPage: boolean): Promise<string> {
  run.call.waitingFor('the refs to be drawn');
  const [boxes, metrics] = await Promise.all([run.call.services.pages.boxes(run.tabId, fullPage), run.tab.root.send('Page.getLayoutMetrics')]);
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

function viewOf(metrics: JsonRecord): Area {
  const viewport = record(metrics.cssVisualViewport);
  return {
    x: finite(viewport.pageX) ?? 0,
    y: finite(viewport.pageY) ?? 0,
    width: Math.max(1, finite(viewport.clientWidth) ?? 1),
    height: Math.max(1, finite(viewport.clientHeight) ?? 1),
  };
}

function contentOf(metrics: JsonRecord): Area {
  const content = record(metrics.cssContentSize);
  return { x: 0, y: 0, width: Math.max(1, finite(content.width) ?? 1), height: Math.max(1, finite(content.height) ?? 1) };
}

function fullArea(run: Run, page: Area): Area {
  if (page.height > MAX_SIDE) run.notes.push(`The page is ${page.height} px high; the picture shows its first ${MAX_SIDE}.`);
  return { ...page, width: Math.min(page.width, MAX_SIDE), height: Math.min(page.height, MAX_SIDE) };
}

/** Relative to the viewport, which this may scroll. */
async function elementRect(run: Run, ref: string): Promise<Area> {
  const { call, tabId } = run;
  const deadline = Math.min(call.deadline, performance.now() + 5_000);
  const { rect, what } = await call.services.pages.locate(tabId, ref, viewing(run), run.signal, deadline);
  if (rect.width < 1 || rect.height < 1) {
    throw new ToolError('not_actionable', `The ${what} has no size to take a picture of.`, 'Take a picture of the page, without ref.');
  }
  return rect;
}

/** Clips count from the page's corner. */
function inPage(rect: Area, view: Area): Area {
  return { x: rect.x + view.x, y: rect.y + view.y, width: Math.min(rect.width, MAX_SIDE), height: Math.min(rect.height, MAX_SIDE) };
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
