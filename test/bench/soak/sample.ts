import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import type { Traffic } from '../children/mixed/caller.ts';
import { watchQueue } from '../support/queue.ts';
import { residentMib, type Stage } from '../support/stage.ts';
import type { MixedLoad, Watched } from './mixed-load.ts';

const MIB = 1024 ** 2;
/** What of a process is watched, and what Prometheus calls it. */
const METRICS = {
  heapMib: ['nodejs_heap_size_used_bytes', 1 / MIB],
  externalMib: ['nodejs_external_memory_bytes', 1 / MIB],
  files: ['process_open_fds', 1],
  loopDelayMs: ['nodejs_eventloop_lag_p99_seconds', 1000],
} as const;

type ProcessFigures = Record<keyof typeof METRICS | 'residentMib', number>;

/** One moment of the run, and the traffic since the moment before. */
export interface Sample {
  /** Since the load began. */
  minute: number;
  processes: Record<string, ProcessFigures>;
  /** To PostgreSQL, by the service. */
  connections: number;
  redisMib: number;
  redisKeys: number;
  /** Messages that wait for the worker. */
  queued: number;
  traffic: Traffic;
}

export interface Sampler {
  take(minute: number): Promise<Sample>;
  /** Keys that nothing will ever remove; BullMQ's own are as many as it has queues. */
  lastingKeys(): Promise<string[]>;
  close(): Promise<void>;
}

/** Looks at every process, PostgreSQL, Redis and the queues. */
export function openSampler(stage: Stage, load: MixedLoad): Sampler {
  const redis = new Redis(stage.redisUrl);
  redis.on('error', () => undefined); // it ends first when this is interrupted
  const queues = ['mail', 'sms'].map((name) => watchQueue(stage.redisUrl, name));
  return {
    async take(minute) {
      const figures = await Promise.all(load.processes.map(async (one) => [one.name, await figuresOf(one)] as const));
      const [connections] = await stage.sql<{ count: number }>(
        `SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'nx-seller-identity'`,
      );
      const waiting = await Promise.all(queues.map((queue) => queue.waiting()));
      const memory = /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1];
      return {
        minute,
        processes: Object.fromEntries(figures),
        connections: connections?.count ?? NaN,
        redisMib: Number(memory) / MIB,
        redisKeys: await redis.dbsize(),
        queued: waiting.reduce((sum, count) => sum + count, 0),
        traffic: await load.take(),
      };
    },
    async lastingKeys() {
      const keys = await redis.keys('*');
      const lives = await Promise.all(keys.map((key) => redis.ttl(key)));
      return keys.filter((_key, at) => lives[at] === -1);
    },
    async close() {
      await Promise.all(queues.map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}

async function figuresOf({ pid, metricsUrl }: Watched): Promise<ProcessFigures> {
  const response = await fetch(metricsUrl);
  const lines = (await response.text()).split('\n');
  const read = ([series, factor]: readonly [string, number]) =>
    Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length + 1)) * factor;
  return {
    residentMib: residentMib(pid),
    heapMib: read(METRICS.heapMib),
    externalMib: read(METRICS.externalMib),
    files: read(METRICS.files),
    loopDelayMs: read(METRICS.loopDelayMs),
  };
}

/** Lines of a log that tell of a fault of ours. */
export function errorLines({ logFile }: Watched): string[] {
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => /"level":"(error|fatal)"/.test(line) || (line !== '' && !line.startsWith('{')));
}
