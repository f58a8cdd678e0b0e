import { defineConfig } from 'vitest/config';

/** Apart from the other projects: these want programs that `npm test` does not bring (`.ci/state/check`). */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    name: 'state',
    // The rows of test/resilience that are behind PgBouncer too: a failover that drops every connection.
    include: ['test/state/**/*.test.ts', 'test/resilience/faults/pgbouncer.faults.ts'],
    setupFiles: ['reflect-metadata'],
    globalSetup: ['./libs/platform/testing/src/vitest/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
