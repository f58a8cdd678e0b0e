import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signUpAdministrator } from '../support/administrators.js';
import type { Tokens } from '../support/client.js';
import { tally } from '../support/races.js';
import { untilAvailable } from '../support/retries.js';
import { runIdentity } from '../support/run-identity.js';
import { untilWaiting } from '../support/held-rows.js';
import { startService, type TestService } from '../support/start-service.js';

type Person = Tokens & { userId: string; policyId: string };

const ROUNDS = 5;
/** The permission `*`, as the migration makes it. */
const EVERYTHING_ID = '4194305';
let service: TestService;
let admin: Person;
let other: Person;

beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.stop();
});
beforeEach(async () => {
  [admin, other] = [await administrator(), await administrator()];
});
afterEach(async () => {
  await service.sql(`DELETE FROM identity."PolicyDefinition" WHERE subject_id <> '1' OR effect = 'deny'`);
});

const send = (...args: Parameters<TestService['client']['send']>) => service.client.send(...args);
const revoke = (of: Person, by: Person) => send('DELETE', `/admin/policies/${of.policyId}`, { token: by.accessToken });
const remove = (person: Tokens) => send('DELETE', '/users/me', { token: person.accessToken });
const LAST = { status: 409, body: { code: 'policy.last-administrator' } };

async function administrator(): Promise<Person> {
  const person = await signUpAdministrator(service);
  const [row] = await service.sql<{ id: string }>('SELECT id FROM identity."PolicyDefinition" WHERE subject_id = $1', [
    person.userId,
  ]);
  return { ...person, policyId: row?.id ?? '' };
}

async function administrators(): Promise<number> {
  const rows = await service.sql(
    `SELECT FROM identity."PolicyDefinition" p JOIN identity."User" u ON u.id::text = p.subject_id
     WHERE p.variant = 'assign_role' AND p.target_id = '1' AND p.domain IS NULL AND u.status = 'active'`,
  );
  return rows.length;
}

const define = (body: object, by: Person = admin) => send('POST', '/admin/policies', { token: by.accessToken, body });
const toRole = (variant: string, subjectType: string, subjectId: string, targetId: string) => ({
  variant,
  subjectType,
  subjectId,
  targetType: 'Role',
  targetId,
});

/** A role that denies everything. */
async function forbidding(): Promise<string> {
  const body = { identifier: `forbidding-${admin.userId}`, name: 'Forbidding' };
  const { id } = (await send('POST', '/admin/roles', { token: admin.accessToken, body })).body as { id: string };
  expect((await define(denying('Role', id))).status).toBe(201);
  return id;
}

const denying = (subjectType: string, subjectId: string) => ({
  variant: 'grant',
  subjectType,
  subjectId,
  targetType: 'Permission',
  targetId: EVERYTHING_ID,
  action: '*',
  effect: 'deny',
  domain: 'SYSTEM_WIDE',
});

describe('who is to be shut out by a denial', () => {
  it('is not the last administrator, whichever way it comes', async () => {
    expect((await revoke(other, admin)).status).toBe(204);
    expect(await define(denying('User', admin.userId))).toMatchObject(LAST);
    const role = await forbidding();
    expect(await define(toRole('assign_role', 'User', admin.userId, role))).toMatchObject(LAST);
    expect(await define(toRole('role_inherits', 'Role', '1', role))).toMatchObject(LAST);
    const path = `/admin/roles/${role}`;
    const change = (status: string) => send('PATCH', path, { token: admin.accessToken, body: { status } });
    expect((await change('disabled')).status).toBe(200);
    expect((await define(toRole('assign_role', 'User', admin.userId, role))).status).toBe(201);
    expect(await change('active')).toMatchObject(LAST);
    expect((await send('GET', '/admin/roles', { token: admin.accessToken })).status).toBe(200);
  });

  it('may be one of two, but not the second one too', async () => {
    expect((await define(denying('User', other.userId))).status).toBe(201);
    expect(await define(denying('User', admin.userId))).toMatchObject(LAST);
  });

  it('is nobody who has what the denier lacks', async () => {
    const manager = await service.client.signUp();
    const body = { code: `identity.policies`, name: 'Policies' };
    const { id } = (await send('POST', '/admin/permissions', { token: admin.accessToken, body })).body;
    const grant = { variant: 'grant', subjectType: 'User', targetType: 'Permission' };
    const managing = { ...grant, subjectId: manager.userId, targetId: id as string, action: 'manage' };
    expect((await define({ ...managing, domain: 'SYSTEM_WIDE' })).status).toBe(201);
    const denied = await send('POST', '/admin/policies', {
      token: manager.accessToken,
      body: denying('User', other.userId),
    });
    expect(denied).toMatchObject({ status: 403, body: { code: 'policy.cannot-grant' } });
  });
});

