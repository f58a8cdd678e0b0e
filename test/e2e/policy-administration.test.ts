import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { signUpAdministrator } from '../support/administrators.js';
import type { Answer } from '../support/client.js';
import { atOnce, tally } from '../support/races.js';
import { auditCount } from '../support/records.js';
import { untilAvailable } from '../support/retries.js';
import { startService, type TestService } from '../support/start-service.js';

let service: TestService;
let admin: string;
let manager: string;
let plain: string;
let orders: string;

beforeAll(async () => {
  service = await startService();
  admin = (await signUpAdministrator(service)).accessToken;
  plain = (await service.client.signUp()).accessToken;
  const policies = await permission('identity.policies');
  orders = await permission('orders.read');
  const limited = await service.client.signUp();
  manager = limited.accessToken;
  for (const action of ['read', 'manage']) await granted(limited.userId, policies, action);
  await granted(limited.userId, orders, 'read');
});
afterAll(async () => {
  await service.stop();
});

const call = (method: string, path: string, token: string | undefined, body?: unknown) =>
  service.client.send(method, `/admin${path}`, { body, token });

async function made(answer: Promise<Answer>): Promise<string> {
  const { status, text, body } = await answer;
  expect([status, text]).toEqual([201, text]);
  return body.id as string;
}

const permission = (code: string) => made(call('POST', '/permissions', admin, { code, name: code }));
const role = (identifier: string) => made(call('POST', '/roles', admin, { identifier, name: identifier }));
const grant = (userId: string, targetId: string, action = 'read', more: object = {}) => ({
  variant: 'grant',
  subjectType: 'User',
  subjectId: userId,
  targetType: 'Permission',
  targetId,
  action,
  domain: 'SYSTEM_WIDE',
  ...more,
});
const assign = (userId: string, targetId: string, more: object = {}) => ({
  variant: 'assign_role',
  subjectType: 'User',
  subjectId: userId,
  targetType: 'Role',
  targetId,
  ...more,
});
const define = (token: string, order: object) => call('POST', '/policies', token, order);
const granted = (userId: string, targetId: string, action = 'read') =>
  made(define(admin, grant(userId, targetId, action)));
let names = 0;
const fresh = (prefix: string) => `${prefix}${(names += 1)}`;

describe('who may administer', () => {
  it.each([
    ['GET', '/roles'],
    ['POST', '/roles'],
    ['GET', '/roles/1'],
    ['PATCH', '/roles/1'],
    ['DELETE', '/roles/1'],
    ['GET', '/permissions'],
    ['POST', '/permissions'],
    ['GET', '/permissions/1'],
    ['PATCH', '/permissions/1'],
    ['DELETE', '/permissions/1'],
    ['GET', '/policies'],
    ['POST', '/policies'],
    ['GET', '/policies/1'],
    ['DELETE', '/policies/1'],
    ['GET', '/policies/export'],
    ['POST', '/policies/import'],
  ])('is neither nobody nor a plain user: %s %s', async (method, path) => {
    const body = method === 'POST' || method === 'PATCH' ? {} : undefined;
    expect((await call(method, path, undefined, body)).body.code).toBe('auth.invalid-token');
    expect((await call(method, path, plain, body)).body.code).toBe('policy.permission-denied');
  });

  it('is each by area: who manages policies makes no roles', async () => {
    expect((await call('POST', '/roles', manager, { identifier: 'x', name: 'x' })).status).toBe(403);
    expect((await call('GET', '/policies', manager)).status).toBe(200);
  });
});

