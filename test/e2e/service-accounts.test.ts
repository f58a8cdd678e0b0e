import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RevokeServiceAccount } from '@identity/policy';
import { Database } from '@platform/database';
import { poll } from '@platform/testing';
import type { Answer } from '../support/client.js';
import { atOnce, oneByOne, tally } from '../support/races.js';
import { basic, createSister, type Sister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';

const UNKNOWN_ID = '248151234567890944';
const CHALLENGE = 'Basic realm="internal", charset="UTF-8"';

let service: TestService;
let replica: TestService;
let all: Sister;
let reader: Sister;
let checker: Sister;
let doomed: Sister;

beforeAll(async () => {
  service = await startService({ env: { TRUSTED_PROXY_HOPS: '1' } });
  const { DATABASE_URL = '', REDIS_URL = '' } = service.env;
  replica = await startService({ env: { DATABASE_URL, REDIS_URL, SNOWFLAKE_WORKER_ID: '2' } });
  all = await createSister(service, '*');
  reader = await createSister(service, 'users:read');
  checker = await createSister(service, 'policies:check', 'tokens:introspect');
  doomed = await createSister(service, '*');
});
afterAll(async () => {
  await replica.stop();
  await service.stop();
});

let lastAddress = 0;
/** Failures are counted by address: each test comes from one of its own. */
const newAddress = () => `198.51.100.${(lastAddress += 1)}`;

/** A call of an internal route; 404 is what it answers to whom it lets in. */
const call = (headers: Record<string, string>, address = '203.0.113.1', { client } = service): Promise<Answer> =>
  client.send('GET', `/internal/users/${UNKNOWN_ID}`, { headers: { 'X-Forwarded-For': address, ...headers } });
const LET_IN = { status: 404, body: { code: 'users.not-found' } };

function expectChallenge(answer: Answer): void {
  expect(answer).toMatchObject({ status: 401, body: { code: 'policy.invalid-service-account' } });
  expect(answer.headers.get('www-authenticate')).toBe(CHALLENGE);
}

describe('an internal route', () => {
  it('lets in who has the scope, or every scope', async () => {
    expect(await call(reader.headers)).toMatchObject(LET_IN);
    expect(await call(all.headers)).toMatchObject(LET_IN);
  });

  it('refuses who lacks the scope, and does not take that for a failure', async () => {
    const address = newAddress();
    const answers = await atOnce(30, () => call(checker.headers, address));
    expect(tally(answers)).toEqual({ 403: 30 });
    expect(answers[0]?.body).toMatchObject({ code: 'policy.scope-missing' });
  });

  it('refuses everybody else, and names the scheme that it wants', async () => {
    const { accessToken } = await service.client.signUp();
    const address = newAddress();
    for (const headers of [
      {},
      { Authorization: `Bearer ${accessToken}` },
      { Authorization: 'Basic' },
      { Authorization: `Basic ${reader.secret}` },
      basic(reader.name, all.secret),
      basic(reader.name, ''),
      basic(reader.name, `${reader.secret} `),
      basic(reader.name.toUpperCase(), reader.secret),
      basic('', reader.secret),
      basic('nobody', reader.secret),
      basic('__proto__', 'x'),
    ])
      expectChallenge(await call(headers, address));
  });

  it('answers an unknown name and a wrong secret the same', async () => {
    const address = newAddress();
    const bodies = [await call(basic('nobody', 'x'), address), await call(basic(reader.name, 'x'), address)];
    const [unknown, wrong] = bodies.map(({ body }) => ({ ...body, requestId: undefined }));
    expect(unknown).toEqual(wrong);
  });

  it('and no other route takes BASIC', async () => {
    for (const path of ['/auth/who-am-i', '/users/me', '/sessions', '/admin/service-accounts']) {
      const answer = await service.client.send('GET', path, { headers: all.headers });
      expect(answer).toMatchObject({ status: 401, body: { code: 'auth.invalid-token' } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });
});

describe('a wrong secret', () => {
  it('twenty times from one address leads to 429, while the right one is let in throughout', async () => {
    const address = newAddress();
    const guesses = await oneByOne(30, async (at) => {
      expect(await call(reader.headers, address)).toMatchObject(LET_IN);
      return await call(basic(reader.name, `guess-${at}`), address);
    });
    expect(guesses.map(({ status }) => status)).toEqual([...Array(20).fill(401), ...Array(10).fill(429)]);
    const last = guesses.at(-1);
    expect(last?.body).toMatchObject({ code: 'policy.too-many-failures', limit: 'service-account-failures' });
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(last?.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(await call(reader.headers, address)).toMatchObject(LET_IN);
    expectChallenge(await call(basic(reader.name, 'x'), newAddress()));
  });

  it('and an unknown name never reach PostgreSQL: what is asked is asked for all', async () => {
    const query = vi.spyOn(service.app.get(Database), 'query');
    const startedAt = performance.now();
    const answers = await oneByOne(10, () => atOnce(20, (at) => call(basic(`nobody-${at}`, 'x'), newAddress())));
    const seconds = (performance.now() - startedAt) / 1000;
    const statements = query.mock.calls.map(([sql]) => sql).filter((sql) => sql.includes('"ServiceAccount"'));
    query.mockRestore();
    expect(tally(answers.flat())).toEqual({ 401: 200 });
    // Who would be refused is looked for again, ten times a second at most.
    expect(statements.length).toBeLessThanOrEqual(2 + Math.ceil(seconds / 0.1));
    expect(statements.filter((sql) => sql.includes('name ='))).toEqual([]);
  });
});

describe('a service account', () => {
  it('that is revoked is refused by every replica within a second', async () => {
    const onBoth = () => Promise.all([call(doomed.headers), call(doomed.headers, '203.0.113.1', replica)]);
    for (const answer of await onBoth()) expect(answer).toMatchObject(LET_IN);
    const revoke = service.app.get(RevokeServiceAccount, { strict: false });
    await revoke.execute({ id: doomed.id }, { type: 'operator' });
    const revokedAt = performance.now();
    let lastLetIn = revokedAt;
    await poll('the revocation on both', 5, async () => {
      const asked = performance.now();
      const answers = await onBoth();
      if (answers.every(({ status }) => status === 401 || status === 429)) return true;
      lastLetIn = asked;
      return undefined;
    });
    expect(lastLetIn - revokedAt).toBeLessThan(1000);
  });

  it('remembers its last use, once however often it is used', async () => {
    await atOnce(20, () => call(checker.headers));
    await atOnce(20, () => call(all.headers));
    const row = await poll('the last use', 5, async () => {
      const [found] = await service.sql<{ fresh: boolean }>(
        `SELECT last_used_at > now() - interval '1 minute' AS fresh FROM identity."ServiceAccount"
         WHERE id = $1 AND last_used_at IS NOT NULL`,
        [all.id],
      );
      return found;
    });
    expect(row).toEqual({ fresh: true });
    const unused = await service.sql('SELECT FROM identity."ServiceAccount" WHERE id = $1 AND last_used_at IS NULL', [
      checker.id,
    ]);
    expect(unused).toHaveLength(1); // it has never had the scope
  });
});
