import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomEmail } from '../support/addresses.js';
import { signUpAdministrator } from '../support/administrators.js';
import { type Answer, credentials, PASSWORD, randomUsername, type Tokens } from '../support/client.js';
import { addressed } from '../support/codes.js';
import { createSister, type Sister } from '../support/sisters.js';
import { PatientClient } from '../support/patient-client.js';
import { startService, type TestService } from '../support/start-service.js';
import { HOSTILE } from './support/hostile.js';
import { expectProblem, expectSound } from './support/problems.js';

type Body = Record<string, any>; // eslint-disable-line typescript/no-explicit-any -- bodies are pulled apart by path

let service: TestService;
let token: string;
let adminToken: string;
let sister: Sister;
let account: Tokens & { username: string };

beforeAll(async () => {
  service = await startService({ env: { SIGN_IN_MAX_FAILURES: '1000' } });
  service.client = new PatientClient(service.origin);
  account = await service.client.signUp();
  token = account.accessToken;
  adminToken = (await signUpAdministrator(service)).accessToken;
  sister = await createSister(service, '*');
});
afterAll(async () => {
  await service.stop();
});

interface Route {
  method: 'POST' | 'PATCH' | 'PUT';
  path: string;
  bearer?: boolean;
  admin?: boolean;
  basic?: boolean;
  /** Whether a form is taken as well. */
  form?: boolean;
  /** A body that is accepted, or refused for what it says and not for its shape. */
  body: () => Body;
  /** Every field, with dots, and whether it must be there. */
  fields: Record<string, 'required' | 'optional'>;
  /** Fields that are text. */
  texts: string[];
}

const identity = { identifier: 'required', 'identifier.scheme': 'required', 'identifier.value': 'required' } as const;
const secret = { credential: 'required', 'credential.scheme': 'required', 'credential.value': 'required' } as const;
const identityTexts = ['identifier.scheme', 'identifier.value', 'credential.scheme', 'credential.value'];

const member = (subjectId: string) => ({ subjectType: 'User', subjectId, targetType: 'Shop', targetId: '7' });

