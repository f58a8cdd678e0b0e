import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '@platform/kernel';
import { createTestDatabase, poll, type TestDatabase } from '@platform/testing';
import { migrate } from '../migrate.js';
import type * as Issuers from '../testing/issue-ids.js';
import { runInProcess } from '../testing/run-in-process.js';
import { LeasedSnowflake } from './leased-snowflake.js';

const UNAVAILABLE = expect.objectContaining({ code: 'ids.unavailable', kind: 'unavailable' }) as Error;
const WORKERS = 512;

let testDatabase: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  await migrate(testDatabase.url);
  pool = new pg.Pool({ connectionString: testDatabase.url, max: 20 });
});

afterAll(async () => {
  await pool.end();
  await testDatabase.drop();
});

beforeEach(async () => {
  await pool.query(
    `TRUNCATE "WorkerLease"; DROP TABLE IF EXISTS public.issuers; CREATE TABLE public.issuers (ready_at timestamptz DEFAULT clock_timestamp())`,
  );
});

interface Replica {
  ids: LeasedSnowflake;
  /** Milliseconds by which its clocks are moved. */
  clock: { monotonic: number; wall: number };
  /** What the shutdown of the service does. */
  shutDown: () => Promise<void>;
  /** Whether its statements fail. */
  cut: { off: boolean };
}

/** One replica of the service, as far as ids go: clocks that a test moves, the real lease table. */
function replica(): Replica {
  const moved = { monotonic: 0, wall: 0 };
  const cut = { off: false };
  const clock: Clock = {
    now: () => new Date(Date.now() + moved.wall),
    monotonic: () => performance.now() + moved.monotonic,
  };
  const works: (() => Promise<void>)[] = [];
  const database = {
    query: async <Row>(sql: string, parameters?: unknown[]) => {
      if (cut.off) throw new Error('PostgreSQL is away');
      return (await pool.query(sql, parameters)).rows as Row[];
    },
    connected: () => Promise.resolve(),
    beforeClose: (work: () => Promise<void>) => void works.push(work),
  };
  const ids = new LeasedSnowflake(database, clock);
  return { ids, clock: moved, cut, shutDown: async () => void (await Promise.all(works.map((work) => work()))) };
}

async function leasedReplica(): Promise<Replica> {
  const made = replica();
  await made.ids.acquireOrRenew();
  return made;
}

interface Lease {
  worker_id: number;
  owner: string;
  seconds: number;
}

async function leases(): Promise<Lease[]> {
  const seconds = 'extract(epoch FROM expires_at - now())::float AS seconds';
  return (await pool.query<Lease>(`SELECT worker_id, owner, ${seconds} FROM "WorkerLease" ORDER BY worker_id`)).rows;
}

function workerOf(id: string): number {
  return Number((BigInt(id) >> 12n) & 1023n);
}

describe('a lease', () => {
  it('gives the worker of the ids, from the upper half, for a minute', async () => {
    const { ids } = replica();
    expect(() => ids.next()).toThrow(UNAVAILABLE);
    await ids.acquireOrRenew();
    const [lease, ...others] = await leases();
    expect(others).toEqual([]);
    expect(lease?.worker_id).toBeGreaterThanOrEqual(512);
    expect(lease?.seconds).toBeGreaterThan(50);
    expect(lease?.seconds).toBeLessThanOrEqual(60);
    expect(workerOf(ids.next())).toBe(lease?.worker_id);
  });

  it('is renewed under the same worker', async () => {
    const { ids } = await leasedReplica();
    const first = ids.next();
    await pool.query(`UPDATE "WorkerLease" SET expires_at = now() + interval '5 s'`);
    await ids.acquireOrRenew();
    const [lease] = await leases();
    expect(lease?.seconds).toBeGreaterThan(50);
    expect(workerOf(ids.next())).toBe(workerOf(first));
  });

  it('is one, however many ask for it at once', async () => {
    const { ids } = replica();
    await Promise.all([ids.acquireOrRenew(), ids.acquireOrRenew(), ids.acquireOrRenew()]);
    const all = await leases();
    expect(all).toHaveLength(1);
    expect(workerOf(ids.next())).toBe(all[0]?.worker_id);
  });

  it('is not used in the ten seconds before it lapses, and works again once it is renewed', async () => {
    const { ids, clock } = await leasedReplica();
    clock.monotonic += 49_000;
    const last = BigInt(ids.next());
    clock.monotonic += 1000;
    expect(() => ids.next()).toThrow(UNAVAILABLE);
    expect((await leases())[0]?.seconds).toBeGreaterThan(0);
    await ids.acquireOrRenew();
    expect(BigInt(ids.next())).toBeGreaterThan(last);
  });

  it('that lapsed is replaced, under an id greater than all before, even with the clock back', async () => {
    const { ids, clock } = await leasedReplica();
    const last = BigInt(ids.next());
    await pool.query(`UPDATE "WorkerLease" SET expires_at = now() - interval '1 s'`);
    clock.wall -= 3000;
    await ids.acquireOrRenew();
    expect(BigInt(ids.next())).toBeGreaterThan(last);
    expect((await leases()).filter(({ seconds }) => seconds > 50)).toHaveLength(1);
  });

  it('that somebody else holds by now is replaced by another one', async () => {
    const { ids } = await leasedReplica();
    const lost = workerOf(ids.next());
    await pool.query('UPDATE "WorkerLease" SET owner = gen_random_uuid()');
    await ids.acquireOrRenew();
    expect(workerOf(ids.next())).not.toBe(lost);
    const workers = (await leases()).map(({ worker_id }) => worker_id);
    expect(new Set(workers)).toEqual(new Set([lost, workerOf(ids.next())]));
  });

  it('rests when it is given back, so that nobody gets it at once', async () => {
    const { ids, shutDown } = await leasedReplica();
    const worker = workerOf(ids.next());
    await shutDown();
    expect(() => ids.next()).toThrow(UNAVAILABLE);
    await ids.acquireOrRenew();
    expect(() => ids.next()).toThrow(UNAVAILABLE);
    const [lease] = await leases();
    expect(lease?.seconds).toBeGreaterThan(10);
    expect(lease?.seconds).toBeLessThanOrEqual(15);
    // All others taken: only the resting one is left.
    await pool.query(
      `INSERT INTO "WorkerLease" SELECT w, gen_random_uuid(), now() + interval '1 h'
       FROM generate_series(512, 1023) w WHERE w <> $1`,
      [worker],
    );
    const next = await leasedReplica();
    expect(() => next.ids.next()).toThrow(UNAVAILABLE);
    await pool.query('UPDATE "WorkerLease" SET expires_at = now() WHERE worker_id = $1', [worker]);
    await next.ids.acquireOrRenew();
    expect(workerOf(next.ids.next())).toBe(worker);
  });

  it('that is still being asked for at the shutdown is given back too', async () => {
    const { ids, shutDown } = replica();
    const asking = ids.acquireOrRenew();
    await shutDown();
    await asking;
    expect(() => ids.next()).toThrow(UNAVAILABLE);
    expect((await leases()).map(({ seconds }) => seconds > 15)).toEqual([false]);
  });
});