describe('roles and permissions', () => {
  it('are made, listed page by page, changed and deleted', async () => {
    const id = await role(fresh('clerk'));
    const other = await role(fresh('clerk'));
    const changes = { name: 'Chief clerk', priority: 5, description: 'Counts.' };
    expect((await call('PATCH', `/roles/${id}`, admin, changes)).body).toMatchObject({ id, ...changes });
    expect((await call('GET', `/roles/${id}`, admin)).body).toMatchObject({ ...changes, status: 'active' });
    const first = (await call('GET', '/roles?limit=1', admin)).body;
    expect(first).toMatchObject({ items: [{ identifier: 'administrator' }], nextCursor: '1' });
    const rest = (await call('GET', `/roles?cursor=${first.nextCursor}`, admin)).body;
    expect((rest.items as { id: string }[]).map((each) => each.id)).toEqual(expect.arrayContaining([id, other]));
    expect((await call('DELETE', `/roles/${other}`, admin)).status).toBe(204);
    expect((await call('GET', `/roles/${other}`, admin)).body.code).toBe('policy.role-not-found');
    expect((await call('DELETE', `/roles/${other}`, admin)).status).toBe(404);
  });

  it('have a name that nobody else has, also when many want it at once', async () => {
    const identifier = fresh('unique');
    const answers = await atOnce(5, () => call('POST', '/roles', admin, { identifier, name: 'x' }));
    expect(tally(answers)).toEqual({ 201: 1, 409: 4 });
    const [one, two] = [await permission(fresh('p')), fresh('p')];
    await permission(two);
    expect((await call('PATCH', `/permissions/${one}`, admin, { code: two })).body.code).toBe(
      'policy.permission-exists',
    );
  });

  it('that definitions refer to are not deleted', async () => {
    const { userId } = await service.client.signUp();
    const [held, code] = [await role(fresh('held')), await permission(fresh('held'))];
    const definitions = [await made(define(admin, assign(userId, held))), await granted(userId, code)];
    for (const path of [`/roles/${held}`, `/permissions/${code}`])
      expect((await call('DELETE', path, admin)).body.code).toBe('policy.still-referred');
    for (const id of definitions) expect((await call('DELETE', `/policies/${id}`, admin)).status).toBe(204);
    for (const path of [`/roles/${held}`, `/permissions/${code}`])
      expect((await call('DELETE', path, admin)).status).toBe(204);
  });

  it('are not deleted under the hands of who begins to refer to them', async () => {
    const { userId } = await service.client.signUp();
    for (let round = 0; round < 8; round += 1) {
      const id = await role(fresh('brief'));
      const [assigned, deleted] = await Promise.all([
        define(admin, assign(userId, id)),
        call('DELETE', `/roles/${id}`, admin),
      ]);
      expect([
        [201, 409],
        [422, 204],
      ]).toContainEqual([assigned.status, deleted.status]);
    }
  });

  it('that are built in stay what they are', async () => {
    for (const change of [{ identifier: 'root' }, { status: 'disabled' }])
      expect((await call('PATCH', '/roles/1', admin, change)).body.code).toBe('policy.built-in');
    expect((await call('DELETE', '/roles/1', admin)).body.code).toBe('policy.built-in');
    expect((await call('PATCH', '/roles/1', admin, { name: 'Administrator' })).status).toBe(200);
    const [everything] = await service.sql<{ id: string }>(`SELECT id FROM identity."Permission" WHERE code = '*'`);
    expect((await call('PATCH', `/permissions/${everything?.id}`, admin, { code: 'x' })).body.code).toBe(
      'policy.built-in',
    );
    const list = await call('GET', '/policies?subjectType=Role&subjectId=1', admin);
    const { id } = (list.body.items as { id: string }[])[0]!;
    expect((await call('DELETE', `/policies/${id}`, admin)).body.code).toBe('policy.built-in');
    const deny = { ...grant('1', everything?.id ?? '', '*', { effect: 'deny' }), subjectType: 'Role' };
    expect((await define(admin, deny)).status).toBe(422);
  });
});

