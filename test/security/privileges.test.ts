import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '@platform/kernel';
import { RevokeServiceAccount } from '@identity/policy';
import { poll } from '@platform/testing';
import { fetchDocument, type Operation, operationsOf } from '../contract/support/document.js';
import { signUpAdministrator } from '../support/administrators.js';
import { createSister, type Sister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';

const UNKNOWN_ID = '248151234567890944';
const HOUR_MS = 3_600_000;
/** What a person owns, by the address it has. A new address of this kind fails here until somebody says what it is. */
const OWNED: Record<string, (person: { userId: string; sessionId: string }) => Promise<string>> = {
  '/v1/api/identity/sessions/{id}': ({ sessionId }) => Promise.resolve(sessionId),
  '/v1/api/identity/users/me/identifiers/{id}': async ({ userId }) => {
    const [row] = await service.sql<{ id: string }>('SELECT id FROM "UserIdentifier" WHERE user_id = $1', [userId]);
    return row?.id ?? '';
  },
};

let service: TestService;
let operations: Operation[];
let later = 0;
let owner: Awaited<ReturnType<TestService['client']['signUp']>>;
let plain: typeof owner;
let admin: typeof owner;
let powerless: Sister;
let revoked: Sister;
let mighty: Sister;

const scheme = ({ security = [] }: Operation) => security.flatMap((wanted) => Object.keys(wanted));
const of = (name: string) => operations.filter((operation) => scheme(operation).includes(name));
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

beforeAll(async () => {
  service = await startService({
    clock: { ...systemClock, now: () => new Date(Date.now() + later) },
  });
  operations = await operationsOf(await fetchDocument(service));
  [owner, plain, admin] = [
    await service.client.signUp(),
    await service.client.signUp(),
    await signUpAdministrator(service),
  ];
  // A scope that every account may have, and that opens only what it names.
  [powerless, revoked, mighty] = [
    await createSister(service, 'revocations:read'),
    await createSister(service, '*'),
    await createSister(service, '*'),
  ];
  const revoke = service.app.get(RevokeServiceAccount, { strict: false });
  await revoke.execute({ id: revoked.id }, { type: 'operator' });
  await poll('the accounts to be known', 3, async () => {
    const [first] = of('basic');
    if (!first) throw new Error('the document has no route for service accounts');
    const [known, gone] = [await call(first, mighty.headers), await call(first, revoked.headers)];
    return (known.status !== 401 && gone.status === 401) || undefined;
  });
});
afterAll(async () => {
  await service.stop();
});

interface Refusal {
  status: number;
  code?: string;
  scheme: string;
}

/** With an example of the document as its body, and ids of nothing. */
async function call({ method, path, requestBody }: Operation, headers: Record<string, string>, id = UNKNOWN_ID) {
  const example = requestBody?.content['application/json']?.example;
  const response = await fetch(`${service.origin}${path.replaceAll(/\{\w+\}/g, id)}`, {
    method,
    headers: { ...headers, ...(example !== undefined && { 'Content-Type': 'application/json' }) },
    body: example === undefined ? undefined : JSON.stringify(example),
  });
  const text = await response.text();
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
  const { code } = (isProblem ? JSON.parse(text) : {}) as { code?: string };
  return { status: response.status, code, scheme: response.headers.get('www-authenticate')?.split(' ')[0] ?? '' };
}

/** What each of these routes answers to such a caller. */
async function refusals(routes: Operation[], headers: Record<string, string>) {
  const answers: Record<string, Refusal> = {};
  for (const operation of routes) answers[operation.operationId] = await call(operation, headers);
  return answers;
}

function each(routes: Operation[], refusal: Refusal) {
  return Object.fromEntries(routes.map(({ operationId }) => [operationId, refusal]));
}

const NO_TOKEN = { status: 401, code: 'auth.invalid-token', scheme: 'Bearer' };
const NO_ACCOUNT = { status: 401, code: 'policy.invalid-service-account', scheme: 'Basic' };

describe('the document', () => {
  it('has every route of /admin behind a permission, and no other', () => {
    const admins = operations.filter(({ path }) => path.includes('/admin/'));
    expect(admins.length).toBeGreaterThan(20);
    for (const operation of operations) {
      const required = operation['x-required-permission'];
      expect([operation.operationId, required !== undefined]).toEqual([
        operation.operationId,
        operation.path.includes('/admin/'),
      ]);
      if (required)
        expect(required).toEqual({ object: expect.stringMatching(/^identity\./), action: expect.any(String) });
    }
  });

  it('has service accounts on /internal alone, and nobody else there', () => {
    for (const operation of operations) {
      const internal = operation.path.includes('/internal/');
      expect([operation.operationId, scheme(operation).includes('basic')]).toEqual([operation.operationId, internal]);
      if (internal) expect(scheme(operation)).toEqual(['basic']);
    }
    expect(of('basic').length).toBeGreaterThan(4);
  });
});

describe('a route for who is signed in', () => {
  it('refuses nobody, a refresh token, a forged token and a service account [ASVS 7.2.1, 8.2.1]', async () => {
    for (const headers of [
      {},
      bearer(owner.refreshToken),
      bearer(`${owner.accessToken.slice(0, -4)}AAAA`),
      mighty.headers,
    ])
      expect(await refusals(of('bearer'), headers)).toEqual(each(of('bearer'), NO_TOKEN));
  });
});

describe('a route of administration', () => {
  it('refuses who is signed in and may not [ASVS 8.2.1]', async () => {
    const admins = of('bearer').filter((operation) => operation['x-required-permission']);
    const denied = { status: 403, code: 'policy.permission-denied', scheme: '' };
    expect(await refusals(admins, bearer(plain.accessToken))).toEqual(each(admins, denied));
  });

  it('refuses who may read and wants to change', async () => {
    const reader = await service.client.signUp();
    await service.sql(
      `INSERT INTO "Permission" (id, code, name) VALUES (77, 'identity', 'This service') ON CONFLICT DO NOTHING`,
    );
    await service.sql(
      `INSERT INTO "PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id, action, domain)
       SELECT 77, 'grant', 'User', $1, 'Permission', id::text, 'read', 'SYSTEM_WIDE' FROM "Permission" WHERE code = 'identity'`,
      [reader.userId],
    );
    const changes = of('bearer').filter((operation) => operation['x-required-permission']?.action === 'manage');
    expect(changes.length).toBeGreaterThan(10);
    const denied = { status: 403, code: 'policy.permission-denied', scheme: '' };
    expect(await refusals(changes, bearer(reader.accessToken))).toEqual(each(changes, denied));
  });
});

describe('a route for sister services', () => {
  it('refuses nobody, people, administrators, wrong secrets and revoked accounts [ASVS 8.2.1]', async () => {
    const wrong = { Authorization: mighty.headers.Authorization.replace(/.{6}$/, 'AAAAAA') };
    for (const headers of [{}, bearer(plain.accessToken), bearer(admin.accessToken), wrong, revoked.headers])
      expect(await refusals(of('basic'), headers)).toEqual(each(of('basic'), NO_ACCOUNT));
  });

  it('refuses an account without the scope', async () => {
    const others = of('basic').filter((operation) => operation['x-required-scope'] !== 'revocations:read');
    const missing = { status: 403, code: 'policy.scope-missing', scheme: '' };
    expect(await refusals(others, powerless.headers)).toEqual(each(others, missing));
  });
});

it("somebody else's things are not there [ASVS 8.2.2]", async () => {
  const owned = of('bearer').filter(({ path, ...more }) => path.includes('{') && !more['x-required-permission']);
  expect(owned.length).toBeGreaterThan(1);
  for (const operation of owned) {
    const id = await OWNED[operation.path]?.(owner);
    if (!id) throw new Error(`say in OWNED what ${operation.path} is`);
    expect([operation.operationId, await call(operation, bearer(plain.accessToken), id)]).toMatchObject([
      operation.operationId,
      { status: 404 },
    ]);
  }
  expect((await service.client.get('/auth/who-am-i', owner.accessToken)).status).toBe(200);
});

it('an expired token opens nothing, whoever had it', async () => {
  later = HOUR_MS;
  expect(await refusals(of('bearer'), bearer(admin.accessToken))).toEqual(each(of('bearer'), NO_TOKEN));
  later = 0;
});
