import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '@platform/testing';
import { randomEmail } from '../support/addresses.js';
import { PASSWORD } from '../support/client.js';
import { requestCode, verifyCode } from '../support/codes.js';
import { atOnce } from '../support/races.js';
import { auditCount, liveSessions } from '../support/records.js';
import { runIdentity } from '../support/run-identity.js';
import { prepareEnvironment, startService, type TestService } from '../support/start-service.js';

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.stop();
});

const identity = (...args: string[]) => runIdentity(service.env, args);
const json = async (...args: string[]) => {
  const { code, out, err } = await identity(...args, '--json');
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as Record<string, unknown>;
};

describe('identity users', () => {
  it('shows an account, named by id or by identifier', async () => {
    const { username, userId } = await service.client.signUp();
    const byId = await json('users', 'inspect', userId);
    expect(byId).toMatchObject({ userId, status: 'active', identifiers: `username:${username}`, liveSessions: 1 });
    expect(await json('users', 'inspect', `username:${username.toUpperCase()}`)).toEqual(byId);
    const { out, code } = await identity('users', 'inspect', userId);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^status +active$`, 'm'));
  });

  it('disables an account, which ends its sessions, and enables it again', async () => {
    const { client } = service;
    const { username, userId, refreshToken } = await client.signUp();
    expect(await json('users', 'disable', userId)).toEqual({ userId, changed: true });
    expect(await json('users', 'disable', userId)).toEqual({ userId, changed: false });
    expect((await client.refresh(refreshToken)).status).toBe(401);
    expect((await client.signIn(username)).status).toBe(401);
    expect(await json('users', 'enable', userId)).toEqual({ userId, changed: true });
    expect((await client.signIn(username)).status).toBe(200);
    expect((await client.refresh(refreshToken)).status).toBe(401);
    const events = await service.sql<{ action: string; actor_type: string }>(
      `SELECT action, actor_type FROM identity."AuditEvent" WHERE user_id = $1 AND actor_type = 'operator' ORDER BY id`,
      [userId],
    );
    expect(events.map(({ action }) => action)).toEqual(['user.disabled', 'user.enabled']);
  });

  it('ends every session of an account [ASVS 7.4.5]', async () => {
    const { client } = service;
    const { username, userId, refreshToken } = await client.signUp();
    const second = await client.signIn(username);
    await json('users', 'end-sessions', userId);
    for (const token of [refreshToken, second.body.refreshToken as string]) {
      expect((await client.refresh(token)).status).toBe(401);
    }
    expect(await json('users', 'inspect', userId)).toMatchObject({ liveSessions: 0 });
  });

  it('says in one line what is wrong, and exits 1', async () => {
    const unknown = await identity('users', 'inspect', 'username:nobody-here');
    expect(unknown).toEqual({
      code: 1,
      out: '',
      err: 'identity: there is no user username:nobody-here; name one by id, or as email:…, phone:… or username:…\n',
    });
    const { DATABASE_URL: _url, ...rest } = service.env;
    const lost = await runIdentity(rest, ['users', 'inspect', '1']);
    expect(lost).toMatchObject({ code: 1, out: '' });
    expect(lost.err).toMatch(/DATABASE_URL: is required/);
  });
});

describe('identity otp', () => {
  it('shows the codes of an identifier, and ends a lock', async () => {
    const { client } = service;
    const address = randomEmail();
    const { body } = await requestCode(client, 'verify-email', address);
    expect(await json('otp', 'show', 'verify-email', address)).toEqual({
      namespace: 'verify-email',
      identifier: address,
      codeWaits: expect.closeTo(600, -2) as number,
      wrongGuesses: 0,
      locked: null,
      nextCodeIn: expect.closeTo(60, -2) as number,
      codesToday: 1,
      quotaRenewedIn: expect.closeTo(86_400, -3) as number,
    });
    expect(await json('otp', 'unlock', 'verify-email', address)).toMatchObject({ changed: false });
    for (let guess = 0; guess < 5; guess += 1)
      await verifyCode(client, 'verify-email', address, body.challengeId, 'not it');
    expect((await requestCode(client, 'verify-email', address)).body.code).toBe('otp.locked');
    const name = `email:${address.toUpperCase()}`;
    expect(await json('otp', 'show', 'verify-email', name)).toMatchObject({ codeWaits: null, codesToday: 1 });
    expect((await identity('otp', 'show', 'verify-email', name)).out).toMatch(/^locked +\d+$/m);
    expect(await json('otp', 'unlock', 'verify-email', name)).toEqual({
      namespace: 'verify-email',
      identifier: address,
      changed: true,
    });
    expect((await requestCode(client, 'verify-email', address)).status).toBe(202);
    const events = await service.sql<{ details: object }>(
      `SELECT details FROM identity."AuditEvent" WHERE action = 'otp.unlocked' AND actor_type = 'operator'`,
    );
    const identifier = `${address.charAt(0)}***@example.com`;
    expect(events).toEqual([{ details: { namespace: 'verify-email', scheme: 'email', identifier } }]);
  });

  it('tells whom most codes were sent to, masked unless asked otherwise [ASVS 14.2.6]', async () => {
    const { client } = service;
    const address = randomEmail();
    await requestCode(client, 'forgot-password', address);
    expect((await requestCode(client, 'forgot-password', address)).body.code).toBe('otp.cooldown');
    const row = { namespace: 'forgot-password', codes: 1, quotaRenewedIn: expect.closeTo(86_400, -3) as number };
    const all = ['otp', 'top', '--limit', '1000'];
    const masked = { ...row, identifier: `${address.charAt(0)}***@example.com` };
    expect(await json(...all, '--namespace', 'forgot-password')).toContainEqual(masked);
    expect(await json(...all, '--whole')).toContainEqual({ ...row, identifier: address });
    const { out } = await identity(...all);
    expect(out).toMatch(/^NAMESPACE +IDENTIFIER +CODES +QUOTA RENEWED IN$/m);
    expect(out).not.toContain(address);
  });

  it('says in one line what is wrong, and exits 1', async () => {
    const wrongWay = await identity('otp', 'show', 'phone-auth', 'ana@example.com');
    expect(wrongWay).toMatchObject({ code: 1, out: '' });
    expect(wrongWay.err).toBe('identity: phone-auth sends no codes to identifiers of scheme email\n');
    const unreadable = await identity('otp', 'unlock', 'verify-email', 'phone:12');
    expect(unreadable).toMatchObject({ code: 1, out: '' });
    const unknown = await identity('otp', 'show', 'any-code', 'ana@example.com');
    expect(unknown).toMatchObject({ code: 1, out: '' });
    expect(unknown.err).toMatch(/Allowed choices are verify-email, phone-auth, forgot-password/);
    const away = await runIdentity({ ...service.env, REDIS_URL: `redis://127.0.0.1:${await freePort()}` }, [
      'otp',
      'show',
      'verify-email',
      'ana@example.com',
    ]);
    expect(away).toEqual({ code: 1, out: '', err: 'identity: Redis does not answer.\n' });
  });
});

