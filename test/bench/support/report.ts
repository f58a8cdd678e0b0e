import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { writePlots } from './plots.ts';
import { ROOT } from './root.ts';
import type { Plan } from './rounds.ts';
import { markdownReasons, markdownTable, type Measurement } from './table.ts';

const FILE = join(ROOT, 'docs/performance.md');
const PACKAGES = ['@nestjs/core', 'fastify', 'argon2', 'pg', 'typeorm', 'ioredis', 'bullmq', 'nodemailer', 'pino'];

/** Writes docs/performance.md; nothing in it tells whose machine it was. */
export async function writeReport(measurements: Measurement[], plan: Plan, versions: Record<string, string>) {
  const text = `# How fast

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}; changes by hand are lost. Each figure is a
median of at least ${plan.rounds} rounds, in which both sides of a ratio take turns of ${plan.seconds} seconds on the same
machine, after a round that is not counted; turns of signing in are three times as long, after forty that are not counted.
The requests come from a process of their own, the same for both sides.

${markdownTable(measurements)}

- Machine: ${machine()}.
- Versions: ${Object.entries({ ...versions, ...packages() })
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.
- The service runs as in production: one process of each kind, argon2id 19456/2/1, ten database connections, metrics and access log
  on, its lines to a file. PostgreSQL (fsync on), Redis and the load share the machine with it.

## Plots

${writePlots(measurements.flatMap(({ curves = [] }) => curves))}

## Where a limit is not met

${markdownReasons(measurements) || 'Nowhere.'}
`;
  writeFileSync(FILE, await format(text, { ...(await resolveConfig(FILE)), filepath: FILE }));
  console.log('\nWritten to docs/performance.md');
}

/** Processor, cores and memory of this machine. */
export function machine(): string {
  const [cpu] = cpus();
  return `${cpu?.model.trim() || process.arch}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
}

function packages(): Record<string, string> {
  const text = readFileSync(join(ROOT, 'package.json'), 'utf8');
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  return Object.fromEntries(PACKAGES.map((name) => [name, dependencies[name] ?? '?']));
}
