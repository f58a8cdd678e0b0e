import { defineConfig } from 'vitest/config';

/** Apart from the other projects: these want another version of the service beside this one (`.ci/upgrade/check`). */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    name: 'upgrade',
    include: ['test/upgrade/**/*.test.ts'],
    setupFiles: ['reflect-metadata'],
    globalSetup: ['./libs/platform/testing/src/vitest/global-setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // One at a time: how long a request stalls is measured.
    fileParallelism: false,
  },
});
