import { defineConfig } from 'vitest/config';

/** Apart from the other projects, which need no Traefik: `.ci/gateway/check` puts it on PATH. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    name: 'gateway',
    include: ['test/gateway/**/*.test.ts'],
    setupFiles: ['reflect-metadata'],
    globalSetup: ['./libs/platform/testing/src/vitest/global-setup.ts'],
    maxWorkers: 2, // they wait for clocks, most of the time
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