describe('identity audit', () => {
  const rows = async (...args: string[]) => (await json('audit', ...args)) as unknown as Record<string, unknown>[];

  it('shows what happened to a user, page by page, and counts it', async () => {
    const { client } = service;
    const { username, userId } = await client.signUp();
    for (let guess = 0; guess < 2; guess += 1) await client.signIn(username, 'not the password');
    const events = await rows('list', '--user', `username:${username}`, '--from', '10m');
    expect(events.map(({ action }) => action)).toEqual(['sign-in.failed', 'sign-in.failed', 'user.signed-up']);
    expect(events[0]).toMatchObject({ userId, outcome: 'failure', actorType: 'anonymous', ip: '127.0.0.1' });
    const [first] = await rows('list', '--user', userId, '--limit', '1');
    expect(await rows('list', '--user', userId, '--before', String(first?.['id']))).toEqual(events.slice(1));
    expect(await rows('list', '--user', userId, '--to', '1h')).toEqual([]);
    expect(await rows('top', 'action', '--user', userId)).toEqual([
      { action: 'sign-in.failed', events: 2 },
      { action: 'user.signed-up', events: 1 },
    ]);
    expect(await rows('top', 'user', '--action', 'sign-in.failed')).toContainEqual({ user: userId, events: 2 });
    const identifier = `${username.charAt(0)}***`;
    expect(await rows('top', 'identifier', '--user', userId)).toEqual([{ identifier, events: 2 }]);
    expect((await identity('audit', 'list', '--user', userId)).out).toMatch(/^ID +OCCURRED AT +ACTION/);
  });

  it('says in one line what is wrong, and exits 1', async () => {
    const late = await identity('audit', 'list', '--from', 'yesterday');
    expect(late).toMatchObject({ code: 1, out: '' });
    expect(late.err).toMatch(/Write 2026-11-25T10:00Z, or 30m, 2h, 1d\./);
  });
});

