import { defineConfig } from 'vitest/config';

/** Apart from the other projects, which need no Helm: `.ci/chart/check` runs it. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: { name: 'chart', include: ['test/chart/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 300_000 },
});
