// A stand-in hub, a site and a real browser together, for one test file.

import { afterAll, beforeAll, expect } from 'vitest';
import { list, record, text, type JsonRecord } from '../../src/json.ts';
import { TestBrowser } from './browser.ts';
import { StandInHub, type Answer, type CallOptions } from './hub.ts';
import { Site } from './site.ts';

export interface Rig {
  hub: StandInHub;
  site: Site;
  browser: TestBrowser;
  call(tool: string, params?: JsonRecord, options?: CallOptions): Promise<Answer>;
  open(path: string, options?: CallOptions): Promise<Answer>;
}

export function rig(): Rig {
  const hub = new StandInHub();
  const site = new Site();
  const browser = new TestBrowser();
  beforeAll(async () => {
    await hub.start();
    await site.start();
    await browser.start(hub.port);
    await hub.until('the extension', () => hub.connected, 20_000);
  });
  afterAll(async () => {
    await browser.stop();
    await site.stop();
    await hub.stop();
  });
  const call: Rig['call'] = (tool, params, options) => hub.call(`browser_${tool}`, params, options);
  return { hub, site, browser, call, open: (path, options) => call('navigate', { url: site.origin + path }, options) };
}

export function yaml(answer: Answer): string {
  expect(answer.error).toEqual({});
  return text(record(answer.result.snapshot).yaml) ?? '';
}

export function code(answer: Answer): string {
  return text(answer.error.code) ?? 'ok';
}

export function notes(answer: Answer): string {
  return list(answer.result.notes).join('\n');
}

export function pageTab(answer: Answer): number {
  return Number(record(answer.result.page).tabId);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Looks again and again until `holds`. */
export async function eventually(what: string, holds: () => Promise<boolean>, ms = 10_000): Promise<void> {
  const until = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error(`never came: ${what}`);
    await pause(25);
  }
}
