import { defineConfig } from 'vitest/config';

/** Apart from the other projects, which need no Helm: `.ci/chart/check` runs it. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    name: 'chart',
    include: ['test/chart/**/*.test.ts'],
    isolate: false, // files share what Helm has rendered: a third less of the time
    testTimeout: 30_000,
    hookTimeout: 300_000,
  },
});
