import { defineConfig } from 'vitest/config';

/** Apart from the other projects: `.ci/image/check` builds the image that these tests look into and run. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    name: 'image',
    include: ['test/image/**/*.test.ts'],
    setupFiles: ['reflect-metadata'],
    globalSetup: ['./libs/platform/testing/src/vitest/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
