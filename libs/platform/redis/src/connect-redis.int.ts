import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  elapsedWithoutLag,
  freePort,
  poll,
  type RunningCluster,
  type RunningRedis,
  startCluster,
  startRedis,
} from '@platform/testing';
import { connectRedis } from './connect-redis.js';
import type { RedisConnection } from './open-redis.js';
import { RedisIndicator } from './redis-indicator.js';

/** The command timeout and room for a busy machine. */
const FIRST_REFUSAL_MS = 400;
/** Far from the quarter second of a time-out, on a machine that does other things as well. */
const AT_ONCE_MS = 150;

let folder: string;
let server: RunningRedis;
let redis: RedisConnection;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-redis-'));
  server = await startRedis({ dir: folder });
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  redis = connectRedis({ kind: 'single', url: server.url });
  await answers();
});

afterEach(() => {
  redis.disconnect();
});

async function answers(): Promise<void> {
  await poll('An answer', 10, async () => await redis.ping().catch(() => undefined));
}

/** How long the refusal of a command takes. */
async function refusal(command: () => Promise<unknown>): Promise<number> {
  const answer = command();
  const elapsed = await elapsedWithoutLag(answer);
  await expect(answer).rejects.toBeInstanceOf(Error);
  return elapsed;
}

describe('a Redis that hangs', () => {
  beforeEach(() => {
    server.kill('SIGSTOP');
  });

  afterEach(async () => {
    server.kill('SIGCONT');
    await answers();
  });

  it('costs the commands under way their timeout, later ones nothing, and is used again when it is back [ASVS 13.2.6]', async () => {
    const began = performance.now();
    const ends: number[] = [];
    const first = Array.from({ length: 5 }, async () => {
      const elapsed = await refusal(() => redis.get('a'));
      ends.push(performance.now());
      return elapsed;
    });
    expect(Math.max(...(await Promise.all(first)))).toBeLessThan(FIRST_REFUSAL_MS);
    expect(Math.min(...ends) - began).toBeGreaterThan(200);
    const later = [];
    for (let count = 0; count < 20; count += 1) later.push(await refusal(() => redis.get('a')));
    expect(Math.max(...later)).toBeLessThan(AT_ONCE_MS);
    server.kill('SIGCONT');
    await answers();
    expect(await redis.set('a', '1')).toBe('OK');
  });

  it('stays refused at once while reconnecting is tried again and again', async () => {
    await refusal(() => redis.get('a'));
    const until = performance.now() + 1500;
    const times: number[] = [];
    await poll('Some attempts', 5, async () => {
      times.push(await refusal(() => redis.get('a')));
      return performance.now() > until ? true : undefined;
    });
    expect(times.length).toBeGreaterThan(10);
    expect(Math.max(...times)).toBeLessThan(AT_ONCE_MS);
  });

  it('interrupts scripts and pipelines too', async () => {
    expect(await refusal(() => redis.eval('return 1', 0))).toBeLessThan(FIRST_REFUSAL_MS);
    server.kill('SIGCONT');
    await answers();
    server.kill('SIGSTOP');
    const results = redis.pipeline().get('a').get('b').exec();
    expect(await elapsedWithoutLag(results)).toBeLessThan(FIRST_REFUSAL_MS);
    expect((await results)?.map(([error]) => error?.message)).toEqual(['Command timed out', 'Command timed out']);
    expect(await refusal(() => redis.get('a'))).toBeLessThan(AT_ONCE_MS);
  });
});

it('a process that was busy past the timeout takes the answer that has come meanwhile', async () => {
  const answer = redis.ping();
  await new Promise((resolve) => setImmediate(resolve)); // it is on its way
  for (const until = performance.now() + 600; performance.now() < until;);
  await expect(answer).resolves.toBe('PONG');
  expect(redis.status).toBe('ready');
});

describe('a Cluster whose nodes hang', () => {
  let servers: RunningCluster;
  let node: RunningRedis;
  let cluster: RedisConnection;

  beforeAll(async () => {
    servers = await startCluster({ dir: join(folder, 'cluster'), masters: 1 });
    node = servers.masters[0]!;
    cluster = connectRedis({
      kind: 'cluster',
      nodes: [{ host: '127.0.0.1', port: node.port }],
      access: { tls: false },
    });
    await poll(
      'The cluster',
      15,
      async () =>
        await cluster
          .get('a')
          .then(() => true)
          .catch(() => undefined),
    );
  });

  afterAll(async () => {
    cluster.disconnect();
    await servers.stop();
  });

  it('costs commands their timeout twice over, later ones nothing, and is used again when it is back', async () => {
    node.kill('SIGSTOP');
    try {
      const first = await Promise.all(Array.from({ length: 5 }, () => refusal(() => cluster.get('a'))));
      expect(Math.max(...first)).toBeLessThan(FIRST_REFUSAL_MS);
      const later = [];
      for (let count = 0; count < 20; count += 1) later.push(await refusal(() => cluster.get('a')));
      expect(Math.max(...later)).toBeLessThan(FIRST_REFUSAL_MS);
      expect(Math.max(...later.slice(2))).toBeLessThan(AT_ONCE_MS);
    } finally {
      node.kill('SIGCONT');
    }
    await poll('The return', 15, async () => await cluster.set('a', '1').catch(() => undefined));
  });
});

