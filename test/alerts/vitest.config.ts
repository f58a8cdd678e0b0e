import { defineConfig } from 'vitest/config';

/** Apart from the other projects: needs Prometheus and its companions on the PATH. `.ci/alerts/check` brings them. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    name: 'alerts',
    include: ['test/alerts/**/*.test.ts'],
    setupFiles: ['reflect-metadata'],
    globalSetup: ['./libs/platform/testing/src/vitest/global-setup.ts'],
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});