describe('the last administrator', () => {
  it('loses neither the role nor the account', async () => {
    expect((await revoke(other, admin)).status).toBe(204);
    expect(await revoke(admin, admin)).toMatchObject(LAST);
    expect(await remove(admin)).toMatchObject(LAST);
    const disabled = await runIdentity(service.env, ['users', 'disable', admin.userId]);
    expect(disabled).toEqual({ code: 1, out: '', err: 'identity: This would leave no active administrator.\n' });
    expect(await administrators()).toBe(1);
    expect((await send('GET', '/users/me', { token: admin.accessToken })).body.status).toBe('active');
  });

  it('is who is active: one that is disabled, or has the role in one domain only, is none', async () => {
    await service.sql(`UPDATE identity."User" SET status = 'disabled' WHERE id = $1`, [other.userId]);
    expect(await remove(admin)).toMatchObject(LAST);
    expect((await revoke(other, admin)).status).toBe(204);
    const local = await service.client.signUp();
    const order = { variant: 'assign_role', subjectType: 'User', subjectId: local.userId, targetType: 'Role' };
    const body = { ...order, targetId: '1', domain: 'Shop_7' };
    expect((await send('POST', '/admin/policies', { token: admin.accessToken, body })).status).toBe(201);
    expect(await revoke(admin, admin)).toMatchObject(LAST);
    expect((await remove(local)).status).toBe(204);
  });

  it('is one of two who take the role from each other at once', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const answers = await Promise.all([revoke(admin, other), revoke(other, admin)]);
      // Who came late may have lost his own right by then.
      expect(answers.map(({ status }) => status).filter((status) => status === 204)).toHaveLength(1);
      expect(await administrators()).toBe(1);
      await service.sql(`DELETE FROM identity."PolicyDefinition" WHERE variant = 'assign_role'`);
      [admin, other] = [await administrator(), await administrator()];
    }
  });

  it('is one of two who disable each other at once', async () => {
    const disable = (of: Person, by: Person) =>
      send('POST', `/admin/users/${of.userId}/disable`, { token: by.accessToken });
    for (let round = 0; round < ROUNDS; round += 1) {
      const answers = await Promise.all([disable(admin, other), disable(other, admin)]);
      expect(answers.map(({ status }) => status).filter((status) => status === 204)).toHaveLength(1);
      expect(await administrators()).toBe(1);
      await service.sql(`DELETE FROM identity."PolicyDefinition" WHERE variant = 'assign_role'`);
      [admin, other] = [await administrator(), await administrator()];
    }
  });

  it.each([
    ['disabled', 409],
    ['active', 204],
  ])('is not who was given the role while his row was held, and comes out %s', async (status, answered) => {
    await service.sql(`DELETE FROM identity."PolicyDefinition" WHERE id = $1`, [other.policyId]);
    const given = await untilAvailable(async () => {
      const newcomer = await service.client.signUp();
      const transaction = await service.open();
      await transaction.query('BEGIN');
      await transaction.query('UPDATE identity."User" SET status = $2 WHERE id = $1', [newcomer.userId, status]);
      const gift = define(toRole('assign_role', 'User', newcomer.userId, '1'));
      await untilWaiting(service, '%FOR NO KEY UPDATE%', gift);
      // Until it is known what becomes of him he is no reason for anybody to go.
      const removed = await remove(admin);
      await transaction.query('COMMIT');
      await transaction.end();
      if (removed.status === 503) return removed;
      expect(removed).toMatchObject(LAST);
      return await gift;
    });
    expect(given.status).toBe(201);
    expect(await remove(admin)).toMatchObject({ status: answered });
    expect(await administrators()).toBe(1);
  });

  it('is not shut out by a gift that came too late to who disables the receiver', async () => {
    await service.sql(`DELETE FROM identity."PolicyDefinition" WHERE id = $1`, [other.policyId]);
    for (let round = 0; round < ROUNDS; round += 1) {
      const newcomer = await service.client.signUp();
      const [gift, disabled] = await Promise.all([
        define(toRole('assign_role', 'User', newcomer.userId, '1')),
        send('POST', `/admin/users/${newcomer.userId}/disable`, { token: admin.accessToken }),
      ]);
      expect([gift.status, disabled.status]).toEqual([201, 204]);
      expect(await remove(admin)).toMatchObject(LAST);
    }
  });

  it('is one of two who delete their accounts at once', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const answers = await Promise.all([remove(admin), remove(other)]);
      expect(tally(answers)).toEqual({ 204: 1, 409: 1 });
      expect(await administrators()).toBe(1);
      await service.sql(`DELETE FROM identity."PolicyDefinition" WHERE variant = 'assign_role'`);
      [admin, other] = [await administrator(), await administrator()];
    }
  });
});

describe('a plain user', () => {
  it('goes when he likes, also where there is no administrator', async () => {
    await service.sql(`DELETE FROM identity."PolicyDefinition" WHERE variant = 'assign_role'`);
    expect((await remove(await service.client.signUp())).status).toBe(204);
  });
});
