import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const shared = { resolve: { tsconfigPaths: true } };
const services = ['./libs/platform/testing/src/vitest/global-setup.ts'];

/**
 * `unit` needs nothing, `integration` a PostgreSQL and a Redis, `e2e` the whole service, `timing` the machine to itself;
 * `storm` takes all that the machine has.
 */
export default defineConfig({
  ...shared,
  test: {
    // Most tests wait for a server, a timeout or a lock: by itself Vitest leaves half of two processors idle.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['{apps,libs,test/bench}/**/*.spec.ts'],
          setupFiles: ['reflect-metadata'],
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          include: ['{apps,libs}/**/*.int.ts', 'test/contract/**/*.test.ts'],
          setupFiles: ['reflect-metadata'],
          globalSetup: services,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['test/{e2e,resilience,security}/**/*.test.ts'],
          setupFiles: ['reflect-metadata'],
          globalSetup: services,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'timing',
          include: ['test/security/**/*.timing.ts'],
          setupFiles: ['reflect-metadata'],
          globalSetup: services,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // A group of its own: what takes turns on the clock must not take turns on the processor.
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...shared,
        test: {
          name: 'storm',
          include: ['test/resilience/**/*.storm.ts'],
          setupFiles: ['reflect-metadata'],
          globalSetup: services,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          // What takes all of the processor would make others late.
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
