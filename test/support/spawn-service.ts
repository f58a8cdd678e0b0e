import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { guardProcess, poll, projectRoot, releaseProcess } from '@platform/testing';
import { Client } from './client.js';
import { isReady } from './readiness.js';

const GUARD_STAGE = 1;

/** One line of the log, as its JSON says. */
export type LogLine = Record<string, unknown> & { level?: string; msg?: string };

/** The built API, or worker, as a process of its own. */
export interface SpawnedService {
  origin: string;
  managementOrigin: string;
  client: Client;
  /** What it has written so far, both streams together. */
  output(): string;
  /** The same, line by line; throws on a line that is no JSON. */
  lines(): LogLine[];
  signal(name: NodeJS.Signals): void;
  /** Settles once the process has ended and all it wrote has been read. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Ends it, in good order if it still runs and takes no longer than so many seconds, ten by default. */
  stop(patience?: number): Promise<void>;
}

/**
 * Starts what `npm run build` made, with this environment and nothing of the tests' own.
 * @param root of the project; another version's for a test that has both
 * @throws Error when it has not been built
 */
export function spawnService(
  env: Record<string, string>,
  app: 'api' | 'worker' = 'api',
  root = projectRoot(),
): SpawnedService {
  const entry = join(root, `dist/apps/${app}/apps/${app}/src/main.js`);
  if (!existsSync(entry)) throw new Error(`${entry} is missing: run \`npm run build\` (npm test does it by itself)`);
  const child = spawn(process.execPath, ['--enable-source-maps', entry], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid !== undefined) guardProcess(pid, 'SIGKILL', GUARD_STAGE);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (text += data.toString()));
  const ended = endOf(child).finally(() => pid !== undefined && releaseProcess(pid));
  const origin = `http://127.0.0.1:${env.PORT}`;
  return {
    origin,
    managementOrigin: `http://127.0.0.1:${env.MANAGEMENT_PORT}`,
    client: new Client(origin),
    output: () => text,
    lines: () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as LogLine),
    signal: (name) => void child.kill(name),
    ended,
    stop: async (patience = 10) => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), patience * 1000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Waits until a spawned service takes requests, or jobs, and has its Redis. */
export async function untilReady(service: SpawnedService): Promise<void> {
  await readyWithin(service, 30);
}

/**
 * The same with another patience, in seconds: where several start at once.
 * @throws Error with what it wrote, when it ends before
 */
export async function readyWithin(service: SpawnedService, seconds: number): Promise<void> {
  const management = new Client(service.managementOrigin, '');
  const ready = poll('readiness', seconds, async () => {
    const answer = await management.get('/readyz').catch(() => undefined);
    return (answer && isReady(answer)) || undefined;
  });
  const died = service.ended.then(({ code, signal }) => {
    throw new Error(`ended before it was ready (${code ?? signal}): ${service.output()}`);
  });
  await Promise.race([ready, died]);
}

function endOf(child: ChildProcess): SpawnedService['ended'] {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}
