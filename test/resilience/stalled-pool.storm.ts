import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type EmbeddedPostgres, poll, startPostgres } from '@platform/testing';
import { type Answer, Client, randomUsername, type Tokens } from '../support/client.js';
import { readMetric } from '../support/metrics.js';
import { freeze, serverFolder, thaw } from '../support/outages.js';
import { atOnce, tally } from '../support/races.js';
import { type BuiltService, startBuiltService } from '../support/start-built-service.js';

/** Fifty times what the pool has connections for, and again as soon as they are answered. */
const CALLERS = 500;
const STALL_MS = 1000;
const MIB = 1024 ** 2;
/** The second and the third stall may leave this much more than the first. */
const MORE_MEMORY = 96 * MIB;
/** "Within a second" on a machine that does nothing else; a queue that is worked off one by one would take minutes. */
const SOON_MS = 15_000;

const folder = serverFolder();
let postgres: EmbeddedPostgres;
let service: BuiltService;
let person: Tokens & { username: string };
let end: (() => Promise<unknown>) | undefined;

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: join(folder.path, 'data'), durable: false });
  const { url } = await createDatabase(postgres.url, 'identity');
  service = await startBuiltService({ LOG_LEVEL: 'info', DATABASE_URL: url });
  person = await service.client.signUp();
});
afterEach(async () => {
  await end?.();
  end = undefined;
});
afterAll(async () => {
  await service.stop();
  await postgres.stop();
  folder.remove();
});

/** Each leaves every connection of the pool waiting for an answer, and ends by `end`. */
const stalls = {
  'a lock that is held': async () => {
    const holder = new pg.Client({ connectionString: service.env.DATABASE_URL });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE identity."User", identity."UserIdentifier", identity."Session"');
    end = () => holder.end();
  },
  'a server that is frozen': async () => {
    freeze(postgres.pid());
    end = async () => thaw(postgres.pid());
    await Promise.resolve();
  },
};

/** What needs the database, and no two the same: nothing of it is cached. */
async function askFor(at: number): Promise<Answer & { ms: number }> {
  const { client } = service;
  const began = performance.now();
  const answer = await (at % 2 ? client.refresh(person.refreshToken) : client.signIn(randomUsername()));
  return { ...answer, ms: performance.now() - began };
}

/** Keys from memory, and a token by them. */
async function verifyToken(): Promise<void> {
  expect((await new Client(service.origin, '').get('/jw-certs')).status).toBe(200);
  // The callers keep this process busy too: the answer may be there and not yet be read.
  const keys = createRemoteJWKSet(new URL('/jw-certs', service.origin), { timeoutDuration: SOON_MS });
  await jwtVerify(person.accessToken, keys);
}

/** Stalls the pool while many call again and again. @returns what they were told, and how often a token was verified meanwhile */
async function stallUnderLoad(name: keyof typeof stalls) {
  await stalls[name]();
  const until = performance.now() + STALL_MS;
  const callers = atOnce(CALLERS, async (at) => {
    const answers = [await askFor(at)];
    while (performance.now() < until) answers.push(await askFor(at));
    return answers;
  });
  let verified = 0;
  for (; performance.now() < until; verified += 1) {
    await verifyToken();
    await delay(50);
  }
  return { answers: (await callers).flat(), verified };
}

async function recover(): Promise<void> {
  await end?.();
  end = undefined;
  const { client } = service;
  await poll('readiness', 30, async () => (await client.get('/readyz')).status === 200 || undefined);
  await poll('a sign-in', 30, async () => (await client.signIn(person.username)).status === 200 || undefined);
}

describe.each(Object.keys(stalls) as (keyof typeof stalls)[])('a pool that waits for %s', (name) => {
  it('makes nobody wait: who needs it is told so, who does not is served, and it recovers by itself', async () => {
    const memory: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { answers, verified } = await stallUnderLoad(name);
      expect(tally(answers)).toEqual({ 503: answers.length });
      for (const { body, headers } of answers) {
        expect(body.code).toBe('database.unavailable');
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      }
      expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(SOON_MS);
      expect(verified).toBeGreaterThan(0);
      await recover();
      memory.push(await readMetric(service.managementOrigin, 'process_resident_memory_bytes'));
    }
    expect((memory[2] ?? NaN) - (memory[0] ?? NaN)).toBeLessThan(MORE_MEMORY);
    expect(service.lines().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
