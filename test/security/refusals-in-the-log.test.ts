import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { type Answer, credentials } from '../support/client.js';
import { COUNTED_APART } from '../support/counted-together.js';
import type { LogLine } from '../support/spawn-service.js';
import { type BuiltService, startBuiltService } from '../support/start-built-service.js';

let service: BuiltService;
let person: Awaited<ReturnType<BuiltService['client']['signUp']>>;

beforeAll(async () => {
  service = await startBuiltService({ LOG_LEVEL: 'info', SIGN_IN_MAX_FAILURES: '2' });
  person = await service.client.signUp();
});
afterAll(async () => {
  await service.stop();
});

/** The access line of an answer. */
function lineOf({ headers }: Answer): Promise<LogLine> {
  const requestId = headers.get('x-request-id');
  return poll(`the line of ${requestId}`, 5, () =>
    service.lines().find((line) => line.msg === 'request' && line.requestId === requestId),
  );
}

const signIn = (name: string, more = {}) =>
  service.client.post('/auth/sign-in', { ...credentials(name, 'not the right one'), ...more });
const admin = (method: string, path: string) =>
  service.client.send(method, `/admin${path}`, { token: person.accessToken, ...(method !== 'GET' && { body: {} }) });

describe('who may not', () => {
  it.each<[string, string, string]>([
    ['GET', '/users', '/admin/users'],
    ['POST', '/users/1/disable', '/admin/users/:id/disable'],
    ['PUT', '/configurations/identity.smtp', '/admin/configurations/:code'],
  ])('is told of in the log, and what he asked for: %s %s [ASVS 16.3.2]', async (method, path, route) => {
    const answer = await admin(method, path);
    expect(answer.status).toBe(403);
    expect(await lineOf(answer)).toMatchObject({
      level: 'info',
      method,
      route: `/v1/api/identity${route}`,
      status: 403,
      userId: person.userId,
    });
  });

  it('is told of where he is nobody, or says to be somebody else [ASVS 16.3.2]', async () => {
    for (const token of [undefined, 'x.y.z', `${person.accessToken.slice(0, -4)}AAAA`, person.refreshToken]) {
      const line = await lineOf(await service.client.get('/users/me', token));
      expect(line).toMatchObject({ route: '/v1/api/identity/users/me', status: 401 });
      expect(line.userId).toBeUndefined();
    }
  });
});

describe('an attempt to get round', () => {
  it('the checks of input is in the log, with nothing of the input [ASVS 16.3.3]', async () => {
    const bodies: [number, unknown][] = [
      [422, { ...credentials('nobody'), roles: ['administrator-by-the-way'] }],
      [422, { identifier: { scheme: 'username', value: "' OR 1=1 --" }, credential: {} }],
      [400, '{"__proto__": {"isAdmin": "administrator-by-the-way"}}'],
      [400, '{"identifier": 1, "identifier": "administrator-by-the-way"}'],
      [413, { identifier: 'administrator-by-the-way'.repeat(4000) }],
    ];
    for (const [status, body] of bodies) {
      const answer = await service.client.post('/auth/sign-in', body);
      expect(await lineOf(answer)).toMatchObject({ route: '/v1/api/identity/auth/sign-in', status });
    }
    expect(service.output()).not.toMatch(/administrator-by-the-way|OR 1=1/);
  });

  it('the lock of an account is in the log, and each failure before it, masked [ASVS 16.3.1, 16.3.3]', async () => {
    await poll('failures that are counted in one place', 40, async () => {
      const before = service.lines().length;
      const { username } = await service.client.signUp();
      const answers = [await signIn(username), await signIn(username), await signIn(username)];
      const line = await lineOf(answers[2] as Answer);
      const lines = service.lines().slice(before);
      if (lines.some(({ msg = '' }) => COUNTED_APART.test(msg))) return undefined;
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 429]);
      expect(line).toMatchObject({ status: 429, route: '/v1/api/identity/auth/sign-in' });
      expect(lines.filter(({ msg }) => msg === 'sign-in failed')).toHaveLength(2);
      expect(service.output()).not.toContain(username);
      return true;
    });
  });

  it('a session by a forged refresh token is in the log [ASVS 16.3.3]', async () => {
    const answer = await service.client.refresh(`${person.refreshToken.slice(0, -2)}AA`);
    expect(await lineOf(answer)).toMatchObject({ status: 401, route: '/v1/api/identity/auth/token/refresh' });
  });
});
