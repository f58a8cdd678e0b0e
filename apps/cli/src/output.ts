import type { Command } from 'commander';

type Value = string | number | boolean | null | undefined | Date;
type Row = Record<string, Value>;

/** Prints rows as a table, or as JSON with `--json`; one object prints as one JSON object or as `name  value` lines. */
export function print(command: Command, result: Row | Row[]): void {
  const { json } = command.optsWithGlobals<{ json?: boolean }>();
  if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else process.stdout.write(`${Array.isArray(result) ? table(result) : table(pairs(result), false)}\n`);
}

/** Prints several tables below each other, those that are empty left out; with `--json` one object of arrays. */
export function printParts(command: Command, parts: Record<string, Row[]>): void {
  const { json } = command.optsWithGlobals<{ json?: boolean }>();
  if (json) return void process.stdout.write(`${JSON.stringify(parts, null, 2)}\n`);
  const tables = Object.values(parts).filter((rows) => rows.length > 0);
  process.stdout.write(`${tables.map((rows) => table(rows)).join('\n\n')}\n`);
}

function pairs(row: Row): Row[] {
  return Object.entries(row).map(([name, value]) => ({ name, value }));
}

function table(rows: Row[], withHeading = true): string {
  const [first] = rows;
  if (!first) return 'none';
  const names = Object.keys(first);
  const lines = [
    ...(withHeading ? [names.map(heading)] : []),
    ...rows.map((row) => names.map((name) => show(row[name]))),
  ];
  const widths = names.map((_name, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `activatesAt` → `ACTIVATES AT` */
function heading(name: string): string {
  return name.replaceAll(/[A-Z]/g, ' $&').toUpperCase();
}

function show(value: Value): string {
  if (value === null || value === undefined) return '-';
  return value instanceof Date ? value.toISOString() : String(value);
}