const ROUTES: Route[] = [
  {
    method: 'POST',
    path: '/auth/sign-up',
    body: () => ({ ...credentials(randomUsername()), profile: { displayName: 'Ana' } }),
    fields: { ...identity, ...secret, profile: 'optional', 'profile.displayName': 'optional' },
    texts: [...identityTexts, 'profile.displayName'],
  },
  {
    method: 'POST',
    path: '/auth/sign-in',
    body: () => ({ ...credentials(account.username), deviceToken: account.deviceToken, audience: 'orders' }),
    fields: { ...identity, ...secret, deviceToken: 'optional', audience: 'optional' },
    texts: [...identityTexts, 'deviceToken', 'audience'],
  },
  {
    method: 'POST',
    path: '/auth/token/refresh',
    body: () => ({ refreshToken: 'nxr_AQ' }),
    fields: { refreshToken: 'required' },
    texts: ['refreshToken'],
  },
  {
    method: 'POST',
    path: '/auth/sign-out',
    body: () => ({ refreshToken: 'nxr_AQ' }),
    fields: { refreshToken: 'required' },
    texts: ['refreshToken'],
  },
  {
    method: 'POST',
    path: '/auth/password/change',
    bearer: true,
    body: () => ({ currentPassword: 'not my password', newPassword: PASSWORD, endOtherSessions: false }),
    fields: { currentPassword: 'required', newPassword: 'required', endOtherSessions: 'optional' },
    texts: ['currentPassword', 'newPassword'],
  },
  {
    method: 'PATCH',
    path: '/users/me',
    bearer: true,
    body: () => ({ profile: { displayName: 'Ana' } }),
    fields: { profile: 'required', 'profile.displayName': 'optional' },
    texts: ['profile.displayName'],
  },
  {
    method: 'POST',
    path: '/otp/request',
    body: () => ({ namespace: 'verify-email', identifier: addressed(randomEmail()) }),
    fields: { namespace: 'required', ...identity },
    texts: ['namespace', 'identifier.scheme', 'identifier.value'],
  },
  {
    method: 'POST',
    path: '/otp/verify',
    body: () => ({
      namespace: 'verify-email',
      identifier: addressed(randomEmail()),
      challengeId: 'AAAAAAAAAAAAAAAAAAAAAA',
      code: '123456',
    }),
    fields: { namespace: 'required', ...identity, challengeId: 'required', code: 'required' },
    texts: ['namespace', 'identifier.scheme', 'identifier.value', 'challengeId', 'code'],
  },
  {
    method: 'POST',
    path: '/auth/password/reset',
    body: () => ({ resetToken: 'nxp_AQ', newPassword: PASSWORD }),
    fields: { resetToken: 'required', newPassword: 'required' },
    texts: ['resetToken', 'newPassword'],
  },
  {
    method: 'POST',
    path: '/users/me/identifiers',
    bearer: true,
    body: () => ({ identifier: addressed(randomEmail()) }),
    fields: identity,
    texts: ['identifier.scheme', 'identifier.value'],
  },
  ...['/admin/otp/inspect', '/admin/otp/unlock'].map((path): Route => ({
    method: 'POST',
    path,
    admin: true,
    body: () => ({ namespace: 'verify-email', identifier: addressed(randomEmail()) }),
    fields: { namespace: 'required', ...identity },
    texts: ['namespace', 'identifier.scheme', 'identifier.value'],
  })),
  {
    method: 'PUT',
    path: '/admin/configurations/identity.test',
    admin: true,
    body: () => ({ value: { type: 'TEXT', value: 'x' }, group: 'g', description: 'd', credential: 'c' }),
    fields: {
      value: 'optional',
      'value.type': 'required',
      'value.value': 'required',
      group: 'optional',
      description: 'optional',
      credential: 'required', // by a row that has one, as the good request leaves it
    },
    texts: ['value.type', 'value.value', 'group', 'description', 'credential'],
  },
  {
    method: 'POST',
    path: '/admin/roles',
    admin: true,
    body: () => ({ identifier: randomUsername(), name: 'Clerk', status: 'active' }),
    fields: { identifier: 'required', name: 'required', status: 'optional' },
    texts: ['identifier', 'name', 'status', 'description'],
  },
  {
    method: 'PATCH',
    path: '/admin/roles/1',
    admin: true,
    body: () => ({ name: 'Administrator', priority: 1000 }),
    fields: { name: 'optional' },
    texts: ['name', 'description'],
  },
  {
    method: 'POST',
    path: '/admin/permissions',
    admin: true,
    body: () => ({ code: randomUsername(), name: 'Read bills' }),
    fields: { code: 'required', name: 'required' },
    texts: ['code', 'name', 'subject', 'action', 'scope'],
  },
  {
    method: 'POST',
    path: '/admin/policies',
    admin: true,
    body: () => ({ variant: 'join_domain', ...member(randomUsername()), metadata: {} }),
    fields: {
      variant: 'required',
      subjectType: 'required',
      subjectId: 'required',
      targetType: 'required',
      targetId: 'required',
    },
    texts: [
      'variant',
      'subjectType',
      'subjectId',
      'targetType',
      'targetId',
      'action',
      'effect',
      'domain',
      'metadata.a',
    ],
  },
  {
    method: 'POST',
    path: '/admin/policies/import',
    admin: true,
    body: () => ({ format: 'json', content: JSON.stringify([{ variant: 'join_domain', ...member('7') }]) }),
    fields: { format: 'required', content: 'required' },
    texts: ['format', 'content'],
  },
  {
    method: 'POST',
    path: '/internal/users/lookup',
    basic: true,
    body: () => ({ identifiers: [credentials(account.username).identifier] }),
    fields: {
      identifiers: 'required',
      'identifiers.0': 'required',
      'identifiers.0.scheme': 'required',
      'identifiers.0.value': 'required',
    },
    texts: ['identifiers.0.scheme', 'identifiers.0.value'],
  },
  {
    method: 'POST',
    path: '/internal/tokens/introspect',
    basic: true,
    form: true,
    body: () => ({ token, token_type_hint: 'access_token' }),
    fields: { token: 'required', token_type_hint: 'optional' },
    texts: ['token', 'token_type_hint'],
  },
  {
    method: 'POST',
    path: '/admin/service-accounts',
    admin: true,
    body: () => ({ name: randomUsername(), scopes: ['users:read'], replace: false }),
    fields: { name: 'required', scopes: 'required', 'scopes.0': 'required', replace: 'optional' },
    texts: ['name', 'scopes.0'],
  },
];