describe('definitions', () => {
  it('count at once, are found by subject and by target, and count no more once revoked [ASVS 8.3.2]', async () => {
    const person = await service.client.signUp();
    const readable = (status: number) =>
      poll('the change counts', 2, async () => {
        const answer = await call('GET', '/roles', person.accessToken);
        return answer.status === status || undefined;
      });
    const code = await permission('identity.roles');
    const id = await granted(person.userId, code);
    await readable(200);
    const [bySubject, byTarget, one] = await Promise.all([
      call('GET', `/policies?subjectType=User&subjectId=${person.userId}`, admin),
      call('GET', `/policies?targetType=Permission&targetId=${code}&variant=grant`, admin),
      call('GET', `/policies/${id}`, admin),
    ]);
    expect(one.body).toMatchObject({ id, effect: 'allow', domain: 'SYSTEM_WIDE', targetName: 'identity.roles' });
    for (const { body } of [bySubject, byTarget]) expect(body).toEqual({ items: [one.body], nextCursor: null });
    expect((await call('DELETE', `/policies/${id}`, admin)).status).toBe(204);
    await readable(403);
    expect((await call('DELETE', `/policies/${id}`, admin)).body.code).toBe('policy.definition-not-found');
    for (const action of ['policy.created', 'policy.revoked'])
      expect(await auditCount(service, action, person.userId)).toBe(1);
  });

  it('are written once, however many write the same', async () => {
    const { userId } = await service.client.signUp();
    const answers = await atOnce(6, () => define(admin, grant(userId, orders)));
    expect(tally(answers)).toEqual({ 201: 1, 409: 5 });
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('policy.definition-exists');
    expect(await auditCount(service, 'policy.created', userId)).toBe(1);
  });

  it('that say what cannot be are refused by field', async () => {
    const { userId } = await service.client.signUp();
    const good = grant(userId, orders);
    for (const [change, path] of [
      [{ variant: 'policy' }, 'variant'],
      [{ targetId: '248151234567890944' }, 'targetId'],
      [{ targetType: 'Role' }, 'targetType'],
      [{ subjectType: 'My_Type' }, 'subjectType'],
      [{ subjectId: 'a,b' }, 'subjectId'],
      [{ action: undefined }, 'action'],
      [{ domain: 'everywhere' }, 'domain'],
      [{ effect: 'maybe' }, 'effect'],
      [{ metadata: { a: { b: 1 } } }, 'metadata.a'],
      [{ subjectName: 'x' }, 'subjectName'],
    ] as const) {
      const { status, body } = await define(admin, { ...good, ...change });
      expect([change, status, body.errors?.[0]?.path]).toEqual([change, 422, path]);
    }
    for (const query of ['subjectType=User', 'targetId=1', 'variant=policy', 'colour=red'])
      expect((await call('GET', `/policies?${query}`, admin)).status).toBe(422);
  });
});

