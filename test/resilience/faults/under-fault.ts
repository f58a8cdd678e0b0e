import { afterAll, beforeAll, expect, it } from 'vitest';
import { keep } from './keep.js';
import { runRow } from './run-row.js';
import { type Addition, type Stage, startStage } from './stage.js';
import type { Stores } from './stores.js';
import { nameOf, type Row } from './table.js';

/** The longest: people, the fault, a minute until BullMQ hands a dead worker's jobs on, and the verdict. */
const ROW_MS = 600_000;
const STAGE_MS = 300_000;

/** One test for each row, on a stage that they share. */
export function underFault(rows: readonly Row[], add?: (stores: Stores) => Promise<Addition>): void {
  let stage: Stage | undefined;
  beforeAll(async () => {
    stage = await startStage(add);
  }, STAGE_MS);
  afterAll(() => stage?.stop(), STAGE_MS);

  it.each(rows.map((row) => [nameOf(row), row] as const))(
    '%s: nothing acknowledged is lost or undone, nothing happens twice',
    async (_name, row) => {
      const seen = await runRow(row, stage!);
      keep(seen);
      expect(seen.wrongs, lastWords(stage!)).toEqual([]);
    },
    ROW_MS,
  );
}

/** What the processes have written last, for whoever looks into a failure. */
function lastWords({ apis, worker }: Stage): string {
  return [...apis, worker].map((service) => service.output().split('\n').slice(-6).join('\n')).join('\n\n');
}