const send = (route: Route, body: unknown, headers?: Record<string, string>): Promise<Answer> =>
  service.client.send(route.method, route.path, {
    body,
    token: route.admin ? adminToken : route.bearer ? token : undefined,
    headers: { ...(route.basic && sister.headers), ...headers },
  });

/** The route's good body with one field set, or removed when the value is undefined. */
function withField(route: Route, path: string, value: unknown): Body {
  const body = route.body();
  const names = path.split('.');
  const last = names.pop() ?? '';
  const holder = names.reduce((object, name) => object[name] as Body, body);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return body;
}

/** The body as text in which one field has this JSON text for its value, which JSON.stringify might never write. */
function withRaw(route: Route, path: string, json: string): string {
  return JSON.stringify(withField(route, path, '@@raw@@')).replace('"@@raw@@"', json);
}

const NOT_TEXT: unknown[] = [[], [[]], ['x'], { a: 1 }, {}, 1, -1, 0, 1.5, true, false, null];

describe.each(ROUTES)('$method $path', (route) => {
  it('is a good request without any of the faults below', async () => {
    const { status } = await send(route, route.body());
    expect([200, 201, 202, 204, 401]).toContain(status); // 401: a wrong secret, well-formed
  });

  it.each(Object.keys(route.fields))('refuses %s when it is of another type [ASVS 2.2.1]', async (field) => {
    for (const value of NOT_TEXT) {
      if (['endOtherSessions', 'replace'].includes(field) && typeof value === 'boolean') continue;
      if (field === 'profile' && JSON.stringify(value).startsWith('{')) continue;
      // A member of a profile may be a number or a boolean, and null removes it.
      if (field.startsWith('profile.') && (typeof value !== 'object' || (value === null && route.method === 'PATCH')))
        continue;
      const answer = await send(route, withField(route, field, value));
      expectProblem(answer, { status: 422, code: 'request.invalid' });
      expect(answer.body.errors[0].path, JSON.stringify(value)).toContain(field);
    }
  });

  it.each(Object.entries(route.fields))('knows whether %s is %s', async (field, presence) => {
    const answer = await send(route, withField(route, field, undefined));
    if (presence === 'required') expectProblem(answer, { status: 422, code: 'request.invalid' });
    else expect(answer.status).toBeLessThan(402);
    if (presence === 'required') expect(answer.body.errors[0].path).toBe(field);
  });

  it.each(route.texts)('is not upset by any text in %s', async (field) => {
    for (const value of HOSTILE) expectSound(await send(route, withField(route, field, value)));
  });

  it('is not upset by numbers that no variable holds', async () => {
    for (const field of Object.keys(route.fields))
      for (const json of ['1e999', '-1e999', '1'.repeat(400), '1e-999', '-0', '9007199254740993'])
        expectSound(await send(route, withRaw(route, field, json)));
  });

  it('refuses keys that it does not know, at each level [ASVS 8.2.3]', async () => {
    const fields = Object.keys(route.fields);
    for (const holder of new Set(fields.map((field) => field.split('.').slice(0, -1).join('.')))) {
      if (holder === 'profile' || Array.isArray(route.body()[holder])) continue;
      for (const key of ['unknown', 'role', 'isAdmin', 'userId', '$where', '', 'toString', 'hasOwnProperty', '😀']) {
        const field = holder === '' ? key : `${holder}.${key}`;
        const answer = await send(route, withField(route, field, true));
        expectProblem(answer, { status: 422, code: 'request.invalid' });
        expect(answer.body.errors).toContainEqual(expect.objectContaining({ path: field, code: 'unknown-field' }));
      }
    }
  });

  it('refuses the names of prototypes, at each level, and is the same afterwards', async () => {
    const good = JSON.stringify(route.body());
    for (const name of ['__proto__', 'constructor', 'prototype', String.raw`\u005f_proto__`]) {
      for (const value of ['{"isAdmin":true}', '{"prototype":{"isAdmin":true}}', 'null', '[]']) {
        const inside = good.includes(':{') ? [good.replace(':{', `:{"${name}":${value},`)] : [];
        for (const text of [`{"${name}":${value},${good.slice(1)}`, ...inside])
          expectProblem(await send(route, text), { status: 400, code: 'request.malformed' });
      }
    }
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it('refuses a name that stands twice, however it is spelt', async () => {
    const good = JSON.stringify(route.body());
    const [name = ''] = Object.keys(route.body());
    const escaped = `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`;
    for (const twice of [name, escaped])
      expectProblem(await send(route, `{"${twice}":null,${good.slice(1)}`), { status: 400, code: 'request.malformed' });
  });

  it('refuses a body that is no object', async () => {
    for (const text of ['[]', '[{}]', '"text"', '1', 'true', 'null', '{}', `[${JSON.stringify(route.body())}]`])
      expectProblem(await send(route, text), { status: 422, code: 'request.invalid' });
  });

  it('refuses a body that is not JSON', async () => {
    for (const text of [
      '',
      ' ',
      '{',
      '{"a":}',
      "{'a':1}",
      '{a:1}',
      '{"a":1,}',
      'NaN',
      '\0',
      '<a/>',
      'a=b',
      '{}{}',
      '//',
    ])
      expectProblem(await send(route, text), { status: 400, code: 'request.malformed' });
  });

  it('refuses a body of ten thousand levels', async () => {
    const depth = 10_000;
    for (const text of ['['.repeat(depth) + ']'.repeat(depth), '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)])
      expectProblem(await send(route, text), { status: 400, code: 'request.malformed' });
    expectProblem(await send(route, '['.repeat(60_000)), { status: 400, code: 'request.malformed' });
  });

  it('refuses a body over 64 KiB, and takes one of exactly that', async () => {
    const padded = (size: number) => JSON.stringify(route.body()).padEnd(size, ' ');
    expect((await send(route, padded(65_536))).status).toBeLessThan(402);
    expectProblem(await send(route, padded(65_537)), { status: 413, code: 'request.too-large' });
  });

  it.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/xml',
    'text/json',
    'application/octet-stream',
    'application/json; charset=latin1',
    'application/json;bogus',
    'bogus',
  ])('refuses %s', async (type) => {
    if (route.form && type === 'application/x-www-form-urlencoded') return;
    const answer = await send(route, JSON.stringify(route.body()), { 'Content-Type': type });
    expectProblem(answer, { status: 415, code: 'request.unsupported-media-type' });
  });
});

describe('any JSON whatever', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom(...HOSTILE.slice(0, 28)));
  const json = fc.oneof(fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }), text);

  it.each(ROUTES)('sent to $method $path is refused, or taken, but never a fault of ours', async (route) => {
    const fields = Object.keys(route.fields);
    const replaced = fc.tuple(fc.constantFrom(...fields), json).map(([field, value]) => withField(route, field, value));
    const ofOurNames = fc.dictionary(fc.constantFrom(...fields.map((field) => field.split('.')[0] ?? '')), json);
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 3, arbitrary: replaced }, ofOurNames, json), async (body) => {
        expectSound(await send(route, JSON.stringify(body)));
      }),
      { numRuns: 150 },
    );
  });

  it.each(ROUTES)('and any bytes whatever sent to $method $path are refused', async (route) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const body = Buffer.from(bytes).toString('latin1');
        expectProblem(await send(route, `{${body}`));
      }),
      { numRuns: 50 },
    );
  });
});
