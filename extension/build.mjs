// Bundles the extension into one folder that Chrome loads. The Rust build runs it too, with --outdir inside its own
// target folder, so it needs nothing but esbuild and writes the same bytes on every machine.
import { build } from 'esbuild';
import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: { outdir: { type: 'string', default: path.join(here, 'dist') } },
});
const outdir = path.resolve(values.outdir);

await rm(outdir, { recursive: true, force: true });
await mkdir(path.join(outdir, 'icons'), { recursive: true });

const shared = {
  absWorkingDir: here,
  bundle: true,
  charset: 'utf8',
  format: 'iife',
  legalComments: 'inline',
  logLevel: 'warning',
  minify: true,
  outdir,
  platform: 'browser',
  sourcemap: false,
  target: 'chrome125',
};

await build({
  ...shared,
  entryPoints: { worker: 'src/worker.ts', popup: 'src/popup/popup.ts', page: 'src/page/main.ts', reader: 'src/reader/main.ts', ask: 'src/ask/ask.ts' },
});

await cp(path.join(here, 'manifest.json'), path.join(outdir, 'manifest.json'));
await cp(path.join(here, 'src/popup/popup.html'), path.join(outdir, 'popup.html'));
await cp(path.join(here, 'src/popup/popup.css'), path.join(outdir, 'popup.css'));
await cp(path.join(here, 'src/ask/ask.html'), path.join(outdir, 'ask.html'));
await cp(path.join(here, 'src/ask/ask.css'), path.join(outdir, 'ask.css'));
await cp(path.join(here, 'icons'), path.join(outdir, 'icons'), { recursive: true });
