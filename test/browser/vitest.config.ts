import { defineConfig } from 'vitest/config';

/** Apart from the other projects, which need no browser: a step of its own in `.ci/run`. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    name: 'browser',
    include: ['test/browser/**/*.test.ts'],
    setupFiles: ['reflect-metadata'],
    globalSetup: ['./libs/platform/testing/src/vitest/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 300_000, // the first run may install the browser
  },
});
