import { existsSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EndEverySession } from '@identity/auth';
import { poll } from '@platform/testing';
import { readMetric } from '../support/metrics.js';
import { untilAvailable } from '../support/retries.js';
import { runIdentity } from '../support/run-identity.js';
import { prepareEnvironment, startService, type TestService } from '../support/start-service.js';
import { untilSignInWaits } from '../support/held-rows.js';

const FAILURES = 'identity_key_ring_reload_failures_total';
/** More than one batch of sessions. */
const MANY = 2500;

interface Listed {
  kid: string;
  alg: string | null;
  state: string;
  activatesAt: string;
  changesAt: string | null;
}

async function keysOf(env: Record<string, string>, ...args: string[]) {
  const { code, out, err } = await runIdentity(env, ['keys', ...args, '--json']);
  if (code !== 0) throw new Error(err);
  return { result: JSON.parse(out) as Record<string, unknown>, list: JSON.parse(out) as Listed[], err };
}
const listOf = async (env: Record<string, string>) => (await keysOf(env, 'list')).list;

describe('identity keys, on a directory', () => {
  let env: Record<string, string>;
  let release: () => Promise<void>;

  beforeEach(async () => {
    ({ env, release } = await prepareEnvironment({
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      REDIS_URL: '',
    }));
  });
  afterEach(() => release());

  const keys = (...args: string[]) => runIdentity(env, ['keys', ...args]);
  const files = () => readdirSync(env.JWKS_DIR ?? '').sort();

  it('rotate publishes a key a day before it signs, once at a time, and says who would be hurt by less', async () => {
    const [first] = await listOf(env);
    const { result } = await keysOf(env, 'rotate');
    const list = await listOf(env);
    expect(list.map(({ kid, state }) => [kid, state])).toEqual([
      [first?.kid, 'signing'],
      [result.kid, 'next'],
    ]);
    expect(Date.parse(list[1]?.activatesAt ?? '') - Date.now()).toBeGreaterThan(86_390_000);
    expect(list[0]?.changesAt).toBe(list[1]?.activatesAt);
    const again = await keys('rotate');
    expect(again).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/waits to sign from .*--force/) });
    const short = await keys('generate', '--lead-seconds', '60');
    expect(short).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/401: the older IGNIS verifier \(12 h\)/),
    });
    expect(files()).toHaveLength(3);
    expect((await keysOf(env, 'rotate', '--force', '--alg', 'RS256', '--lead-seconds', '0')).result).toMatchObject({
      alg: 'RS256',
    });
  });

  it('revoke takes the key away and keeps a mark of it; the key before signs again', async () => {
    const [first] = await listOf(env);
    await keysOf(env, 'rotate', '--force', '--lead-seconds', '0');
    const second = (await listOf(env))[1]?.kid ?? '';
    const { result, err } = await keysOf(env, 'revoke', second);
    expect(result).toEqual({ revoked: second, signing: first?.kid, isNew: false });
    expect(err).toMatch(/older IGNIS verifier +trusts what it knows for 12 h$/m);
    expect(files()).toEqual([`es256-${first?.kid}.pem`, 'manifest.json']);
    expect((await listOf(env)).map(({ kid, state }) => [kid, state])).toEqual([
      [first?.kid, 'signing'],
      [second, 'revoked'],
    ]);
    const last = await keysOf(env, 'revoke', first?.kid ?? '');
    expect(last.result).toMatchObject({ revoked: first?.kid, isNew: true });
    expect(last.err).toMatch(/Envoy jwt_authn +trusts what it knows for 10 min, refuses the new one for 10 min$/m);
    expect((await keysOf(env, 'revoke', second)).result).toMatchObject({ revoked: null, isNew: false });
  });

  it('prints the Secret to standard output and nothing else, and writes nothing', async () => {
    const before = files();
    const { code, out, err } = await keys('rotate', '--print-secret', 'identity-keys', '--namespace', 'seller');
    expect([code, out.split('\n').slice(0, 7)]).toEqual([
      0,
      [
        'apiVersion: v1',
        'kind: Secret',
        'type: Opaque',
        'metadata:',
        '  "name": "identity-keys"',
        '  "namespace": "seller"',
        'data:',
      ],
    ]);
    expect(err).toMatch(/^\S{43} \(ES256\) signs from .*\nChange nothing more until /);
    expect(files()).toEqual(before);
  });

  it('says in one line what is wrong, and exits 1', async () => {
    for (const [args, says] of [
      [['rotate', '--secret', 'identity-keys'], /--secret is for --in-cluster/],
      [['revoke'], /name one key, or say --all/],
      [['revoke', 'x', '--all'], /name one key, or say --all/],
      [['revoke', '--all'], /say --yes/],
      [['revoke', 'x'], /there is no key x; `identity keys list`/],
      [['revoke', '-x_y', '--namespace', 'n'], /there is no key -x_y;/],
      [['revoke', '--x-y'], /there is no key --x-y;/],
      [['revoke', '--', '-hV'], /there is no key -hV;/],
      [['revoke', 'x', '--aII'], /too many arguments/],
      [['revoke', '--all', '--yes'], /PostgreSQL|database|REDIS/i],
      [['rotate', '--in-cluster'], /--in-cluster wants --secret/],
      [['rotate', '--in-cluster', '--secret', 's'], /no pod of a cluster/],
      [['revoke', 'k', '--in-cluster', '--secret', 's'], /no pod of a cluster/],
      [['revoke', 'k', '--secret', 's'], /--secret is for --in-cluster/],
      [['rotate', '--lead-seconds', '-1'], /whole number/],
      [['rotate', '--every-days', '1.5', '--in-cluster'], /whole number/],
    ] as const) {
      const { code, out, err } = await keys(...args);
      expect([args, code, out]).toEqual([args, 1, '']);
      expect(err).toMatch(says);
    }
    expect((await listOf(env)).map(({ state }) => state)).toEqual(['signing']);
  });
});

