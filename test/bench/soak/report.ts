import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { machine } from '../support/report.ts';
import { median, round3 } from '../support/rounds.ts';
import { ROOT } from '../support/root.ts';
import type { Sample } from './sample.ts';
import { type Finding, routesOf, third } from './verdict.ts';

const FILE = join(ROOT, 'docs/soak.md');

/** Writes docs/soak.md; nothing in it tells whose machine it was. */
export async function writeSoak(
  samples: Sample[],
  findings: Finding[],
  versions: Record<string, string>,
): Promise<void> {
  const minutes = Math.round(samples.at(-1)?.minute ?? 0);
  const text = `# A quarter of an hour under load

Written by \`npm run soak\` on ${new Date().toISOString().slice(0, 10)}; changes by hand are lost. ${minutes} minutes, two API
processes and a worker with production's settings, PostgreSQL (fsync on), Redis, a mail server and an SMS gateway, all on one
machine: people sign up by name, mail and phone, mistype codes and passwords, forget a password, refresh, look who they are
and sign out, while sisters check policies and fetch keys. A sample each five seconds.

## What it shows

${table(
  ['what', 'seen', 'limit', 'met'],
  findings.map(({ what, seen, limit, isMet }) => [what, seen, limit, isMet ? 'yes' : '**no**']),
)}

## Over time

${overTime(samples, minutes)}

## What was asked for

${traffic(samples)}

- Machine: ${machine()}.
- Versions: ${Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.
- Heap and external memory are V8's own figures, which fall with each collection; the delay of the event loop is the 99th
  percentile since the process began. Redis grows by counters that expire after a day.
`;
  writeFileSync(FILE, await format(text, { ...(await resolveConfig(FILE)), filepath: FILE }));
  console.log('\nWritten to docs/soak.md');
}

/** One line a minute, of medians. */
function overTime(samples: Sample[], minutes: number): string {
  const names = Object.keys(samples[0]?.processes ?? {});
  const headings = [
    'minute',
    ...names.map((name) => `${name}: memory, heap, external, MiB; files; loop delay, ms`),
    'PostgreSQL connections',
    'Redis MiB; keys',
    'queued',
  ];
  const lines = Array.from({ length: minutes }, (_none, at) => {
    const now = samples.filter(({ minute }) => minute > at && minute <= at + 1.02);
    const figure = (read: (sample: Sample) => number) => round3(median(now.map(read)));
    const cell = (name: string) => {
      const of = (key: keyof Sample['processes'][string]) => figure((one) => one.processes[name]?.[key] ?? NaN);
      return `${of('residentMib')}, ${of('heapMib')}, ${of('externalMib')}; ${of('files')}; ${of('loopDelayMs')}`;
    };
    return [
      String(at + 1),
      ...names.map(cell),
      figure((one) => one.connections),
      `${figure((one) => one.redisMib)}; ${figure((one) => one.redisKeys)}`,
      figure((one) => one.queued),
    ];
  });
  return table(headings, lines);
}

function traffic(samples: Sample[]): string {
  const lines = routesOf(samples).map((route) => {
    const known = samples.filter((one) => route in one.traffic.routes);
    const time = (which: 0 | 2, key: 'p50' | 'p99') =>
      round3(third(known, which, (one) => one.traffic.routes[route]?.[key] ?? NaN));
    const count = known.reduce((sum, one) => sum + (one.traffic.routes[route]?.count ?? 0), 0);
    return [
      route,
      count.toLocaleString('en'),
      `${time(0, 'p50')}, ${time(2, 'p50')}`,
      `${time(0, 'p99')}, ${time(2, 'p99')}`,
    ];
  });
  return table(['call', 'how often', 'p50 of the first and the last third, ms', 'p99, ms'], lines);
}

function table(headings: string[], lines: string[][]): string {
  return [headings, headings.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}