describe('nobody can grant what he lacks', () => {
  it('a manager grants what he has, where he has it, and nothing else', async () => {
    const { userId } = await service.client.signUp();
    const secret = await permission(fresh('secret'));
    expect((await define(manager, grant(userId, orders))).status).toBe(201);
    const shop = await made(define(manager, grant(userId, orders, 'read', { domain: 'Shop_7' })));
    expect((await call('DELETE', `/policies/${shop}`, manager)).status).toBe(204);
    for (const order of [
      grant(userId, secret),
      grant(userId, orders, 'write'),
      grant(userId, orders, '*'),
      assign(userId, '1'),
      assign(userId, '1', { domain: 'Shop_7' }),
      { variant: 'domain_inherits', subjectType: 'Shop', subjectId: '1', targetType: 'Shop', targetId: '2' },
      {
        variant: 'resource_inherits',
        subjectType: 'Permission',
        subjectId: secret,
        targetType: 'Permission',
        targetId: orders,
      },
      { variant: 'action_inherits', subjectType: 'Action', subjectId: 'write', targetType: 'Action', targetId: 'read' },
    ])
      expect([order, (await define(manager, order)).body.code]).toEqual([order, 'policy.cannot-grant']);
    const deny = (targetId: string) => define(manager, grant(userId, targetId, 'read', { effect: 'deny' }));
    expect((await deny(secret)).body.code).toBe('policy.cannot-grant');
    expect((await deny(orders)).status).toBe(201);
  });

  it('nor lift what is denied to somebody', async () => {
    const { userId } = await service.client.signUp();
    const secret = await permission(fresh('secret'));
    const deny = await made(define(admin, grant(userId, secret, 'read', { effect: 'deny' })));
    expect((await call('DELETE', `/policies/${deny}`, manager)).body.code).toBe('policy.cannot-grant');
    expect((await call('DELETE', `/policies/${deny}`, admin)).status).toBe(204);
    const own = await made(define(admin, grant(userId, orders, 'read', { effect: 'deny' })));
    expect((await call('DELETE', `/policies/${own}`, manager)).status).toBe(204);
  });

  it('nor lift it by disabling the role that denies it, nor rank a role that somebody may have', async () => {
    const keeper = await service.client.signUp();
    await granted(keeper.userId, await idOf('identity.roles'), 'manage');
    const [strict, secret] = [await role(fresh('strict')), await permission(fresh('secret'))];
    await made(define(admin, { ...grant(strict, secret, 'read', { effect: 'deny' }), subjectType: 'Role' }));
    const change = (changes: object) => call('PATCH', `/roles/${strict}`, keeper.accessToken, changes);
    await poll('the grant counts', 5, async () => (await change({ name: 'Strict' })).status === 200 || undefined);
    for (const changes of [{ status: 'disabled' }, { priority: 9 }, { identifier: fresh('chief') }])
      expect((await change(changes)).body.code).toBe('policy.cannot-grant');
    const unused = await role(fresh('unused'));
    const ranked = await call('PATCH', `/roles/${unused}`, keeper.accessToken, { priority: 9, identifier: fresh('x') });
    expect(ranked.status).toBe(200);
    expect((await call('PATCH', `/roles/${strict}`, admin, { priority: 9 })).status).toBe(200);
    expect((await call('PATCH', `/roles/${strict}`, admin, { status: 'disabled' })).status).toBe(200);
  });

  it('nor let anybody join a domain in which he may not do everything [ASVS 8.4.1]', async () => {
    const [keeper, newcomer] = [await service.client.signUp(), await service.client.signUp()];
    await granted(keeper.userId, await idOf('identity.policies'), 'manage');
    const all = grant(keeper.userId, await idOf('*'), '*', { domain: 'Shop_9' });
    await made(define(admin, all));
    const join = (targetId: string, subject = { subjectType: 'User', subjectId: newcomer.userId }) =>
      define(keeper.accessToken, { variant: 'join_domain', ...subject, targetType: 'Shop', targetId });
    const own = await made(
      poll('the grant counts', 5, async () => {
        const answer = await join('9');
        return answer.status === 201 ? answer : undefined;
      }),
    );
    expect((await join('8')).body.code).toBe('policy.cannot-grant');
    expect((await join('8', { subjectType: 'Shop', subjectId: '9' })).body.code).toBe('policy.cannot-grant');
    expect((await call('DELETE', `/policies/${own}`, keeper.accessToken)).status).toBe(204);
  });

  it('nor reach it through a role, be it disabled for now', async () => {
    const { userId } = await service.client.signUp();
    const [mighty, sleeping] = [await role(fresh('mighty')), await role(fresh('sleeping'))];
    const secret = await permission(fresh('secret'));
    await made(define(admin, { ...grant(mighty, secret), subjectType: 'Role' }));
    const inherits = { variant: 'role_inherits', subjectType: 'Role', targetType: 'Role' };
    await made(define(admin, { ...inherits, subjectId: sleeping, targetId: mighty }));
    await call('PATCH', `/roles/${sleeping}`, admin, { status: 'disabled' });
    const harmless = await role(fresh('harmless'));
    for (const order of [assign(userId, sleeping), { ...inherits, subjectId: harmless, targetId: sleeping }])
      expect((await define(manager, order)).body.code).toBe('policy.cannot-grant');
    const keeper = await service.client.signUp();
    await granted(keeper.userId, await idOf('identity.roles'), 'manage');
    await poll('the grant counts', 5, async () => {
      const answer = await call('PATCH', `/roles/${sleeping}`, keeper.accessToken, { name: 'Sleeping' });
      return answer.status === 200 || undefined;
    });
    const enabled = await call('PATCH', `/roles/${sleeping}`, keeper.accessToken, { status: 'active' });
    expect(enabled.body.code).toBe('policy.cannot-grant');
    expect((await call('PATCH', `/roles/${sleeping}`, admin, { status: 'active' })).status).toBe(200);
  });

  it('nor a role that he does not hold, which sisters may find in tokens, whatever it gives here', async () => {
    const [keeper, newcomer] = [await service.client.signUp(), await service.client.signUp()];
    await granted(keeper.userId, await idOf('identity.policies'), 'manage');
    const chief = await role(fresh('chief'));
    const order = (more?: object) => define(keeper.accessToken, assign(newcomer.userId, chief, more));
    await poll('the grant counts', 5, async () => (await order({ domain: 'Shop_7' })).status === 201 || undefined);
    expect((await order()).body.code).toBe('policy.cannot-grant');
    expect((await define(keeper.accessToken, assign(keeper.userId, chief))).body.code).toBe('policy.cannot-grant');
    await made(define(admin, assign(keeper.userId, chief, { domain: 'Shop_7' })));
    expect((await order()).body.code).toBe('policy.cannot-grant');
    await made(define(admin, assign(keeper.userId, chief)));
    expect((await order()).status).toBe(201);
  });

  it('nor give a code that is granted another meaning', async () => {
    const keeper = await service.client.signUp();
    const area = await permission('identity.permissions');
    await granted(keeper.userId, area, 'manage');
    const [used, unused] = [await permission(fresh('used')), await permission(fresh('unused'))];
    await granted(keeper.userId, used);
    const rename = (id: string, code: string) => call('PATCH', `/permissions/${id}`, keeper.accessToken, { code });
    await poll('the grant counts', 5, async () => (await rename(unused, fresh('renamed'))).status === 200 || undefined);
    expect((await rename(used, fresh('identity.keys'))).body.code).toBe('policy.cannot-grant');
  });
});

