// The promise: roles and names are those of the W3C's rules (tests/rules), computed by the very code of the snapshot in a real
// browser; and where the browser's own tree says something else, the reason is known.

import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { list, record, text } from '../../src/json.ts';
import { CHROMIUM_ROLES, CHROMIUM_RULES } from '../rules/chromium.ts';
import { NAME_CASES } from '../rules/names.ts';
import { ROLE_CASES } from '../rules/roles.ts';
import { accessible, type Accessible, type DevTools } from '../support/devtools.ts';
import { rig } from '../support/rig.ts';

const { browser } = rig();
let page: DevTools;

beforeAll(async () => {
  const contents = `import { describe } from './describe.ts'; globalThis.told = (el) => describe(el);`;
  const resolveDir = fileURLToPath(new URL('../../src/page', import.meta.url));
  const { outputFiles } = await build({ stdin: { contents, resolveDir, loader: 'ts' }, bundle: true, format: 'iife', write: false, target: 'chrome125' });
  page = await browser.session('about:blank');
  await page.send('Accessibility.enable');
  await page.evaluate(outputFiles[0]?.text ?? '');
});

async function asked(html: string): Promise<{ own: { role: string; name: string }; chromium: Accessible }> {
  const told = record(await page.evaluate(`document.body.innerHTML = ${JSON.stringify(html)}; told(document.getElementById('x'))`));
  const objectId = await page.handle(`document.getElementById('x')`);
  const { nodes } = await page.send('Accessibility.getPartialAXTree', { objectId, fetchRelatives: false });
  const [node] = list(nodes).map(record);
  const own = { role: text(told.role) ?? '', name: text(told.name) ?? '' };
  return { own: { ...own, role: own.role === 'generic' ? '' : own.role }, chromium: accessible(node ?? {}) };
}

const different: string[] = [];

function compare(html: string, ruled: string, chromium: string): void {
  if (ruled === chromium) return;
  different.push(`${html}: by the rules ${JSON.stringify(ruled)}, Chromium ${JSON.stringify(chromium)}: ${CHROMIUM_RULES[html] ?? 'not known why'}`);
  expect(CHROMIUM_RULES[html], `Chromium says ${JSON.stringify(chromium)}`).toBeDefined();
}

describe('a role', () => {
  it.each(ROLE_CASES)('of $html is "$role"', async ({ html, role }) => {
    const { own, chromium } = await asked(html);
    expect(own.role).toBe(role === 'none' ? '' : role);
    // What Chromium leaves out is generic or presentational to it.
    const theirs = chromium.ignored && chromium.role === '' ? '' : (CHROMIUM_ROLES[chromium.role] ?? chromium.role);
    compare(html, role === 'none' ? '' : role, theirs === 'none' ? '' : theirs);
  });
});

describe('a name', () => {
  it.each(NAME_CASES)('$step: $html is "$name"', async ({ html, name }) => {
    const { own, chromium } = await asked(html);
    expect(own.role === '' ? '' : own.name).toBe(name);
    compare(html, name, chromium.name.replace(/\s+/g, ' ').trim());
  });
});

it('Chromium says something else only where it is known why', () => {
  console.log(`Chromium differs in ${different.length} of ${ROLE_CASES.length + NAME_CASES.length} cases:\n${different.join('\n')}`);
  expect(different.length).toBeGreaterThan(0);
});
