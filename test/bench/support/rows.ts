import type { Plan } from './rounds.ts';
import type { Stage } from './stage.ts';
import type { Measurement } from './table.ts';

/** A part of the bench that runs by itself: `npm run bench -- <name>`. */
export interface Row {
  /** What is measured, in a line. */
  what: string;
  /** How long it takes with the usual rounds, in minutes, about. */
  minutes: number;
  run: (stage: Stage, plan: Plan) => Promise<Measurement[]>;
}

/** How a complete run or one with some rows is asked for. @param usual its rounds, and the seconds of a turn */
export function usage(rows: Record<string, Row>, usual: Plan): string {
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  const lines = Object.entries(rows).map(
    ([name, { what, minutes }]) => `  ${name.padEnd(width)}  ${what} (${minutes} min)`,
  );
  return `Usage: npm run bench [-- [<row> …] [--rounds <n>] [--seconds <n>]]

Measures the service against what bounds it, both sides taking turns. All rows take about ${sum(rows)} minutes and are
written to docs/performance.md and docs/plots; some rows, or other rounds, are printed only. Leave the machine alone.

  --rounds <n>   of each row, the first not counted (${usual.rounds})
  --seconds <n>  of each turn (${usual.seconds})

Rows:
${lines.join('\n')}`;
}

/** How many minutes these take, about. */
export function sum(rows: Record<string, Row>): number {
  return Math.round(Object.values(rows).reduce((total, { minutes }) => total + minutes, 0));
}

/** Minutes and seconds, for people. @param ms milliseconds */
export function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
