import type { Curve } from './plots.ts';
import { median, round3 } from './rounds.ts';

/** One line of the table. */
export interface Measurement {
  what: string;
  against: string;
  /** One figure a round; none when it could not be measured, and then `absolute` says why. */
  figures: number[];
  /** Behind each figure; none for a ratio. */
  unit?: string;
  /** None for what is shown to explain another row. */
  limit?: number;
  /** Whether the limit is the most or the least that the median may be. */
  bound: 'at most' | 'at least';
  /** Where the time goes, if the limit is not met. */
  otherwise?: string;
  /** The absolute figures behind a ratio. */
  absolute?: string;
  /** What of it is drawn. */
  curves?: Curve[];
}

const HEADINGS = ['what', 'against', 'median', 'min–max', 'limit', 'met', 'medians, absolute'];

function isMet({ figures, limit = NaN, bound }: Measurement): boolean {
  return bound === 'at least' ? median(figures) >= limit : median(figures) <= limit;
}

function cells(measurement: Measurement): string[] {
  const { figures, limit, bound } = measurement;
  const unit = measurement.unit ? ` ${measurement.unit}` : '';
  const isMeasured = figures.length > 0;
  return [
    measurement.what,
    measurement.against,
    isMeasured ? `${round3(median(figures))}${unit}` : '–',
    isMeasured ? `${round3(Math.min(...figures))}–${round3(Math.max(...figures))}` : '–',
    limit === undefined ? '' : `${bound === 'at least' ? '≥' : '≤'} ${limit}${unit}`,
    limit === undefined ? '' : !isMeasured ? 'not measured' : isMet(measurement) ? 'yes' : '**no**',
    measurement.absolute ?? '',
  ];
}

export function markdownTable(measurements: Measurement[]): string {
  const lines = [HEADINGS, HEADINGS.map(() => '---'), ...measurements.map(cells)];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** Of each row that does not meet its limit, where the time goes. */
export function markdownReasons(measurements: Measurement[]): string {
  const unmet = measurements.filter((one) => one.limit !== undefined && one.figures.length > 0 && !isMet(one));
  return unmet
    .map(
      ({ what, against, otherwise = 'by a hair, or not looked into yet.' }) =>
        `**${what}**, against ${against}: ${otherwise}`,
    )
    .join('\n\n');
}

export function printTable(measurements: Measurement[]): void {
  const lines = [HEADINGS, ...measurements.map(cells)];
  const widths = HEADINGS.map((_heading, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  console.log();
  for (const line of lines)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

/** `ours` and `against` as a short text for the last column. */
export function absolute(ours: number[], against: number[], unit: string): string {
  return `${round3(median(ours))} against ${round3(median(against))} ${unit}`;
}
