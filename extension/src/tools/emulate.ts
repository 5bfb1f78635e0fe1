// browser_resize and browser_emulate: what the tab pretends to be. The person's window stays as it is: only the page is told
// another size, colour scheme, medium, user agent, place or network, until it is told otherwise or the client gives the tab up.

import { MEDIA, NETWORKS, SCHEMES, type Emulation } from '../debugger/emulation.ts';
import { finite, isRecord } from '../json.ts';
import { viewOf } from './mouse-xy.ts';
import { act, pageTool, type Run } from './page-tool.ts';
import { optionalNumber, optionalText, optionalWord, wrong } from './params.ts';
import type { Result, Tool } from './tool.ts';

const ACTION = { need: 'any', kind: 'action' } as const;
const LEAST = 50;
/** Chrome refuses more. */
const MOST = 10_000;
const FRAME_MS = 300;

export const resize: Tool = pageTool(ACTION, async (run) => {
  const { params } = run.call;
  const [width, height] = [optionalNumber(params, 'width'), optionalNumber(params, 'height')];
  const { viewport: _viewport, ...rest } = await run.call.services.debuggers.emulation(run.tabId);
  if (width === undefined && height === undefined) {
    return change(run, rest, async () => `The viewport has its own size again, ${await sizeOf(run)}.`);
  }
  const viewport = { width: side('width', width), height: side('height', height) };
  return change(run, { ...rest, viewport }, async () => `The viewport has ${await sizeOf(run)} now, until browser_resize is called without a size. The window is as it was.`);
});

export const emulate: Tool = pageTool(ACTION, async (run) => {
  const { debuggers } = run.call.services;
  const before = await debuggers.emulation(run.tabId);
  const asked = wanted(run);
  if (Object.keys(asked).length === 0) {
    const { viewport } = before;
    return change(run, viewport === undefined ? {} : { viewport }, async () => 'Nothing is emulated any more in this tab.');
  }
  const after = { ...before, ...asked };
  const { viewport: _viewport, ...shown } = after;
  if (asked.geolocation !== undefined) await noteConsent(run);
  if (asked.userAgent !== undefined) run.notes.push('The server hears of the user agent with the next page: use browser_reload or browser_navigate.');
  return change(run, after, async () => `This tab emulates ${inWords(shown)}, until browser_emulate is called without arguments.`);
});

async function change(run: Run, emulation: Emulation, said: () => Promise<string>): Promise<Result> {
  const { services, clientId } = run.call;
  run.call.waitingFor('Chrome to change what the tab emulates');
  return act(run, 'Changed what the tab emulates.', async () => {
    await services.debuggers.emulate(run.tabId, emulation);
    // Points in a picture of another size mean nothing any more.
    await services.pictures.keep(clientId, run.tabId, undefined);
    // The page is told with its next frame, and draws itself anew in the one after.
    for (let i = 0; i < 2; i++) await services.pages.quiet(run.tabId, FRAME_MS).catch(() => false);
    run.said = await said();
  });
}

function wanted({ call: { params } }: Run): Emulation {
  const emulation: Emulation = {};
  const colorScheme = optionalWord(params, 'colorScheme', SCHEMES);
  const media = optionalWord(params, 'media', MEDIA);
  const network = optionalWord(params, 'network', NETWORKS);
  const userAgent = optionalText(params, 'userAgent');
  if (colorScheme !== undefined) emulation.colorScheme = colorScheme;
  if (media !== undefined) emulation.media = media;
  if (network !== undefined) emulation.network = network;
  if (userAgent !== undefined) emulation.userAgent = userAgent;
  const geolocation = placeOf(params.geolocation);
  if (geolocation !== undefined) emulation.geolocation = geolocation;
  return emulation;
}

function placeOf(given: unknown): Emulation['geolocation'] {
  if (given === undefined || given === null) return undefined;
  const place = isRecord(given) ? given : {};
  const [latitude, longitude, accuracy = 1] = [finite(place.latitude), finite(place.longitude), finite(place.accuracy)];
  if (latitude === undefined || longitude === undefined || Math.abs(latitude) > 90 || Math.abs(longitude) > 180 || accuracy < 0) {
    throw wrong('geolocation', '{ latitude: -90 to 90, longitude: -180 to 180, accuracy?: metres }');
  }
  return { latitude, longitude, accuracy };
}

/** A page is told a place only where the person lets it know one, emulated or not. */
async function noteConsent(run: Run): Promise<void> {
  const func = async (): Promise<string> => (await navigator.permissions.query({ name: 'geolocation' })).state;
  // In the extension's own world, where no page can notice it; a page that it cannot look into is left at the note.
  const [answer] = await chrome.scripting.executeScript({ target: { tabId: run.tabId, frameIds: [0] }, func }).catch(() => []);
  if (answer?.result === 'granted') return;
  run.notes.push('The person has not allowed this site to know the location, so the page may get none: only the person may allow it, in the browser.');
}

function side(name: string, given: number | undefined): number {
  if (given === undefined || !Number.isInteger(given) || given < LEAST || given > MOST) throw wrong(name, `a whole number from ${LEAST} to ${MOST} (width and height go together)`);
  return given;
}

async function sizeOf(run: Run): Promise<string> {
  const { width, height } = await viewOf(run);
  return `${Math.round(width)} × ${Math.round(height)} CSS pixels`;
}

function inWords(emulation: Omit<Emulation, 'viewport'>): string {
  const { geolocation, ...words } = emulation;
  const parts = Object.entries(words).map(([name, value]) => `${name} ${value}`);
  if (geolocation !== undefined) parts.push(`geolocation ${geolocation.latitude}, ${geolocation.longitude}`);
  return parts.join(', ');
}