describe('while PostgreSQL is away', () => {
  it('ids go on until the lease runs out, and again when it is back', async () => {
    const { ids, clock, cut } = await leasedReplica();
    cut.off = true;
    await expect(ids.acquireOrRenew()).rejects.toThrow('away');
    ids.next();
    clock.monotonic += 50_000;
    expect(() => ids.next()).toThrow(UNAVAILABLE);
    cut.off = false;
    await ids.acquireOrRenew();
    ids.next();
  });
});

describe('many replicas', () => {
  it('of which there are more than workers share none: 600 askers, 512 leases', async () => {
    const replicas = Array.from({ length: 600 }, () => replica());
    await poll('The last free worker', 20, async () => {
      const waiting = replicas.filter(({ ids }) => ids.worker === undefined);
      await Promise.all(waiting.map(({ ids }) => ids.acquireOrRenew()));
      return waiting.length <= 600 - WORKERS ? true : undefined;
    });
    const workers = replicas.flatMap(({ ids }) => ids.worker ?? []);
    expect(workers).toHaveLength(WORKERS);
    expect(new Set(workers).size).toBe(WORKERS);
    await Promise.all(replicas.map(({ ids }) => ids.acquireOrRenew()));
    expect(replicas.flatMap(({ ids }) => ids.worker ?? [])).toEqual(workers);
  });

  it('that race for the last free worker get it once', async () => {
    await pool.query(
      `INSERT INTO "WorkerLease" SELECT w, gen_random_uuid(), now() + interval '1 h' FROM generate_series(512, 1022) w`,
    );
    await pool.query(`INSERT INTO "WorkerLease" VALUES (1023, gen_random_uuid(), now() - interval '1 s')`);
    const replicas = await Promise.all(Array.from({ length: 20 }, leasedReplica));
    expect(replicas.flatMap(({ ids }) => ids.worker ?? [])).toEqual([1023]);
  });

  const ISSUERS = new URL('../testing/issue-ids.ts', import.meta.url);
  async function issue(processes: number, worker: number | 'auto', count: number): Promise<string[][]> {
    const runs = Array.from({ length: processes }, () =>
      runInProcess<string[]>(
        ISSUERS,
        'issueIds' satisfies keyof typeof Issuers,
        testDatabase.url,
        worker,
        count,
        processes,
      ),
    );
    return await Promise.all(runs.map(({ result }) => result));
  }

  it('issue 8 × 20,000 ids at once from processes of their own without a collision', async () => {
    const issued = await issue(8, 'auto', 20_000);
    expect(new Set(issued.flat()).size).toBe(160_000);
    expect(new Set(issued.map(([id]) => workerOf(id ?? ''))).size).toBe(8);
    for (const ids of issued) expect(ids.every((id, at) => at === 0 || BigInt(id) > BigInt(ids[at - 1]!))).toBe(true);
  }, 60_000);

  it('would collide under one worker, which is why the one above proves something', async () => {
    const issued = await issue(3, 7, 100_000); // they take long enough to overlap
    expect(new Set(issued.flat()).size).toBeLessThan(300_000);
  }, 60_000);
});
