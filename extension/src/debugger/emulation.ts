// What a tab pretends: the size of its viewport, colours, medium, user agent, place, network. It exists because Chrome forgets all
// of it when the debugger is taken off, and a new worker knows nothing of it: it is kept for as long as a client holds the tab.

import { ignore } from '../async.ts';
import { finite, isOneOf, record, text, type JsonRecord } from '../json.ts';
import type { Session } from '../session.ts';
import type { Cdp } from './cdp.ts';

export const SCHEMES = ['light', 'dark', 'no-preference'] as const;
export const MEDIA = ['screen', 'print'] as const;
export const NETWORKS = ['offline', 'slow-3g', 'fast-3g', 'slow-4g', 'fast-4g', 'online'] as const;
type Network = (typeof NETWORKS)[number];

export interface Emulation {
  viewport?: { width: number; height: number };
  colorScheme?: (typeof SCHEMES)[number];
  media?: (typeof MEDIA)[number];
  userAgent?: string;
  geolocation?: { latitude: number; longitude: number; accuracy: number };
  network?: Network;
}

/** Milliseconds of delay and bytes a second, as the presets of Chrome's own developer tools have them. */
const SPEEDS: Record<Network, readonly [latency: number, down: number, up: number]> = {
  offline: [0, 0, 0],
  'slow-3g': [2_000, 50_000, 50_000],
  'fast-3g': [562.5, 180_000, 84_375],
  'slow-4g': [165, 1_012_500, 168_750],
  'fast-4g': [60, 1_125_000, 187_500],
  online: [0, -1, -1],
};

const STORED = 'emulation';

/** All tabs' emulation, kept beyond the worker. */
export class Emulations {
  readonly #session: Session;
  #kept: Map<number, Emulation> | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  async of(tabId: number): Promise<Emulation> {
    return (await this.#load()).get(tabId) ?? {};
  }

  async keep(tabId: number, emulation: Emulation): Promise<void> {
    const kept = await this.#load();
    if (Object.keys(emulation).length === 0) kept.delete(tabId);
    else kept.set(tabId, emulation);
    await this.#session.set({ [STORED]: Object.fromEntries(kept) });
  }

  forget(tabId: number): void {
    ignore(this.#load().then((kept) => (kept.has(tabId) ? this.keep(tabId, {}) : undefined)));
  }

  async #load(): Promise<Map<number, Emulation>> {
    if (this.#kept !== undefined) return this.#kept;
    const stored = record((await this.#session.boot())[STORED]);
    this.#kept ??= new Map(Object.entries(stored).map(([tabId, value]) => [Number(tabId), emulationOf(record(value))]));
    return this.#kept;
  }
}

/**
 * The commands that bring a session from one state into another; only what differs is sent. The size belongs to the tab as a
 * whole, the rest to each of its processes, so that a cross-process frame is told it as well.
 */
export function commands(before: Emulation, after: Emulation, isRoot: boolean): [method: string, params: JsonRecord][] {
  const list: [string, JsonRecord][] = [];
  const differs = (...keys: (keyof Emulation)[]): boolean => keys.some((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  const { viewport, colorScheme = '', media, userAgent = '', geolocation, network = 'online' } = after;
  if (isRoot && differs('viewport')) {
    list.push(viewport === undefined ? ['Emulation.clearDeviceMetricsOverride', {}] : ['Emulation.setDeviceMetricsOverride', { ...viewport, deviceScaleFactor: 0, mobile: false }]);
  }
  if (differs('colorScheme', 'media')) {
    list.push(['Emulation.setEmulatedMedia', { media: media ?? '', features: [{ name: 'prefers-color-scheme', value: colorScheme }] }]);
  }
  if (differs('userAgent')) list.push(['Emulation.setUserAgentOverride', { userAgent }]);
  if (differs('geolocation')) {
    list.push(geolocation === undefined ? ['Emulation.clearGeolocationOverride', {}] : ['Emulation.setGeolocationOverride', { ...geolocation }]);
  }
  if (differs('network')) {
    const [latency, downloadThroughput, uploadThroughput] = SPEEDS[network];
    list.push(['Network.emulateNetworkConditions', { offline: network === 'offline', latency, downloadThroughput, uploadThroughput }]);
  }
  return list;
}

export async function emulate(session: Cdp, before: Emulation, after: Emulation, ms: number): Promise<void> {
  const isRoot = session.sessionId === undefined;
  await Promise.all(commands(before, after, isRoot).map(([method, params]) => session.send(method, params, ms)));
}

/** What was stored: what does not fit is left out. */
function emulationOf(stored: JsonRecord): Emulation {
  const emulation: Emulation = {};
  const viewport = record(stored.viewport);
  const [width, height] = [finite(viewport.width), finite(viewport.height)];
  if (width !== undefined && height !== undefined) emulation.viewport = { width, height };
  if (isOneOf(stored.colorScheme, SCHEMES)) emulation.colorScheme = stored.colorScheme;
  if (isOneOf(stored.media, MEDIA)) emulation.media = stored.media;
  const userAgent = text(stored.userAgent);
  if (userAgent !== undefined) emulation.userAgent = userAgent;
  const place = record(stored.geolocation);
  const [latitude, longitude, accuracy] = [finite(place.latitude), finite(place.longitude), finite(place.accuracy)];
  if (latitude !== undefined && longitude !== undefined && accuracy !== undefined) emulation.geolocation = { latitude, longitude, accuracy };
  if (isOneOf(stored.network, NETWORKS)) emulation.network = stored.network;
  return emulation;
}
