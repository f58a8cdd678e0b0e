import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { poll, type RunningRedis, startRedis } from '@platform/testing';
import { type Answer, Client, PASSWORD, randomUsername, type Tokens } from '../support/client.js';
import { expectSoon, freeze, serverFolder, thaw } from '../support/outages.js';
import { oneByOne, tally } from '../support/races.js';
import { createSister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';

const WRONG = 'not what it is at all';

let folder: ReturnType<typeof serverFolder>;
let redis: RunningRedis;
let service: TestService;

beforeAll(() => {
  folder = serverFolder();
});
afterAll(() => folder.remove());

beforeEach(async () => {
  redis = await startRedis({ dir: join(folder.path, 'redis') });
  // Addresses vary: what is looked at here is the count of each identifier.
  service = await startService({ env: { REDIS_URL: redis.url, TRUSTED_PROXY_HOPS: '1' } });
});
afterEach(async () => {
  await service.stop();
  await redis.stop();
});

/** How Redis goes away and comes back, with what it knew where it is only frozen. */
const outages = {
  killed: {
    begin: async () => {
      redis.kill('SIGKILL');
      await redis.exited;
    },
    end: async () => {
      redis = await startRedis({ dir: join(folder.path, 'redis'), port: redis.port });
    },
  },
  frozen: {
    begin: () => Promise.resolve(freeze(redis.pid)),
    end: () => Promise.resolve(thaw(redis.pid)),
  },
};

async function redisStatus(): Promise<unknown> {
  const { body } = await service.client.get('/readyz');
  return (body.details as Record<string, { status: string }>).redis?.status;
}

async function untilRedisIs(status: 'up' | 'down'): Promise<void> {
  await poll(`Redis is ${status}`, 10, async () => (await redisStatus()) === status || undefined);
}

let addresses = 0;
function guess(username: string, password = WRONG): Promise<Answer> {
  addresses += 1;
  return service.client.send('POST', '/auth/sign-in', {
    body: { identifier: { scheme: 'username', value: username }, credential: { scheme: 'password', value: password } },
    headers: { 'X-Forwarded-For': `10.1.${Math.floor(addresses / 200)}.${1 + (addresses % 200)}` },
  });
}

/** For good, and not just while other attempts are under way, which would be over in a second. */
function expectLocked(answer: Answer): void {
  expect(answer).toMatchObject({ status: 429, body: { code: 'auth.throttled' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(600);
}

describe.each(['killed', 'frozen'] as const)('while Redis is away (%s)', (how) => {
  it('people sign up, sign in, refresh and are known, from the first request on [ASVS 16.5.2]', async () => {
    const { client, origin } = service;
    const { username, accessToken, refreshToken, userId } = await client.signUp();
    await outages[how].begin();
    try {
      await expectSoon(() => client.get('/auth/who-am-i', accessToken), 200);
      const signedIn = (await expectSoon(() => client.signIn(username), 200)).body as Tokens;
      await expectSoon(() => client.refresh(refreshToken), 200);
      await expectSoon(() => client.refresh(signedIn.refreshToken), 200);
      const set = await expectSoon(() => new Client(origin, '').get('/jw-certs'), 200);
      expect(set.body.keys).toHaveLength(1);
      const { payload } = await jwtVerify(signedIn.accessToken, createRemoteJWKSet(new URL('/jw-certs', origin)));
      expect(payload.sub).toBe(userId);
      await client.signUp();
    } finally {
      await outages[how].end();
    }
  });

  it('checks of policies go on, and changes count within a second', async () => {
    const sister = await createSister(service, 'policies:check');
    await service.sql(`INSERT INTO "Permission" (id, code, name) VALUES (7, 'orders', 'Orders')`);
    const ask = async (id: string) => {
      const body = { subject: { type: 'User', id }, object: 'orders', action: 'read' };
      const answer = await expectSoon(
        () => service.client.send('POST', '/internal/policies/check', { body, headers: sister.headers }),
        200,
      );
      return answer.body.allowed as unknown;
    };
    expect(await ask('1')).toBe(false);
    await outages[how].begin();
    try {
      expect([await ask('1'), await ask('2')]).toEqual([false, false]);
      await service.sql(
        `INSERT INTO "PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id, action)
       VALUES (1, 'grant', 'User', '1', 'Permission', '7', 'read')`,
      );
      await poll('the grant', 1, async () => (await ask('1')) === true || undefined);
      await service.sql('DELETE FROM "PolicyDefinition" WHERE id = 1');
      await poll('its end', 1, async () => (await ask('1')) === false || undefined);
    } finally {
      await outages[how].end();
    }
    await untilRedisIs('up');
    expect(await ask('3')).toBe(false);
  });

  it('a session that ends is turned away at once: nothing is remembered', async () => {
    const { client } = service;
    const { accessToken, refreshToken } = await client.signUp();
    await outages[how].begin();
    try {
      await expectSoon(() => client.get('/auth/who-am-i', accessToken), 200);
      await expectSoon(() => client.post('/auth/sign-out', { refreshToken }), 204);
      await expectSoon(() => client.get('/auth/who-am-i', accessToken), 401);
    } finally {
      await outages[how].end();
    }
  });

  it('guessing still ends after ten failures, and the lock outlasts the outage', async () => {
    const { client } = service;
    const { username } = await client.signUp();
    const unknown = randomUsername();
    await outages[how].begin();
    try {
      for (const name of [username, unknown]) {
        expect(tally(await oneByOne(10, () => guess(name)))).toEqual({ 401: 10 });
        expectLocked(await guess(name, PASSWORD));
      }
    } finally {
      await outages[how].end();
    }
    await untilRedisIs('up');
    expectLocked(await guess(username, PASSWORD));
  });

  it('the service stays ready and tells', async () => {
    await untilRedisIs('up');
    await outages[how].begin();
    try {
      const answer = await expectSoon(() => service.client.get('/readyz'), 200);
      expect(answer.body).toMatchObject({ details: { redis: { status: 'down' }, database: { status: 'up' } } });
      const probes = await oneByOne(4, () => service.client.get('/readyz'));
      expect(tally(probes)).toEqual({ 200: 4 });
      const managed = await fetch(`${service.managementOrigin}/readyz`);
      expect(managed.status).toBe(200);
    } finally {
      await outages[how].end();
    }
  });

  it('uses it again by itself once it is back', async () => {
    await outages[how].begin();
    try {
      expect((await guess(randomUsername())).status).toBe(401);
    } finally {
      await outages[how].end();
    }
    await untilRedisIs('up');
    // A second service that shares this Redis sees what the first one counts.
    const other = await startService({
      env: { DATABASE_URL: service.env.DATABASE_URL ?? '', REDIS_URL: redis.url, SNOWFLAKE_WORKER_ID: '2' },
    });
    try {
      await poll('failures are counted in Redis again', 10, async () => {
        const name = randomUsername();
        await oneByOne(10, () => guess(name));
        return (await other.client.signIn(name)).status === 429 || undefined;
      });
    } finally {
      await other.stop();
    }
  });
});