describe('a service that runs while its keys change', () => {
  let service: TestService;

  beforeEach(async () => {
    service = await startService();
  });
  afterEach(async () => {
    await service.stop();
  });

  const published = async () => {
    const { keys } = (await (await fetch(`${service.origin}/jw-certs`)).json()) as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid);
  };
  const kidOf = (token: string) => decodeProtectedHeader(token).kid;
  const verify = (token: string) =>
    jwtVerify(token, createRemoteJWKSet(new URL('/jw-certs', service.origin)), {
      typ: 'at+jwt',
      audience: 'nx-seller',
    });

  it('publishes a new key, signs with it when its lead is over, and refuses no token of either', async () => {
    const { accessToken, username } = await service.client.signUp();
    const { result } = await keysOf(service.env, 'rotate', '--force', '--lead-seconds', '2');
    const next = result.kid as string;
    expect(kidOf(accessToken)).not.toBe(next);
    await poll('publication', 10, async () => (await published()).includes(next) || undefined);
    const token = await poll('the change', 10, async () => {
      const { body } = await service.client.signIn(username);
      return kidOf(body.accessToken as string) === next ? (body.accessToken as string) : undefined;
    });
    for (const each of [accessToken, token]) {
      await verify(each);
      expect((await service.client.get('/auth/who-am-i', each)).status).toBe(200);
    }
    const { details } = (await service.client.get('/readyz')).body;
    expect(details.keys).toEqual({ status: 'up', signing: 1, next: 0, retired: 1, reload: { status: 'up' } });
  });

  it('refuses tokens of a revoked key within seconds, and signs on with a new one', async () => {
    const { accessToken, refreshToken } = await service.client.signUp();
    const { result } = await keysOf(service.env, 'revoke', kidOf(accessToken) ?? '');
    await poll('the refusal', 10, async () =>
      (await service.client.get('/auth/who-am-i', accessToken)).status === 401 ? true : undefined,
    );
    expect(await published()).toEqual([result.signing]);
    const refreshed = await service.client.refresh(refreshToken);
    expect(kidOf(refreshed.body.accessToken as string)).toBe(result.signing);
    await expect(verify(accessToken)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });

  it('stays ready with the keys it has while those in the directory are not usable, and tells', async () => {
    const manifest = join(service.env.JWKS_DIR ?? '', 'manifest.json');
    const before = await published();
    const failures = await readMetric(service.managementOrigin, FAILURES);
    await writeFile(manifest, '{');
    const told = await poll('the fault', 10, async () => {
      const { status, body } = await service.client.get('/readyz');
      return body.details.keys.reload.status === 'failing' ? { status, keys: body.details.keys as object } : undefined;
    });
    expect(told).toEqual({
      status: 200,
      keys: {
        status: 'up',
        signing: 1,
        next: 0,
        retired: 0,
        reload: { status: 'failing', code: 'keys.malformed-manifest', since: expect.any(String) as string },
      },
    });
    expect(await readMetric(service.managementOrigin, FAILURES)).toBeGreaterThan(failures);
    expect(await published()).toEqual(before);
    await service.client.signUp();
  });

  it('every session that began before the end of all has ended, also one whose sign-in was still under way', async () => {
    let ended = 0;
    const { status, body } = await untilAvailable(async () => {
      const { username, userId } = await service.client.signUp();
      const holding = await service.open();
      await holding.query('BEGIN');
      await holding.query('SELECT FROM identity."User" WHERE id = $1 FOR UPDATE', [userId]);
      const signIn = service.client.signIn(username);
      await untilSignInWaits(service, signIn);
      const ending = service.app.get(EndEverySession, { strict: false }).execute({ type: 'operator' });
      await delay(200); // long enough for two walks
      await holding.query('COMMIT');
      await holding.end();
      const answered = await signIn;
      ended = await ending;
      return answered;
    });
    expect([status, ended]).toEqual([200, 2]);
    expect((await service.client.refresh(body.refreshToken as string)).status).toBe(401);
  });

  it('with every key lost goes on with a new ring, and everybody is signed out [ASVS 7.4.5]', async () => {
    const people = [await service.client.signUp(), await service.client.signUp()];
    await service.sql(
      `INSERT INTO identity."Session" (id, user_id, device_id, amr, audience, expires_at, created_at)
       SELECT 1000 + n, $1, 'd', '{pwd}', 'nx-seller', now() + interval '1 day', now() FROM generate_series(1, $2::int) n`,
      [people[0]?.userId, MANY],
    );
    await service.sql(
      `INSERT INTO identity."Session" (id, user_id, device_id, amr, audience, expires_at)
       VALUES (999, $1, 'd', '{pwd}', 'nx-seller', now() - interval '1 day')`,
      [people[0]?.userId],
    );
    const directory = service.env.JWKS_DIR ?? '';
    for (const name of readdirSync(directory).filter((each) => each.endsWith('.pem'))) await rm(join(directory, name));
    const { result, err } = await keysOf(service.env, 'revoke', '--all', '--yes');
    expect(result).toMatchObject({ isNew: true, sessionsEnded: MANY + 2 });
    expect(err).toMatch(/^1000 sessions ended\n2000 sessions ended\n2502 sessions ended\n/);
    expect(existsSync(join(directory, `es256-${String(result.signing)}.pem`))).toBe(true);
    for (const { refreshToken } of people) expect((await service.client.refresh(refreshToken)).status).toBe(401);
    await poll('the new ring', 10, async () => (await published())[0] === result.signing || undefined);
    const reasons = await service.sql(`SELECT end_reason, count(*)::int FROM identity."Session" GROUP BY 1 ORDER BY 1`);
    expect(reasons).toEqual([
      { end_reason: 'ended-by-operator', count: MANY + 2 },
      { end_reason: null, count: 1 },
    ]);
    const events = await service.sql(
      `SELECT outcome, actor_type, details FROM identity."AuditEvent" WHERE action = 'session.every-ended'`,
    );
    expect(events).toEqual([{ outcome: 'success', actor_type: 'operator', details: { sessions: MANY + 2 } }]);
  });
});
