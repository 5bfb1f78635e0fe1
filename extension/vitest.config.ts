// Which tests run: the quick ones by default; those in a real browser (`npm run test:browser`, after a build) on request.

import { defineConfig } from 'vitest/config';

const inBrowser = process.env.TABHUB_TEST === 'browser';

export default defineConfig({
  test: {
    include: inBrowser ? ['tests/browser/**/*.test.ts'] : ['tests/unit/**/*.test.ts', 'tests/page/**/*.test.ts'],
    ...(inBrowser ? { testTimeout: 60_000, hookTimeout: 30_000, fileParallelism: false } : {}),
  },
});
