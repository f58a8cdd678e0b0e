import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '@platform/config';
import { migrate } from '@platform/database';
import { createDatabase, type EmbeddedPostgres, freePort, openEvents, poll, startPostgres } from '@platform/testing';
import { createApp } from '../../apps/api/src/bootstrap.js';
import { type Answer, Client, credentials, randomUsername } from '../support/client.js';
import { expectAllSoon, expectSoon, freeze, killWithChildren, serverFolder, thaw } from '../support/outages.js';
import { basic, createSister } from '../support/sisters.js';
import { atOnce, oneByOne, tally } from '../support/races.js';
import { prepareEnvironment, startService, type TestService } from '../support/start-service.js';

const folder = serverFolder();
afterAll(() => folder.remove());

/** Durable, because what was committed before a kill must be there after it. */
function start(name: string, port?: number): Promise<EmbeddedPostgres> {
  return startPostgres({ dataDir: join(folder.path, name, 'data'), durable: true, port });
}

function keySet(origin: string): Promise<Answer> {
  return new Client(origin, '').get('/jw-certs');
}

function expectUnavailable(answer: Answer): void {
  expect(answer).toMatchObject({ status: 503, body: { code: 'database.unavailable', limit: 'database' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
}

describe('while PostgreSQL is away', () => {
  let postgres: EmbeddedPostgres;
  let service: TestService;
  let end: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    postgres = await start('outages');
    const { url } = await createDatabase(postgres.url, 'identity');
    service = await startService({ env: { DATABASE_URL: url } });
  });
  afterAll(async () => {
    await service.stop();
    await postgres.stop();
  });
  afterEach(async () => {
    await end?.();
    end = undefined;
    await recovered();
  });

  /** Three ways to go away; each ends by itself after the test, if the test has not ended it. */
  const outages: Record<string, () => Promise<void>> = {
    stopped: async () => {
      await postgres.stop();
      end = async () => void (postgres = await start('outages', postgres.port));
    },
    killed: async () => {
      killWithChildren(postgres.pid());
      await postgres.exited;
      end = async () => void (postgres = await start('outages', postgres.port));
    },
    frozen: async () => {
      freeze(postgres.pid());
      end = async () => thaw(postgres.pid());
      await Promise.resolve();
    },
  };

  /** As soon as PostgreSQL answers, whatever the service knows of it. */
  async function endByHand(sessionId: string): Promise<true> {
    await service.sql('UPDATE identity."Session" SET ended_at = now() WHERE id = $1', [sessionId]);
    return true;
  }

  async function recovered(): Promise<void> {
    await poll('recovery', 20, async () => {
      const { status, body } = await service.client.get('/readyz');
      return (
        (status === 200 && (body.details as Record<string, { status: string }>).database?.status === 'up') || undefined
      );
    });
  }

  describe.each(Object.keys(outages))('(%s)', (how) => {
    const begin = () => outages[how]?.();

    it('whoever needs it is told within a second, whether one asks or many [ASVS 16.5.2]', async () => {
      const { client } = service;
      const { username, accessToken, refreshToken } = await client.signUp();
      await begin();
      // Nothing is cached of this session yet: each of these needs the database.
      expectUnavailable(await expectSoon(() => client.get('/auth/who-am-i', accessToken), 503));
      expectUnavailable(await expectSoon(() => client.signIn(username), 503));
      expectUnavailable(await expectSoon(() => client.refresh(refreshToken), 503));
      expectUnavailable(await expectSoon(() => client.post('/auth/sign-out', { refreshToken }), 503));
      expectUnavailable(await expectSoon(() => client.post('/auth/sign-up', credentials(randomUsername())), 503));
      // More than the pool has connections.
      const many = await expectAllSoon(30, () => client.refresh(refreshToken), 503);
      many.forEach(expectUnavailable);
    });

    it('sister services are told within a second, known or not, one or many, and are let in again after it', async () => {
      const { client } = service;
      const sister = await createSister(service, '*');
      const call = (headers: Record<string, string>) =>
        client.send('POST', '/internal/users/lookup', {
          headers,
          body: { identifiers: [{ scheme: 'username', value: 'nobody' }] },
        });
      await poll('the account', 3, async () => (await call(sister.headers)).status === 200 || undefined);
      const check = (id: string) =>
        client.send('POST', '/internal/policies/check', {
          headers: sister.headers,
          body: { subject: { type: 'User', id }, object: 'orders', action: 'read' },
        });
      await expectSoon(() => check('1'), 200);
      await begin();
      // Whoever was known is decided for less than a second more, nobody wrongly.
      expectUnavailable(await expectSoon(() => check('2'), 503));
      await poll('doubt about policies', 5, async () => (await check('1')).status === 503 || undefined);
      // For the rest of their second the accounts are known.
      const unknown = basic('nobody', 'x');
      await poll('doubt', 5, async () => (await call(unknown)).status === 503 || undefined);
      const many = await expectAllSoon(30, (at) => call(at % 2 === 0 ? sister.headers : unknown), 503);
      many.forEach(expectUnavailable);
      await expectSoon(() => call({}), 401);
      await end?.();
      end = undefined;
      await recovered();
      await poll('the account', 5, async () => (await call(sister.headers)).status === 200 || undefined);
      await expectSoon(() => check('1'), 200);
    });

    it('who asks which sessions have ended is told so; who listens stays, and is told after it what came meanwhile', async () => {
      const { client, origin } = service;
      const { headers } = await createSister(service, 'revocations:read');
      const path = '/internal/revocations';
      const ask = () => client.send('GET', path, { headers });
      await poll('the account', 3, async () => (await ask()).status === 200 || undefined);
      const [before, during] = [await client.signUp(), await client.signUp()];
      const stream = await openEvents(`${origin}/v1/api/identity${path}`, headers);
      try {
        await client.post('/auth/sign-out', { refreshToken: before.refreshToken });
        const { id } = await stream.told(before.sessionId);
        await begin();
        await poll('doubt', 5, async () => (await ask()).status === 503 || undefined);
        expectUnavailable(await expectSoon(ask, 503));
        const refused = await openEvents(`${origin}/v1/api/identity${path}`, headers);
        expect([refused.status, Number(refused.headers['retry-after'])]).toEqual([503, 2]);
        await end?.();
        end = undefined;
        await poll('an end by hand', 10, async () => await endByHand(during.sessionId).catch(() => undefined));
        await stream.told(during.sessionId, 10);
        expect(stream.isOver()).toBe(false);
        await recovered();
        const { items } = (await client.send('GET', `${path}?after=${id}`, { headers })).body as {
          items: { sessionId: string }[];
        };
        expect(items.map(({ sessionId }) => sessionId)).toContain(during.sessionId);
      } finally {
        stream.close();
      }
    });

    it('keys are published, tokens verified, and forged ones refused', async () => {
      const { client, origin } = service;
      const { accessToken, userId } = await client.signUp();
      await begin();
      expect((await expectSoon(() => keySet(origin), 200)).body.keys).toHaveLength(1);
      const { payload } = await jwtVerify(accessToken, createRemoteJWKSet(new URL('/jw-certs', origin)));
      expect(payload.sub).toBe(userId);
      await expectSoon(() => client.get('/auth/who-am-i', `${accessToken.slice(0, -8)}AAAAAAAA`), 401);
      await expectSoon(() => client.get('/healthz'), 200);
    });

    it('the service is unready after three checks, and ready again by itself', async () => {
      const { client } = service;
      const { username, refreshToken } = await client.signUp();
      await begin();
      const probes = await oneByOne(5, () => client.get('/readyz'));
      expect(probes.map(({ status }) => status)).toEqual([200, 200, 503, 503, 503]);
      expect(probes[2]).toMatchObject({ body: { code: 'service.not-ready', limit: 'readiness' } });
      expect(probes[2]?.headers.get('retry-after')).toBe('1');
      await end?.();
      end = undefined;
      await recovered();
      expect((await client.refresh(refreshToken)).status).toBe(200);
      expect((await client.signIn(username)).status).toBe(200);
      // One check that fails now is the first again.
      expect(tally(await oneByOne(3, () => client.get('/readyz')))).toEqual({ 200: 3 });
    });

    it('failures that were never compared are not counted', async () => {
      const { client } = service;
      const { username } = await client.signUp();
      await begin();
      const answers = await atOnce(12, () => client.signIn(username, 'not what it is at all'));
      expect(tally(answers)).toEqual({ 503: 12 });
      await end?.();
      end = undefined;
      await recovered();
      expect((await client.signIn(username)).status).toBe(200);
    });
  });
});

describe('a service that starts while PostgreSQL is away', () => {
  it('publishes its keys, is not ready, and becomes so once the database is there and migrated', async () => {
    const port = await freePort();
    const { env, release } = await prepareEnvironment({
      DATABASE_URL: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
      SNOWFLAKE_WORKER_ID: 'auto',
    });
    const app = await createApp(loadSettings(env));
    await app.listen(Number(env.PORT), '127.0.0.1');
    const origin = `http://127.0.0.1:${env.PORT}`;
    const client = new Client(origin);
    let postgres: EmbeddedPostgres | undefined;
    try {
      expect((await expectSoon(() => keySet(origin), 200)).body.keys).toHaveLength(1);
      const first = await expectSoon(() => client.get('/readyz'), 503);
      expect(first.body).toMatchObject({ code: 'service.not-ready', error: { database: { status: 'down' } } });
      expectUnavailable(await expectSoon(() => client.signIn(randomUsername()), 503));
      await expectSoon(() => client.get('/healthz'), 200);

      postgres = await start('late', port);
      const unmigrated = await poll('the service sees the database', 15, async () => {
        const answer = await client.get('/readyz');
        const { reason = '' } = (answer.body.error as Record<string, { reason?: string }>).database ?? {};
        return reason.includes('waiting for migrations') ? answer : undefined;
      });
      expect(unmigrated.status).toBe(503);

      await migrate(env.DATABASE_URL ?? '');
      await poll('readiness', 15, async () => (await client.get('/readyz')).status === 200 || undefined);
      const { username } = await client.signUp();
      expect((await client.signIn(username)).status).toBe(200);
    } finally {
      await app.close();
      await postgres?.stop();
      await release();
    }
  });
});
