import { defineConfig } from 'vitest/config';

/** Apart from the other projects: these want a program that `npm test` does not bring (`.ci/security/check`). */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    name: 'fuzz',
    include: ['test/fuzz/**/*.test.ts'],
    setupFiles: ['reflect-metadata'],
    globalSetup: ['./libs/platform/testing/src/vitest/global-setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
