import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentials, PASSWORD, randomUsername } from '../support/client.js';
import { PatientClient } from '../support/patient-client.js';
import { startService, type TestService } from '../support/start-service.js';
import { HOSTILE } from './support/hostile.js';
import { expectProblem, expectSound } from './support/problems.js';

type Body = Record<string, unknown>;

let service: TestService;
let token: string;
let username: string;

beforeAll(async () => {
  service = await startService({ env: { SIGN_IN_MAX_FAILURES: '1000' } });
  service.client = new PatientClient(service.origin);
  ({ accessToken: token, username } = await service.client.signUp());
});
afterAll(async () => {
  await service.stop();
});

describe('a field at its limit', () => {
  const signUp = (change: Body) =>
    service.client.post('/auth/sign-up', { ...credentials(randomUsername()), ...change });
  const named = (value: string) => signUp({ identifier: { scheme: 'username', value } });
  const password = (value: string) => signUp({ credential: { scheme: 'password', value } });
  const profileOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, at]));
  const invalid = { status: 422, code: 'request.invalid' };

  it('username: 3 to 32', async () => {
    const name = () => randomUsername().padEnd(32, 'x');
    expect((await named(name())).status).toBe(201);
    expect((await named(randomUsername().slice(-3).replace(/^./, 'z'))).status).toBe(201);
    expectProblem(await named(`${name()}x`), invalid);
    expectProblem(await named('ab'), invalid);
  });

  it('password: 8 to 128 characters, however many bytes they take', async () => {
    const long = 'qk7 vm2 xw9 '.repeat(11).slice(0, 128);
    expect((await password(long)).status).toBe(201);
    expect((await password('😀🦊🌵🧿🎻🛶🧊🪐')).status).not.toBe(500);
    expectProblem(await password(`${long}x`), invalid);
    expectProblem(await password('x7$kQ2!'), invalid);
    expectProblem(await password('x'.repeat(1025)), invalid);
  });

  it('profile: 32 members of 64 letters and 512 characters', async () => {
    expect((await signUp({ profile: profileOf(32) })).status).toBe(201);
    expectProblem(await signUp({ profile: profileOf(33) }), invalid);
    expect((await signUp({ profile: { ['k'.repeat(64)]: 1 } })).status).toBe(201);
    expectProblem(await signUp({ profile: { ['k'.repeat(65)]: 1 } }), invalid);
    expect((await signUp({ profile: { a: '😀'.repeat(512) } })).status).toBe(201);
    expectProblem(await signUp({ profile: { a: '😀'.repeat(513) } }), invalid);
    expectProblem(await signUp({ profile: { a: { b: 1 } } }), invalid);
  });

  it('profile: 32 members after any number of changes, also when they race', async () => {
    const { accessToken } = await service.client.signUp();
    const patch = (profile: Body) =>
      service.client.send('PATCH', '/users/me', { body: { profile }, token: accessToken });
    expect((await patch(profileOf(31))).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => patch({ [`more${at}`]: true })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 422, 422, 422, 422, 422, 422, 422,
    ]);
    expect((await patch({ k0: null, more: 'one for one' })).status).toBe(200);
  });

  it('deviceToken, audience and refreshToken', async () => {
    const signIn = (more: Body) => service.client.signIn(username, PASSWORD, more);
    expect((await signIn({ deviceToken: 'x'.repeat(8192) })).status).toBe(200);
    expectProblem(await signIn({ deviceToken: 'x'.repeat(8193) }), invalid);
    expect((await signIn({ audience: 'orders' })).status).toBe(200);
    for (const audience of ['unknown', 'x'.repeat(255), 'x'.repeat(256), 'orders,nx-seller', 'Orders', ' orders'])
      expectProblem(await signIn({ audience }), invalid);
    expectProblem(await service.client.refresh('x'.repeat(8192)), { status: 401, code: 'auth.invalid-refresh-token' });
    expectProblem(await service.client.refresh('x'.repeat(8193)), invalid);
  });

  it('a profile comes back as it was sent, in any script', async () => {
    const { accessToken } = await service.client.signUp();
    const profile = { a: 'Nguyễn 😀 \u202eمرحبا', b: `e${'\u0301'.repeat(50)}`, c: 1.5, d: -1e308, e: false, f: '' };
    const answer = await service.client.send('PATCH', '/users/me', { body: { profile }, token: accessToken });
    expect(answer.body.profile).toEqual(profile);
  });
});

describe('a new password', () => {
  it('is refused or taken, whatever it holds; one that was taken signs in', async () => {
    const { accessToken, username: name } = await service.client.signUp();
    let currentPassword = PASSWORD;
    const candidates = [
      ...HOSTILE,
      'пароль из четырёх слов',
      'zebra\0lantern\0quiet',
      '🦊🌵🧿🎻🛶🧊🪐🧶',
      PASSWORD.normalize('NFD'),
    ];
    let taken = 0;
    for (const newPassword of candidates) {
      const answer = await service.client.post('/auth/password/change', { currentPassword, newPassword }, accessToken);
      expectSound(answer);
      if (answer.status !== 204) continue;
      taken += 1;
      currentPassword = newPassword;
      expect((await service.client.signIn(name, newPassword)).status, newPassword).toBe(200);
    }
    expect(taken).toBeGreaterThan(1);
  });
});

describe('the list of sessions', () => {
  it.each([
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=1.5',
    'limit=1e999',
    'limit=abc',
    'limit=',
    'limit=%00',
    'limit=%zz',
    'limit=1&limit=2',
    'limit[]=1',
    'cursor=',
    'cursor=abc',
    'cursor=-1',
    'cursor=0',
    'cursor=1.5',
    'cursor=%00',
    'cursor=%ff',
    'cursor=9223372036854775808',
    `cursor=${'9'.repeat(5000)}`,
    'cursor=1&cursor=2',
    "cursor=1'--",
    'cursor=1%20OR%201=1',
    'cursor=%F0%9F%98%80',
    'unknown=1',
    '%00=1',
  ])('refuses ?%s', async (query) => {
    expectProblem(await service.client.get(`/sessions?${query}`, token), { status: 422, code: 'request.invalid' });
  });

  it.each(['', 'limit=1', 'limit=100', 'cursor=9223372036854775807', '__proto__=1', '&&&', '='])(
    'is not upset by ?%s',
    async (query) => {
      expectSound(await service.client.get(`/sessions?${query}`, token));
    },
  );
});

describe('the id of a session', () => {
  it.each([
    'abc',
    '0',
    '-1',
    '01',
    '1.5',
    '1e3',
    '%00',
    '1%00',
    '%2f',
    '1%2f2',
    '%0d%0aX-Evil:%201',
    '%F0%9F%98%80',
    '9223372036854775808',
    '9'.repeat(128),
    "1'--",
    '1;2',
  ])('is refused when it is %s', async (id) => {
    expectProblem(await service.client.send('DELETE', `/sessions/${id}`, { token }), { status: 422 });
  });

  it.each(['9223372036854775807', '1'])('is nobody’s when it is %s', async (id) => {
    const answer = await service.client.send('DELETE', `/sessions/${id}`, { token });
    expectProblem(answer, { status: 404, code: 'auth.session-not-found' });
  });

  it.each([
    ['9'.repeat(129), 404],
    ['%zz', 400],
    ['%ff', 400],
    ['%', 400],
    ['1/2', 404],
  ])('is no address when it is %s', async (id, status) => {
    expectProblem(await service.client.send('DELETE', `/sessions/${id}`, { token }), { status });
  });
});
