import { defineConfig } from 'vitest/config';

/** Apart from the other projects, which need no Helm, psql and Alertmanager: `.ci/runbook/check` runs it. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    name: 'runbook',
    include: ['test/runbook/**/*.test.ts'],
    setupFiles: ['reflect-metadata'],
    globalSetup: ['./libs/platform/testing/src/vitest/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