describe('identity admin', () => {
  it('creates an administrator once, whose tokens carry the role', async () => {
    const create = ['admin', 'create', '--value', 'admin', '--password-stdin', '--json'];
    const first = await runIdentity(service.env, create, `${PASSWORD}\n`);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(first.out)).toMatchObject({ created: true, roleAssigned: true });
    const second = await runIdentity(service.env, create, 'another one entirely\n');
    expect(JSON.parse(second.out)).toMatchObject({ created: false, roleAssigned: false });
    const signedIn = await service.client.signIn('admin');
    const me = await service.client.get('/auth/who-am-i', signedIn.body.accessToken as string);
    expect(me.body.roles).toEqual([{ id: '1', identifier: 'administrator', priority: 1000 }]);
  });

  it('makes a user one, once, however many ask, and leaves the password alone', async () => {
    const { username, userId } = await service.client.signUp();
    const grants = await atOnce(3, () => json('admin', 'create', '--value', username));
    expect(grants.filter(({ roleAssigned }) => roleAssigned)).toHaveLength(1);
    expect(grants).toEqual(grants.map(({ roleAssigned }) => ({ userId, created: false, roleAssigned })));
    const given = await service.sql('SELECT FROM identity."PolicyDefinition" WHERE subject_id = $1', [userId]);
    expect(given).toHaveLength(1);
    expect(await auditCount(service, 'user.administrator-granted', userId)).toBe(1);
    expect((await service.client.signIn(username)).status).toBe(200);
  });

  it('gives an existing one another password on request, which ends the sessions', async () => {
    const { client } = service;
    const { username, userId, refreshToken } = await client.signUp();
    const replace = (password: string) =>
      runIdentity(
        service.env,
        ['admin', 'create', '--value', username, '--password-stdin', '--replace-password', '--json'],
        `${password}\n`,
      );
    const resets = () => auditCount(service, 'password.reset-by-operator', userId);

    const same = await replace(PASSWORD);
    expect(same).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(same.out)).toEqual({ userId, created: false, roleAssigned: true, passwordReplaced: false });
    expect([await liveSessions(service, userId), await resets()]).toEqual([1, 0]);

    const weak = await replace(`${username}1`);
    expect(weak).toMatchObject({ code: 1, out: '' });
    expect((await client.signIn(username)).status).toBe(200);

    const replaced = await replace('violet kettle marches on');
    expect(replaced).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(replaced.out)).toEqual({ userId, created: false, roleAssigned: false, passwordReplaced: true });
    expect([await liveSessions(service, userId), await resets()]).toEqual([0, 1]);
    expect((await client.refresh(refreshToken)).status).toBe(401);
    expect((await client.signIn(username)).status).toBe(401);
    expect((await client.signIn(username, 'violet kettle marches on')).status).toBe(200);
  });

  it('tells the audit trail of a new one', async () => {
    const { userId } = await json('admin', 'create', '--value', 'operator.three');
    expect(await auditCount(service, 'user.administrator-created', userId as string)).toBe(1);
    expect(await auditCount(service, 'user.administrator-granted', userId as string)).toBe(0);
  });

  it('refuses a disabled user', async () => {
    const { username, userId } = await service.client.signUp();
    await json('users', 'disable', userId);
    expect(await identity('admin', 'create', '--value', username)).toEqual({
      code: 1,
      out: '',
      err: `identity: The account ${userId} is disabled and cannot be made an administrator; enable it first: identity users enable ${userId}.\n`,
    });
    expect(await service.sql('SELECT FROM identity."PolicyDefinition" WHERE subject_id = $1', [userId])).toEqual([]);
  });

  it('makes up a password when none is given, and shows it this once', async () => {
    const made = await json('admin', 'create', '--value', 'operator.two');
    expect((await service.client.signIn('operator.two', made.password as string)).status).toBe(200);
  });

  it('refuses a password that the policy refuses', async () => {
    const weak = await runIdentity(
      service.env,
      ['admin', 'create', '--value', 'weak.one', '--password-stdin'],
      'password\n',
    );
    expect(weak).toMatchObject({ code: 1, out: '' });
    expect(weak.err).toMatch(/well-known/);
  });
});