describe('a Redis that is away', () => {
  it('refuses at once from the start, and is used once it comes up', async () => {
    const port = await freePort();
    const early = connectRedis({ kind: 'single', url: `redis://127.0.0.1:${port}` });
    expect(await refusal(() => early.get('a'))).toBeLessThan(AT_ONCE_MS);
    const late = await startRedis({ dir: join(folder, 'late'), port });
    await poll('The connection', 10, async () => await early.ping().catch(() => undefined));
    expect(await early.set('a', '1')).toBe('OK');
    early.disconnect();
    await late.stop();
  });

  it('is told apart from one that answers, by what readiness tells', async () => {
    const indicator = new RedisIndicator(redis);
    expect(await indicator.check()).toEqual({ status: 'up' });
    const { port } = server;
    await server.stop();
    await poll('The end', 5, async () => ((await indicator.check()).status === 'down' ? true : undefined));
    server = await startRedis({ dir: folder, port });
    await poll('The return', 10, async () => ((await indicator.check()).status === 'up' ? true : undefined));
  });
});

describe('commands of one turn', () => {
  it('reach Redis together, in their order, and those of the next turn by themselves', async () => {
    let writes = 0;
    const relay = createServer((socket) => {
      const onwards = connect(server.port, '127.0.0.1');
      onwards.pipe(socket).on('data', () => (writes += 1));
      socket.pipe(onwards);
      for (const end of [socket, onwards]) end.on('error', () => undefined);
    });
    await once(relay.listen(0, '127.0.0.1'), 'listening');
    const { port } = relay.address() as AddressInfo;
    const relayed = connectRedis({ kind: 'single', url: `redis://127.0.0.1:${port}` });
    try {
      await poll('An answer', 10, async () => await relayed.ping().catch(() => undefined));
      const [list, before] = ['in-order', writes];
      const lengths = await Promise.all(['a', 'b', 'c', 'd'].map((item) => relayed.rpush(list, item)));
      expect([lengths, writes - before]).toEqual([[1, 2, 3, 4], 1]);
      expect(await relayed.lrange(list, 0, -1)).toEqual(['a', 'b', 'c', 'd']);
      await relayed.del(list);
      expect(writes - before).toBe(3);
    } finally {
      relayed.disconnect();
      relay.close();
    }
  });
});

describe('the ways to reach Redis', () => {
  it('hand Sentinel its addresses and the name it watches, with the same patience', () => {
    const sentinels = [
      { host: '127.0.0.1', port: 1 },
      { host: '127.0.0.1', port: 2 },
    ];
    const connection = connectRedis({
      kind: 'sentinel',
      sentinels,
      access: { tls: false, password: 'of sentinels' },
      name: 'main',
      serverAccess: { tls: true, username: 'app', password: 'of servers' },
    });
    connection.disconnect();
    expect(connection).toBeInstanceOf(Redis);
    expect((connection as Redis).options).toMatchObject({
      sentinels,
      name: 'main',
      enableOfflineQueue: false,
      commandTimeout: 250,
      connectTimeout: 1000,
      sentinelCommandTimeout: 1000,
      sentinelPassword: 'of sentinels',
      username: 'app',
      password: 'of servers',
      tls: {},
      enableTLSForSentinelMode: true,
    });
  });

  it('hand a Cluster its nodes, with the same patience for each', async () => {
    const nodes = [{ host: '127.0.0.1', port: await freePort() }];
    const connection = connectRedis({ kind: 'cluster', nodes, access: { tls: false } });
    expect(connection).toBeInstanceOf(Cluster);
    expect(await refusal(() => connection.get('a'))).toBeLessThan(AT_ONCE_MS);
    connection.disconnect();
    expect((connection as Cluster).options).toMatchObject({
      enableOfflineQueue: false,
      redisOptions: { commandTimeout: 250, connectTimeout: 1000 },
    });
  });

  it('keep the database, user and password of an address', async () => {
    const other = connectRedis({ kind: 'single', url: `${server.url}/5` }) as Redis;
    await poll('An answer', 10, async () => await other.ping().catch(() => undefined));
    await other.set('only-here', '1');
    expect(await redis.exists('only-here')).toBe(0);
    expect(await other.getdel('only-here')).toBe('1');
    other.disconnect();
    const named = connectRedis({ kind: 'single', url: 'rediss://user:pass%40word@127.0.0.1:1/2' }) as Redis;
    named.disconnect();
    expect(named.options).toMatchObject({ username: 'user', password: 'pass@word', db: 2, tls: true });
  });
});
