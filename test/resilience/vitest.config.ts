import { defineConfig } from 'vitest/config';

/** The whole table, which writes docs/resilience.md (`npm run resilience`); `npm test` runs its most telling rows. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    name: 'resilience',
    include: ['test/resilience/faults/*.faults.ts'],
    setupFiles: ['reflect-metadata'],
    globalSetup: ['./test/resilience/faults/write-document.ts'],
    maxWorkers: 2, // figures of a machine that does more at once would tell of the machine
  },
});