const idOf = async (code: string) => {
  const [row] = await service.sql<{ id: string }>('SELECT id FROM identity."Permission" WHERE code = $1', [code]);
  return row?.id ?? '';
};

describe('files', () => {
  const importing = (token: string, content: string, format = 'csv') =>
    call('POST', '/policies/import', token, { format, content });
  const line = (userId: string, code: string) => `grant,User,${userId},Permission,${code},read,SYSTEM_WIDE\n`;
  const HEADING = 'variant,subjectType,subjectId,targetType,targetName,action,domain\n';

  it('are written whole, and again without effect', async () => {
    const { userId } = await service.client.signUp();
    const content = HEADING + line(userId, 'orders.read') + line(userId, 'identity.policies');
    expect((await importing(admin, content)).body).toEqual({ created: 2, unchanged: 0 });
    expect((await importing(admin, content)).body).toEqual({ created: 0, unchanged: 2 });
    const told = await service.sql(
      `SELECT details FROM identity."AuditEvent" WHERE action = 'policy.created' AND user_id = $1 ORDER BY id`,
      [userId],
    );
    const codes = [orders, await idOf('identity.policies')];
    expect(told).toEqual(
      codes.map((id) => ({
        details: {
          policyId: expect.any(String) as string,
          variant: 'grant',
          subject: `User_${userId}`,
          target: `Permission_${id}`,
          action: 'read',
          effect: 'allow',
          domain: 'SYSTEM_WIDE',
        },
      })),
    );
    const { text, headers } = await call('GET', '/policies/export?format=csv', admin);
    expect(headers.get('content-disposition')).toBe('attachment; filename="policies.csv"');
    expect(headers.get('content-type')).toMatch(/^text\/csv/);
    expect(text).toMatch(/^variant,subjectType,subjectId,subjectName,targetType,/);
    const json = await call('GET', '/policies/export?format=json', admin);
    expect(json.body).toContainEqual(expect.objectContaining({ subjectId: userId, targetName: 'orders.read' }));
    expect(text.trim().split('\n')).toHaveLength((json.body as unknown as unknown[]).length + 1);
    expect((await importing(admin, json.text, 'json')).body).toMatchObject({ created: 0 });
  });

  it('are answered in time when they are as large as a body may be', async () => {
    const lines = Array.from({ length: 1300 }, (_none, index) => `grant,Robot,${index},Permission,orders.read,read,`);
    const { status, body } = await untilAvailable(() => importing(admin, HEADING + lines.join('\n')));
    // What was answered too late may have been written: asked again, it is unchanged.
    expect([status, body.created + body.unchanged]).toEqual([200, 1300]);
  });

  it('are refused whole when a line is bad, by line and field', async () => {
    const { userId } = await service.client.signUp();
    const content = `${HEADING}${line(userId, 'orders.read')}${line(userId, 'no.such')}grants,User,1,Permission,x,read,\n`;
    const shape = await importing(admin, content);
    expect([shape.status, shape.body.errors]).toEqual([422, [expect.objectContaining({ path: 'lines.4.variant' })]]);
    const missing = await importing(admin, HEADING + line(userId, 'orders.read') + line(userId, 'no.such'));
    expect([missing.status, missing.body.errors]).toEqual([
      422,
      [{ path: 'lines.3.targetName', code: 'custom', message: 'there is no permission no.such' }],
    ]);
    const list = await call('GET', `/policies?subjectType=User&subjectId=${userId}`, admin);
    expect(list.body.items).toEqual([]);
    for (const bad of ['variant\n"', 'x,y\n1,2\n', `${HEADING}grant,User\n`, '[', '{}'])
      for (const format of ['csv', 'json']) expect((await importing(admin, bad, format)).status).toBe(422);
    const many = await importing(admin, HEADING + line('x y', 'z').repeat(50));
    expect(many.body.errors).toHaveLength(20);
  });

  it('grant no more than one by one', async () => {
    const { userId } = await service.client.signUp();
    expect((await importing(manager, HEADING + line(userId, 'orders.read'))).status).toBe(200);
    const more = await importing(manager, HEADING + line(userId, 'identity.policies') + line(userId, '*'));
    expect(more.body.code).toBe('policy.cannot-grant');
    const list = await call('GET', `/policies?subjectType=User&subjectId=${userId}`, admin);
    expect(list.body.items).toHaveLength(1);
  });
});
