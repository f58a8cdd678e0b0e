import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import type { Answer } from '../support/client.js';
import { readMetric } from '../support/metrics.js';
import { createSister, type Sister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';

let service: TestService;
let orders: Sister;

beforeAll(async () => {
  service = await startService();
  orders = await createSister(service, 'policies:check');
  await service.sql(`INSERT INTO "Permission" (id, code, name) VALUES (7, 'orders', 'Orders')`);
});
afterAll(async () => {
  await service.stop();
});

const somebody = () => String(randomInt(1, 2 ** 40));
const post = (path: string, body: unknown): Promise<Answer> =>
  service.client.send('POST', `/internal/policies/${path}`, { body, headers: orders.headers });
const about = (id: string, more: object = {}) => ({
  subject: { type: 'User', id },
  object: 'orders.items',
  action: 'read',
  ...more,
});
const permissions = (query: string) =>
  service.client.send('GET', `/internal/policies/permissions?${query}`, { headers: orders.headers });
/** As an operator writes it in psql. */
const define = (id: string, subjectId: string, more: Record<string, string> = {}) =>
  service.sql(
    `INSERT INTO "PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id, action, effect, domain)
     VALUES ($1, 'grant', 'User', $2, 'Permission', '7', $3, $4, $5)`,
    [id, subjectId, more.action ?? 'read', more.effect ?? null, more.domain ?? null],
  );

describe('a check', () => {
  it('flips with a definition written by hand, which it names', async () => {
    const [who, id] = [somebody(), somebody()];
    expect((await post('check', about(who))).body).toEqual({ allowed: false });
    await define(id, who);
    await poll('the grant', 1, async () => (await post('check', about(who))).body.allowed || undefined);
    expect((await post('check', about(who))).body).toEqual({ allowed: true, policyId: id });
    await service.sql('DELETE FROM "PolicyDefinition" WHERE id = $1', [id]);
    await poll('its end', 1, async () => !(await post('check', about(who))).body.allowed || undefined);
  });

  it('is denied by one deny among allows, in its domain [ASVS 8.4.1]', async () => {
    const [who, deny] = [somebody(), somebody()];
    await define(somebody(), who, { domain: 'SYSTEM_WIDE' });
    await define(deny, who, { domain: 'Shop_7', effect: 'deny', action: '*' });
    expect((await post('check', about(who, { domain: 'Shop_8' }))).body.allowed).toBe(true);
    expect((await post('check', about(who, { domain: 'Shop_7' }))).body).toEqual({ allowed: false, policyId: deny });
  });

  it('counts for whoever holds a role, of whatever type the subject is', async () => {
    const [robot, role] = [somebody(), somebody()];
    await service.sql(
      `INSERT INTO "PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id, action)
       VALUES ($1, 'assign_role', 'Robot', $2, 'Role', $3, NULL), ($4, 'grant', 'Role', $3, 'Permission', '7', 'read')`,
      [somebody(), robot, role, somebody()],
    );
    const check = { subject: { type: 'Robot', id: robot }, object: 'orders', action: 'read' };
    expect((await post('check', check)).body.allowed).toBe(true);
    expect((await post('check', { ...check, subject: { type: 'Robot', id: `${robot}0` } })).body.allowed).toBe(false);
  });

  it.each([
    ['no subject', { subject: undefined }, 'subject'],
    ['a type with a _', { subject: { type: 'User_x', id: '1' } }, 'subject.type'],
    ['a comma', { object: 'orders,items' }, 'object'],
    ['a space', { action: 're ad' }, 'action'],
    ['NUL', { subject: { type: 'User', id: '1\u0000' } }, 'subject.id'],
    ['nothing', { object: '' }, 'object'],
    ['129 characters', { object: 'x'.repeat(129) }, 'object'],
    ['half an emoji', { action: '\uD83D' }, 'action'],
    ['a domain without an id', { domain: 'Shop' }, 'domain'],
    ['a word that is no domain of a request', { domain: 'ANY_MEMBER' }, 'domain'],
    ['a list', { object: ['orders'] }, 'object'],
    ['a prototype', { __proto__x: 1 }, '__proto__x'],
  ])('refuses %s', async (_what, change, path) => {
    const answer = await post('check', { ...about('1'), ...change });
    expect(answer).toMatchObject({ status: 422, body: { code: 'request.invalid', errors: [{ path }] } });
  });

  it('is measured by where the policies were found', async () => {
    const count = (cache: string) =>
      readMetric(service.managementOrigin, `identity_policy_check_seconds_count{cache="${cache}"}`);
    const before = [await count('postgres'), await count('memory')];
    const who = somebody();
    await post('check', about(who));
    await post('check', about(who));
    expect([await count('postgres'), await count('memory')]).toEqual(before.map((value) => value + 1));
  });
});

describe('a batch', () => {
  it('answers in order, each as by itself', async () => {
    const [may, mayNot] = [somebody(), somebody()];
    await define(somebody(), may);
    const checks = Array.from({ length: 100 }, (_, index) => about(index % 3 === 0 ? may : mayNot));
    const { body } = await post('check-batch', { checks });
    expect((body.results as { allowed: boolean }[]).map(({ allowed }) => allowed)).toEqual(
      checks.map((_, index) => index % 3 === 0),
    );
  });

  it('holds 1 to 100', async () => {
    expect((await post('check-batch', { checks: [] })).status).toBe(422);
    expect((await post('check-batch', { checks: Array.from({ length: 101 }, () => about('1')) })).status).toBe(422);
  });
});

describe('the permissions of a subject', () => {
  it('have a version that changes with them alone', async () => {
    const [who, id] = [somebody(), somebody()];
    const query = `subjectType=User&subjectId=${who}`;
    const none = (await permissions(query)).body;
    expect(none.permissions).toEqual([]);
    await define(id, who, { domain: 'Shop_7' });
    const listed = { object: 'orders', action: 'read', effect: 'allow', policyId: id };
    await poll('the grant', 1, async () => {
      const { body } = await permissions(`${query}&domain=Shop_7`);
      return (body.permissions as unknown[]).length > 0 || undefined;
    });
    const some = (await permissions(`${query}&domain=Shop_7`)).body;
    expect(some.permissions).toEqual([listed]);
    expect(some.version).not.toBe(none.version);
    expect((await permissions(`${query}&domain=Shop_7`)).body.version).toBe(some.version);
    // Nowhere in particular it still may nothing.
    expect((await permissions(query)).body).toEqual(none);
  });

  it('are asked for by type and id', async () => {
    for (const query of [
      '',
      'subjectType=User',
      'subjectType=User&subjectId=1&colour=red',
      'subjectType=_&subjectId=1',
    ])
      expect((await permissions(query)).status).toBe(422);
  });
});
