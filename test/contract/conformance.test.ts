import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomEmail } from '../support/addresses.js';
import { signUpAdministrator } from '../support/administrators.js';
import { credentials, PASSWORD, randomUsername } from '../support/client.js';
import { addressed } from '../support/codes.js';
import { type Messaging, startMessaging } from '../support/messaging.js';
import { oneByOne } from '../support/races.js';
import { basic, createSister, type Sister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';
import { type Answer, Conformance } from './support/conformance.js';
import { fetchDocument, type Operation, operationsOf } from './support/document.js';
import { administerPolicies } from './support/policy-journey.js';

const OTHER_PASSWORD = 'four words of another kind';
/** Of the right form, and nobody's. */
const UNKNOWN_ID = '248151234567890944';

let service: TestService;
let operations: Operation[];
let api: Conformance;
let messaging: Messaging;
let sister: Sister;
let strangers: Sister[];

beforeAll(async () => {
  service = await startService({ env: { SIGN_IN_MAX_FAILURES: '4', OTP_MAX_ATTEMPTS: '2' } });
  messaging = await startMessaging(service);
  sister = await createSister(service, '*');
  strangers = [await createSister(service, 'users:read'), await createSister(service, 'revocations:read')];
  operations = await operationsOf(await fetchDocument(service));
  api = new Conformance(service, operations);
});
afterAll(async () => {
  await messaging.stop();
  await service.stop();
});

/** One journey, in order: what the last test asks is whether it went everywhere. */
const username = randomUsername();
let tokens: Answer['body'];
/** A service account without this scope. */
const strangerTo = (scope: unknown) => strangers[scope === 'users:read' ? 1 : 0]?.headers;
const statusOf = async (answer: Promise<Answer>) => (await answer).status;

it('signs up as documented', async () => {
  const body = { ...credentials(username), profile: { displayName: 'Ana' } };
  expect(await statusOf(api.call('signUp', { body }))).toBe(201);
  expect(await statusOf(api.call('signUp', { body }))).toBe(409);
  expect(await statusOf(api.call('signUp', { body: credentials(randomUsername(), '12345678') }))).toBe(422);
  expect(await statusOf(api.call('signUp', { body: { ...body, colour: 'red' } }))).toBe(422);
});

it('signs in as documented', async () => {
  const answer = await api.call('signIn', { body: credentials(username) });
  expect(answer.status).toBe(200);
  tokens = answer.body;
  expect(await statusOf(api.call('signIn', { body: credentials(username, OTHER_PASSWORD) }))).toBe(401);
  expect(await statusOf(api.call('signIn', { body: { ...credentials(username), audience: 'unknown' } }))).toBe(422);
});

it('signs up by a code as documented', async () => {
  const [email, taken] = [randomEmail(), randomEmail()];
  const byMail = (value: string) => ({ ...credentials(username), identifier: addressed(value) });
  const challenge = await api.call('signUp', { body: byMail(email) });
  expect(challenge.status).toBe(202);
  expect(await statusOf(api.call('signUp', { body: byMail(email) }))).toBe(429);
  const entered = { namespace: 'verify-email', identifier: addressed(email), challengeId: challenge.body.challengeId };
  const code = await messaging.code(email);
  const completed = await api.call('verifyCode', { body: { ...entered, code } });
  expect([completed.status, completed.body.verified]).toEqual([200, true]);
  expect(await statusOf(api.call('verifyCode', { body: { ...entered, code } }))).toBe(401);
  expect(await statusOf(api.call('verifyCode', { body: { ...entered, code: '' } }))).toBe(422);

  const { body } = await api.call('signUp', { body: byMail(taken) });
  const late = { namespace: 'verify-email', identifier: addressed(taken), challengeId: body.challengeId };
  const lateCode = await messaging.code(taken);
  await service.sql(
    `INSERT INTO identity."UserIdentifier" (id, user_id, scheme, value, display)
     SELECT 1, user_id, 'email', $2, $2 FROM identity."UserIdentifier" WHERE value = $1`,
    [email, taken],
  );
  expect(await statusOf(api.call('verifyCode', { body: { ...late, code: lateCode } }))).toBe(409);
});

it('sends and takes codes as documented', async () => {
  const email = randomEmail();
  const order = { namespace: 'verify-email', identifier: addressed(email) };
  const { status, body } = await api.call('requestCode', { body: order });
  expect(status).toBe(202);
  expect(await statusOf(api.call('requestCode', { body: order }))).toBe(429);
  const byName = { namespace: 'verify-email', identifier: { scheme: 'username', value: 'ana.seller' } };
  expect(await statusOf(api.call('requestCode', { body: byName }))).toBe(422);
  const right = await messaging.code(email);
  const wrong = right === '000000' ? '000001' : '000000';
  const entered = { ...order, challengeId: body.challengeId, code: wrong };
  for (const expected of [401, 401, 429])
    expect(await statusOf(api.call('verifyCode', { body: entered }))).toBe(expected);
});

it('sets a forgotten password as documented', async () => {
  const email = randomEmail();
  await service.sql(
    `INSERT INTO identity."UserIdentifier" (id, user_id, scheme, value, display, verified_at)
     SELECT 2, user_id, 'email', $2, $2, now() FROM identity."UserIdentifier" WHERE value = $1`,
    [username, email],
  );
  const order = { namespace: 'forgot-password', identifier: addressed(email) };
  const { body } = await api.call('requestCode', { body: order });
  const entered = { ...order, challengeId: body.challengeId, code: await messaging.code(email) };
  const { resetToken } = (await api.call('verifyCode', { body: entered })).body;
  expect(await statusOf(api.call('resetPassword', { body: { resetToken, newPassword: 'short' } }))).toBe(422);
  expect(await statusOf(api.call('resetPassword', { body: { resetToken, newPassword: PASSWORD } }))).toBe(204);
  expect(await statusOf(api.call('resetPassword', { body: { resetToken, newPassword: PASSWORD } }))).toBe(401);
  await api.call('signIn', { body: credentials(username) }); // every session has ended, and two are listed below
  tokens = (await api.call('signIn', { body: credentials(username) })).body;
});

it('adds and removes identifiers as documented', async () => {
  const person = (await api.call('signUp', { body: credentials(randomUsername()) })).body;
  const token = person.accessToken as string;
  const email = randomEmail();
  const order = { token, body: { identifier: addressed(email) } };
  const { status, body } = await api.call('addIdentifier', order);
  expect(status).toBe(202);
  expect(await statusOf(api.call('addIdentifier', order))).toBe(429);
  const entered = { namespace: 'verify-email', identifier: addressed(email), challengeId: body.challengeId };
  await api.call('verifyCode', { body: { ...entered, code: await messaging.code(email) } });
  expect(await statusOf(api.call('addIdentifier', order))).toBe(409);
  const byName = { identifier: { scheme: 'username', value: 'ana.seller' } };
  expect(await statusOf(api.call('addIdentifier', { token, body: byName }))).toBe(422);

  const [name, mail] = (await api.call('readMe', { token })).body.identifiers as { id: string }[];
  expect(await statusOf(api.call('removeIdentifier', { token, id: 'x' }))).toBe(422);
  expect(await statusOf(api.call('removeIdentifier', { token, id: UNKNOWN_ID }))).toBe(404);
  expect(await statusOf(api.call('removeIdentifier', { token, id: name?.id }))).toBe(204);
  expect(await statusOf(api.call('removeIdentifier', { token, id: mail?.id }))).toBe(409);

  await service.sql(`UPDATE identity."Session" SET created_at = now() - interval '302 s' WHERE id = $1`, [
    person.sessionId,
  ]);
  const stale = (await api.call('refreshTokens', { body: { refreshToken: person.refreshToken as string } })).body;
  const old = stale.accessToken as string;
  expect(await statusOf(api.call('addIdentifier', { token: old, body: order.body }))).toBe(403);
  expect(await statusOf(api.call('removeIdentifier', { token: old, id: mail?.id }))).toBe(403);
});

it('refuses an identifier too many, and one of an account that is no more, as documented', async () => {
  const { accessToken } = (await api.call('signUp', { body: credentials(randomUsername()) })).body;
  const token = accessToken as string;
  const proofs = await oneByOne(2, async () => {
    const identifier = addressed(randomEmail());
    const { challengeId } = (await api.call('addIdentifier', { token, body: { identifier } })).body;
    return { namespace: 'verify-email', identifier, challengeId, code: await messaging.code(identifier.value) };
  });
  const { id } = (await api.call('readMe', { token })).body;
  await service.sql(
    `INSERT INTO identity."UserIdentifier" (id, user_id, scheme, value, display)
     SELECT n, $1, 'username', 'name' || n, 'name' || n FROM generate_series(101, 109) n`,
    [id],
  );
  expect(await statusOf(api.call('verifyCode', { body: proofs[0] }))).toBe(409);
  await service.sql(`UPDATE identity."User" SET status = 'disabled' WHERE id = $1`, [id]);
  expect(await statusOf(api.call('verifyCode', { body: proofs[1] }))).toBe(404);
});

it('refuses bodies as documented, wherever one is read', async () => {
  const token = tokens.accessToken as string;
  for (const { operationId, method, security } of operations.filter((each) => each.method !== 'GET')) {
    const send = async (body: string, type = 'application/json') =>
      await statusOf(
        api.call(operationId, {
          id: UNKNOWN_ID,
          body,
          headers: { 'Content-Type': type },
          ...(security?.length && { token }),
        }),
      );
    const statuses = [await send('{'), await send('{}', 'text/plain'), await send(`"${'x'.repeat(65_536)}"`)];
    expect([method, operationId, statuses]).toEqual([method, operationId, [400, 415, 413]]);
  }
});

it('refuses calls without a token as documented', async () => {
  for (const { operationId, requestBody, path } of operations.filter(({ security }) => security?.length)) {
    const call = { ...(requestBody && { body: {} }), ...(path.includes('{') && { id: UNKNOWN_ID }) };
    expect(await statusOf(api.call(operationId, call))).toBe(401);
    expect(await statusOf(api.call(operationId, { ...call, token: 'e30.e30.e30' }))).toBe(401);
  }
});

/** What an operation wants to be called with, whatever it says: it is refused before that is looked at. */
const anyCall = ({ requestBody, path }: Operation) => ({
  ...(requestBody && { body: {} }),
  ...(path.includes('{') && { id: UNKNOWN_ID }),
});

it('refuses who lacks the permission, or the scope, as documented', async () => {
  const statuses: [string, number][] = [];
  for (const operation of operations) {
    const { operationId } = operation;
    const wanted = 'x-required-scope' in operation ? operation['x-required-scope'] : undefined;
    const caller = wanted === undefined ? { token: tokens.accessToken as string } : { headers: strangerTo(wanted) };
    if (wanted !== undefined || 'x-required-permission' in operation)
      statuses.push([operationId, await statusOf(api.call(operationId, { ...anyCall(operation), ...caller }))]);
  }
  expect(statuses.length).toBeGreaterThan(5);
  expect(statuses.filter(([, status]) => status !== 403)).toEqual([]);
});

it('tells sister services of accounts and tokens as documented', async () => {
  const { headers } = sister;
  const token = tokens.accessToken as string;
  const { sub } = (await api.call('introspectToken', { headers, body: { token } })).body;
  expect((await api.call('introspectToken', { headers, body: { token: 'none' } })).body).toEqual({ active: false });
  expect(await statusOf(api.call('introspectToken', { headers, body: {} }))).toBe(422);
  expect(await statusOf(api.call('findUser', { headers, id: sub as string }))).toBe(200);
  expect(await statusOf(api.call('findUser', { headers, id: UNKNOWN_ID }))).toBe(404);
  expect(await statusOf(api.call('findUser', { headers, id: 'x' }))).toBe(422);
  const identifiers = [username, randomUsername()].map((value) => ({ scheme: 'username', value }));
  const { body } = await api.call('lookUpUsers', { headers, body: { identifiers } });
  expect((body.items as { user: { id: string } | null }[]).map(({ user }) => user?.id)).toEqual([sub, undefined]);
  expect(await statusOf(api.call('lookUpUsers', { headers, body: { identifiers: [] } }))).toBe(422);
});

it('tells which sessions have ended as documented', async () => {
  const { headers } = sister;
  const first = await api.call('listRevocations', { headers, query: { limit: '1' } });
  expect([first.status, first.body.items]).toEqual([200, [expect.anything()]]);
  const after = first.body.nextCursor as string;
  expect(await statusOf(api.call('listRevocations', { headers, query: { after } }))).toBe(200);
  expect(await statusOf(api.call('listRevocations', { headers, query: { after: 'x' } }))).toBe(422);
  const accept = { ...headers, Accept: 'text/event-stream', 'Last-Event-ID': 'x' };
  expect(await statusOf(api.call('listRevocations', { headers: accept }))).toBe(422);
});

it('answers checks of policies as documented', async () => {
  const { headers } = sister;
  const check = { subject: { type: 'User', id: UNKNOWN_ID }, object: 'orders', action: 'read' };
  const query = { subjectType: 'User', subjectId: UNKNOWN_ID };
  expect((await api.call('checkPolicy', { headers, body: check })).body).toEqual({ allowed: false });
  expect(await statusOf(api.call('checkPolicy', { headers, body: { ...check, domain: 'Shop' } }))).toBe(422);
  expect(await statusOf(api.call('checkPolicies', { headers, body: { checks: [check] } }))).toBe(200);
  expect(await statusOf(api.call('checkPolicies', { headers, body: { checks: [] } }))).toBe(422);
  expect(await statusOf(api.call('listSubjectPermissions', { headers, query }))).toBe(200);
  expect(await statusOf(api.call('listSubjectPermissions', { headers, query: {} }))).toBe(422);
});

it('administers service accounts as documented', async () => {
  const token = (await signUpAdministrator(service)).accessToken;
  const order = { token, body: { name: randomUsername(), scopes: ['users:read'] } };
  const { status, body } = await api.call('createServiceAccount', order);
  expect(status).toBe(201);
  expect(await statusOf(api.call('createServiceAccount', order))).toBe(409);
  expect(await statusOf(api.call('createServiceAccount', { token, body: {} }))).toBe(422);
  expect(await statusOf(api.call('listServiceAccounts', { token, query: { limit: '1' } }))).toBe(200);
  expect(await statusOf(api.call('listServiceAccounts', { token, query: { limit: '0' } }))).toBe(422);
  expect(await statusOf(api.call('revokeServiceAccount', { token, id: body.id as string }))).toBe(204);
  expect(await statusOf(api.call('revokeServiceAccount', { token, id: body.id as string }))).toBe(404);
  expect(await statusOf(api.call('revokeServiceAccount', { token, id: 'x' }))).toBe(422);
});

it('lets an administrator look and change as documented', async () => {
  const { accessToken: token, userId: own } = await signUpAdministrator(service);
  const [person, gone] = [await service.client.signUp(), await service.client.signUp()];
  await service.client.send('DELETE', '/users/me', { token: gone.accessToken });
  const id = person.userId;
  for (const name of ['searchUsers', 'listAuditEvents', 'listConfigurations', 'listUserSessions']) {
    expect(await statusOf(api.call(name, { id, token, query: { limit: '1' } }))).toBe(200);
    expect(await statusOf(api.call(name, { id, token, query: { limit: '0' } }))).toBe(422);
  }
  expect(await statusOf(api.call('listKeys', { token }))).toBe(200);
  for (const found of [id, gone.userId])
    expect(await statusOf(api.call('inspectUser', { id: found, token }))).toBe(200);
  for (const name of ['disableUser', 'enableUser', 'endUserSessions'])
    expect(await statusOf(api.call(name, { id, token }))).toBe(204);
  await service.sql(
    `INSERT INTO identity."UserIdentifier" (id, user_id, scheme, value, display, verified_at)
     VALUES (3, $1, 'email', $2, $2, now())`,
    [id, randomEmail()],
  );
  expect(await statusOf(api.call('startPasswordReset', { id, token }))).toBe(202);
  for (const [name, target] of [
    ['disableUser', own],
    ['disableUser', gone.userId],
    ['enableUser', gone.userId],
    ['startPasswordReset', gone.userId],
    ['startPasswordReset', own],
  ] as const)
    expect(await statusOf(api.call(name, { id: target, token }))).toBe(409);
  for (const name of [
    'inspectUser',
    'listUserSessions',
    'disableUser',
    'enableUser',
    'endUserSessions',
    'startPasswordReset',
  ]) {
    expect(await statusOf(api.call(name, { id: 'x', token }))).toBe(422);
    expect(await statusOf(api.call(name, { id: UNKNOWN_ID, token }))).toBe(404);
  }
});

it('lets an administrator unlock codes and configure as documented', async () => {
  const { accessToken: token } = await signUpAdministrator(service);
  const target = { namespace: 'verify-email', identifier: addressed(randomEmail()) };
  expect(await statusOf(api.call('inspectCodes', { token, body: target }))).toBe(200);
  expect(await statusOf(api.call('unlockCodes', { token, body: target }))).toBe(204);
  const [id, value] = ['identity.test', { type: 'TEXT', value: 'any' }];
  expect(await statusOf(api.call('setConfiguration', { id, token, body: { credential: 'x' } }))).toBe(404);
  expect(await statusOf(api.call('setConfiguration', { id, token, body: { value } }))).toBe(200);
  for (const name of ['inspectCodes', 'unlockCodes', 'setConfiguration'])
    expect(await statusOf(api.call(name, { id, token, body: {} }))).toBe(422);
});

it('shows who is calling and the account as documented', async () => {
  const token = tokens.accessToken as string;
  expect(await statusOf(api.call('whoAmI', { token }))).toBe(200);
  expect(await statusOf(api.call('readMe', { token }))).toBe(200);
  const change = { profile: { locale: 'vi-VN', displayName: null } };
  const changed = await api.call('changeMe', { token, body: change });
  expect([changed.status, changed.body.profile]).toEqual([200, { locale: 'vi-VN' }]);
  expect(await statusOf(api.call('changeMe', { token, body: { profile: { 'no name': 1 } } }))).toBe(422);
});

it('lists and ends sessions as documented', async () => {
  const token = tokens.accessToken as string;
  const first = await api.call('listSessions', { token, query: { limit: '1' } });
  expect(first.body.nextCursor).toEqual(expect.any(String));
  const rest = await api.call('listSessions', { token, query: { cursor: first.body.nextCursor as string } });
  expect(rest.body).toMatchObject({ items: [expect.anything()], nextCursor: null });
  for (const [name, value] of [
    ['limit', '0'],
    ['limit', '101'],
    ['cursor', 'x'],
  ] as const) {
    expect(await statusOf(api.call('listSessions', { token, query: { [name]: value } }))).toBe(422);
  }
  const other = (rest.body.items as { id: string }[])[0]?.id;
  expect(await statusOf(api.call('endSession', { token, id: other }))).toBe(204);
  expect(await statusOf(api.call('endSession', { token, id: UNKNOWN_ID }))).toBe(404);
  expect(await statusOf(api.call('endSession', { token, id: 'x' }))).toBe(422);
  expect(await statusOf(api.call('endSession', { token, id: '1'.repeat(129) }))).toBe(404);
});

it('refreshes and signs out as documented', async () => {
  const refreshed = await api.call('refreshTokens', { body: { refreshToken: tokens.refreshToken as string } });
  expect(refreshed.status).toBe(200);
  expect(await statusOf(api.call('refreshTokens', { body: { refreshToken: 'none of ours' } }))).toBe(401);
  expect(await statusOf(api.call('refreshTokens', { body: {} }))).toBe(422);
  expect(await statusOf(api.call('signOut', { body: { refreshToken: refreshed.body.refreshToken } }))).toBe(204);
  expect(await statusOf(api.call('signOut', { body: {} }))).toBe(422);
});

it('administers roles, permissions and policies as documented', async () => {
  await administerPolicies(service, api);
  expect(api.seen('deleteMe')).toContain(409);
});

it('changes the password and signs out everywhere as documented', async () => {
  const token = (await api.call('signIn', { body: credentials(username) })).body.accessToken as string;
  const change = { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD };
  expect(await statusOf(api.call('changePassword', { token, body: { ...change, newPassword: 'short' } }))).toBe(422);
  expect(await statusOf(api.call('changePassword', { token, body: change }))).toBe(204);
  expect(await statusOf(api.call('changePassword', { token, body: change }))).toBe(401);
  expect(await statusOf(api.call('signOutEverywhere', { token }))).toBe(204);
});

it('serves keys and probes as documented', async () => {
  const keys = await api.call('getJwkSet');
  expect(keys.status).toBe(200);
  const etag = keys.headers.get('etag') ?? '';
  expect(await statusOf(api.call('getJwkSet', { headers: { 'If-None-Match': etag } }))).toBe(304);
  expect(await statusOf(api.call('isAlive'))).toBe(200);
  expect(await statusOf(api.call('isReady'))).toBe(200);
});

it('deletes the account as documented, after a fresh sign-in', async () => {
  const signIn = async () => (await api.call('signIn', { body: credentials(username, OTHER_PASSWORD) })).body;
  const { sessionId, refreshToken } = await signIn();
  await service.sql(`UPDATE identity."Session" SET created_at = now() - interval '302 s' WHERE id = $1`, [sessionId]);
  const stale = (await api.call('refreshTokens', { body: { refreshToken: refreshToken as string } })).body;
  expect(await statusOf(api.call('deleteMe', { token: stale.accessToken as string }))).toBe(403);
  const fresh = (await signIn()).accessToken as string;
  expect(await statusOf(api.call('deleteMe', { token: fresh }))).toBe(204);
});

it('throttles as documented', async () => {
  const token = (await api.call('signUp', { body: credentials(randomUsername()) })).body.accessToken as string;
  const guess = { currentPassword: 'a wrong guess', newPassword: OTHER_PASSWORD };
  const guesses = Array.from(
    { length: 5 },
    async () => await statusOf(api.call('changePassword', { token, body: guess })),
  );
  expect(await Promise.all(guesses)).toContain(429);
  const attempts = Array.from(
    { length: 5 },
    async () => await statusOf(api.call('signIn', { body: credentials(randomUsername()) })),
  );
  expect(await Promise.all(attempts)).toContain(429);
});

it('throttles wrong secrets of sister services as documented', async () => {
  const headers = basic(sister.name, 'a wrong guess');
  await Promise.all(Array.from({ length: 21 }, () => api.call('findUser', { headers, id: UNKNOWN_ID })));
  for (const operation of operations.filter((each) => 'x-required-scope' in each))
    expect(await statusOf(api.call(operation.operationId, { ...anyCall(operation), headers }))).toBe(429);
});

it('went everywhere', () => {
  const lacking = operations.flatMap(({ operationId, method, security, responses }) => {
    const seen = api.seen(operationId);
    const wanted = Object.keys(responses)
      .map(Number)
      .filter((status) => status < 400);
    if (method !== 'GET') wanted.push(400, 413, 415);
    if (security?.length) wanted.push(401);
    const others = Object.keys(responses)
      .map(Number)
      .filter((status) => [403, 409, 422, 429].includes(status));
    return [...wanted, ...others]
      .filter((status) => !seen.includes(status))
      .map((status) => `${operationId} ${status}`);
  });
  // These need two changes at the same time.
  expect(lacking).toEqual(['changePassword 409', 'setConfiguration 409']);
});
