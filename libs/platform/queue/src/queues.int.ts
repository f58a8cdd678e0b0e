import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RedisTarget, Settings } from '@platform/config';
import { systemClock } from '@platform/kernel';
import { poll, type RunningCluster, type RunningRedis, startCluster, startRedis } from '@platform/testing';
import { connectWorkers, queuePrefix } from './connect-workers.js';
import { GracefulWorker } from './graceful-worker.js';
import { QueueMonitor } from './queue-monitor.js';
import { Queues } from './queues.js';

let folder: string;
let servers: { single: RunningRedis; cluster: RunningCluster };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-queue-'));
  const [single, cluster] = await Promise.all([
    startRedis({ dir: join(folder, 'single') }),
    startCluster({ dir: join(folder, 'cluster'), masters: 1 }),
  ]);
  servers = { single, cluster };
});

afterAll(async () => {
  await Promise.all([servers.single.stop(), servers.cluster.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

const targets: [string, () => RedisTarget][] = [
  ['one server', () => ({ kind: 'single', url: servers.single.url })],
  [
    'a Cluster',
    () => ({
      kind: 'cluster',
      nodes: [{ host: '127.0.0.1', port: servers.cluster.masters[0]!.port }],
      access: { tls: false },
    }),
  ],
];

describe.each(targets)('queues on %s', (_name, target) => {
  it('hand a job to one worker, tell how full they are, and know an id that is there', async () => {
    const redis = target();
    const queues = new Queues({ redis } as Settings, ['mail']);
    const monitor = new QueueMonitor(queues, systemClock);
    const job = { id: 'job-1', data: { n: 1 }, options: { removeOnComplete: true } };
    await poll('The queue', 15, async () => ((await monitor.check()).status === 'up' ? true : undefined));
    await Promise.all(Array.from({ length: 5 }, () => queues.add('mail', job)));
    const { mail } = await monitor.measure();
    expect(mail).toMatchObject({ waiting: 1, active: 0, delayed: 0, failed: 0 });
    expect(mail?.oldestJobAgeSeconds).toBeGreaterThanOrEqual(0);
    expect(mail?.oldestJobAgeSeconds).toBeLessThan(10);

    const connection = connectWorkers(redis);
    const done: unknown[] = [];
    const work = async ({ data }: Job) => void (await Promise.resolve(done.push(data)));
    const options = { connection, prefix: queuePrefix(redis), skipVersionCheck: true };
    const workers = [1, 2].map(() => new GracefulWorker('mail', work, options));
    await poll('The work', 10, () => done.length > 0 || undefined);
    await Promise.all(workers.map((worker) => worker.close()));
    expect(done).toEqual([{ n: 1 }]);
    expect((await monitor.measure())['mail']).toMatchObject({ waiting: 0, active: 0 });
    connection.disconnect();
    await queues.onApplicationShutdown();
  });
});