describe('identity service-accounts', () => {
  it('shows a secret once and keeps its digest alone', async () => {
    const made = await json(
      'service-accounts',
      'create',
      '--name',
      'orders',
      '--scope',
      'policies:check',
      'users:read',
    );
    const [row] = await service.sql<{ scopes: string[]; plain: boolean }>(
      `SELECT scopes, position(convert_to($1, 'UTF8') in digest) > 0 AS plain FROM identity."ServiceAccount" WHERE name = 'orders'`,
      [made.secret],
    );
    expect(row).toEqual({ scopes: ['policies:check', 'users:read'], plain: false });
    const again = await identity('service-accounts', 'create', '--name', 'orders', '--scope', '*');
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again.err).toMatch(/there is a service account orders already/i);
  });

  it('refuses a scope that there is not, and says which there are', async () => {
    const made = await identity('service-accounts', 'create', '--name', 'mail', '--scope', 'users:write');
    expect(made).toMatchObject({ code: 1, out: '' });
    expect(made.err).toMatch(/policies:check, users:read, tokens:introspect, revocations:read, \*/);
  });

  it('lists accounts and revokes one by its name, once', async () => {
    const { id } = await json('service-accounts', 'create', '--name', 'billing', '--scope', 'users:read', '*');
    const billing = async () => {
      const { out } = await identity('service-accounts', 'list', '--json');
      return (JSON.parse(out) as { name: string; scopes: string; revokedAt: string | null }[]).find(
        ({ name }) => name === 'billing',
      );
    };
    expect(await billing()).toMatchObject({ scopes: 'users:read *', lastUsedAt: null, revokedAt: null });
    expect(await json('service-accounts', 'revoke', 'billing')).toEqual({ id, name: 'billing', result: 'revoked' });
    expect(await billing()).toMatchObject({ revokedAt: expect.any(String) });
    const again = await identity('service-accounts', 'revoke', 'billing');
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again.err).toMatch(/no such service account, or it is revoked/);
    const events = await service.sql(
      `SELECT actor_type, details FROM identity."AuditEvent" WHERE action = 'service-account.revoked'`,
    );
    expect(events).toEqual([{ actor_type: 'operator', details: { id, name: 'billing' } }]);
    const { out } = await identity('service-accounts', 'list');
    expect(out.split('\n')[0]).toMatch(/^ID +NAME +CREATED AT +LAST USED AT +REVOKED AT +SCOPES/);
  });
});

describe('identity keys and migrate', () => {
  it('generates a first key that signs at once, and later ones that are published first', async () => {
    const { env, release } = await prepareEnvironment();
    rmSync(env.JWKS_DIR ?? '', { recursive: true });
    const only = { JWKS_DIR: env.JWKS_DIR ?? '' };
    const first = await runIdentity(only, ['keys', 'generate', '--json']);
    expect(first).toMatchObject({ code: 0, err: '' });
    const second = await runIdentity(only, ['keys', 'generate', '--alg', 'RS256', '--lead-seconds', '43200', '--json']);
    expect(second).toMatchObject({ code: 0, err: '' });
    const { out } = await runIdentity(only, ['keys', 'list', '--json']);
    const keys = JSON.parse(out) as { alg: string; state: string }[];
    expect(keys.map(({ alg, state }) => `${alg} ${state}`).sort()).toEqual(['ES256 signing', 'RS256 next']);
    const table = await runIdentity(only, ['keys', 'list']);
    expect(table.out.split('\n')[0]).toMatch(/^KID +ALG +STATE/);
    await release();
  });

  it('migrates with DATABASE_URL and nothing else, and says so when there is nothing to do', async () => {
    const { env, release } = await prepareEnvironment();
    const only = { DATABASE_URL: env.DATABASE_URL ?? '' };
    const first = await runIdentity(only, ['migrate', '--json']);
    expect(first.code).toBe(0);
    expect((JSON.parse(first.out) as { applied: string }).applied).toMatch(/Accounts\d+, Policies\d+/);
    expect(JSON.parse((await runIdentity(only, ['migrate', '--json'])).out)).toEqual({
      applied: 'nothing, the schema is current',
    });
    await release();
  });

  it('refuses an unknown command and points to the help', async () => {
    const wrong = await identity('user', 'inspect', '1');
    expect(wrong.code).not.toBe(0);
    expect(wrong.err).toMatch(/unknown command 'user'.*--help/s);
  });
});
