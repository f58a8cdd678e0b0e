import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import pg from 'pg';
import { type Answer, Client, credentials, PASSWORD, randomUsername, type Tokens } from '../support/client.js';
import { readMetric, scrape } from '../support/metrics.js';
import type { LogLine } from '../support/spawn-service.js';
import { type BuiltService, startBuiltService } from '../support/start-built-service.js';

const BASE = '/v1/api/identity';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let service: BuiltService;

beforeAll(async () => {
  service = await startBuiltService({ LOG_LEVEL: 'info' });
});
afterAll(async () => {
  await service.stop();
});

/** The lines that belong to one request, once its access line is among them. */
function linesOf(requestId: string): Promise<LogLine[]> {
  return poll(`the access line of ${requestId}`, 5, () => {
    const lines = service.lines().filter((line) => line.requestId === requestId);
    return lines.some(({ msg }) => msg === 'request') ? lines : undefined;
  });
}

function requestIdOf({ headers }: Answer): string {
  return headers.get('x-request-id') ?? '';
}

// First, while nobody has signed in.
describe('the management port', () => {
  it('counts sign-ins from 0, for each way they can end', async () => {
    const text = await scrape(service.managementOrigin);
    const series = text.split('\n').filter((line) => line.startsWith('identity_sign_ins_total{'));
    expect(series.length).toBeGreaterThanOrEqual(15);
    expect(series.filter((line) => !line.endsWith(' 0'))).toEqual([]);
    for (const scheme of ['email', 'phone', 'username']) {
      expect(series).toContain(`identity_sign_ins_total{scheme="${scheme}",outcome="success",reason=""} 0`);
    }
    const { username } = await service.client.signUp();
    await service.client.signIn(username);
    await service.client.signIn(username, 'not what it is at all');
    const count = (labels: string) => readMetric(service.managementOrigin, `identity_sign_ins_total{${labels}}`);
    expect(await count('scheme="username",outcome="success",reason=""')).toBe(1);
    expect(await count('scheme="username",outcome="failure",reason="credentials"')).toBe(1);
    expect(await count('scheme="email",outcome="failure",reason="credentials"')).toBe(0);
  });

  it('measures each route from 0, and no method that it does not have', async () => {
    const text = await scrape(service.managementOrigin);
    const counts = text.split('\n').filter((line) => line.startsWith('http_request_duration_seconds_count{'));
    for (const [method, route] of [
      ['GET', '/jw-certs'],
      ['DELETE', `${BASE}/sessions/:id`],
    ])
      for (const statusClass of ['2xx', '4xx', '5xx'])
        expect(counts).toContain(
          `http_request_duration_seconds_count{method="${method}",route="${route}",status_class="${statusClass}"} 0`,
        );
    expect(counts.filter((line) => /method="(HEAD|OPTIONS)"|route="\*?"/.test(line))).toEqual([]);
  });

  it('measures requests by method, route and class of status, however many addresses are tried', async () => {
    const { accessToken } = await service.client.signUp();
    for (const path of ['/nothing/1', '/nothing/2']) await service.client.get(path);
    for (const id of ['1', '2']) await service.client.send('DELETE', `/sessions/${id}`, { token: accessToken });
    const count = (method: string, route: string, statusClass: string) =>
      readMetric(
        service.managementOrigin,
        `http_request_duration_seconds_count{method="${method}",route="${route}",status_class="${statusClass}"}`,
      );
    expect(await count('DELETE', `${BASE}/sessions/:id`, '4xx')).toBe(2);
    expect(await count('GET', 'unmatched', '4xx')).toBe(2);
    expect(await count('POST', `${BASE}/auth/sign-up`, '2xx')).toBeGreaterThan(0);
    const text = await scrape(service.managementOrigin);
    expect(text).toMatch(/^http_request_duration_seconds_bucket\{le="0\.1",/m);
    expect(text).not.toContain('/nothing/');
  });

  it('measures hashes, dependencies and Node itself', async () => {
    const { managementOrigin } = service;
    expect(await readMetric(managementOrigin, 'identity_password_hash_seconds_count')).toBeGreaterThan(0);
    expect(await readMetric(managementOrigin, 'identity_password_hash_queue')).toBe(0);
    // The service is ready before Redis is, and looks every five seconds.
    for (const dependency of ['database', 'keys', 'redis'])
      await poll(dependency, 15, async () => {
        const isUp = await readMetric(managementOrigin, `identity_dependency_up{dependency="${dependency}"}`);
        return isUp === 1 || undefined;
      });
    expect(await readMetric(managementOrigin, 'process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  it('answers the probes, with and without the base path, and nothing else', async () => {
    const ask = async (path: string, method = 'GET') =>
      (await fetch(`${service.managementOrigin}${path}`, { method })).status;
    for (const path of ['/healthz', '/readyz', `${BASE}/healthz`, `${BASE}/readyz`]) expect(await ask(path)).toBe(200);
    expect(await ask('/jw-certs')).toBe(404);
    expect(await ask(`${BASE}/auth/who-am-i`)).toBe(404);
    expect(await ask('/metrics', 'POST')).toBe(405);
    const ready = await fetch(`${service.managementOrigin}/readyz`);
    expect(await ready.json()).toMatchObject({ status: 'ok', details: { redis: { status: 'up' } } });
  });

  it('keeps metrics off the public port [ASVS 13.4.5]', async () => {
    expect((await service.client.get('/metrics')).status).toBe(404);
    expect((await new Client(service.origin, '').get('/metrics')).status).toBe(404);
  });
});

describe('the request id', () => {
  const withId = (id: string) => service.client.send('GET', '/nothing', { headers: { 'X-Request-Id': id } });

  it.each(['a', 'A-b_c.d=e9', 'x'.repeat(128)])('is the caller’s when it is one: %s', async (id) => {
    const answer = await withId(id);
    expect(requestIdOf(answer)).toBe(id);
    expect(answer.body.requestId).toBe(id);
  });

  it.each(['', 'x'.repeat(129), 'a b', 'a/b', 'a"b', '{"level":"error"}', 'é'])('is a new one for %j', async (id) => {
    const answer = await withId(id);
    expect(requestIdOf(answer)).toMatch(UUID);
    expect(answer.body.requestId).toBe(requestIdOf(answer));
  });

  it('is new for each request without one', async () => {
    const ids = await Promise.all(['/healthz', '/healthz', '/nothing'].map((path) => service.client.get(path)));
    expect(new Set(ids.map(requestIdOf)).size).toBe(3);
    ids.map(requestIdOf).forEach((id) => expect(id).toMatch(UUID));
  });
});

describe('every answer', () => {
  const calls: [string, number, () => Promise<Answer>][] = [
    ['a success', 200, () => service.client.get('/healthz')],
    ['tokens', 201, () => service.client.post('/auth/sign-up', credentials(randomUsername()))],
    ['no content', 204, () => service.client.post('/auth/sign-out', { refreshToken: 'x' })],
    ['malformed JSON', 400, () => service.client.post('/auth/sign-in', '{"identifier"')],
    ['no token', 401, () => service.client.get('/auth/who-am-i')],
    ['an unknown route', 404, () => service.client.get('/nothing')],
    ['a body too large', 413, () => service.client.post('/auth/sign-in', { a: 'x'.repeat(70_000) })],
    ['an unknown field', 422, () => service.client.post('/auth/token/refresh', { refreshToken: 'x', more: 1 })],
    ['a code asked for twice', 429, () => askTwice()],
  ];

  it.each(calls)('carries the security headers: %s', async (_what, status, call) => {
    const { headers, status: answered } = await call();
    expect(answered).toBe(status);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{7,}/);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-site');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
    expect(headers.get('x-request-id')).toMatch(UUID);
  });

  it.each(calls)('is stored by nobody: %s [ASVS 14.2.5, 14.3.2]', async (_what, _status, call) => {
    expect((await call()).headers.get('cache-control')).toBe('no-store');
  });

  it.each(calls.filter(([, status]) => status >= 400))(
    'of refusal is a problem document: %s',
    async (_w, status, call) => {
      const { headers, body } = await call();
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(body).toMatchObject({ status, instance: expect.stringMatching(/^\/v1\/api\/identity\//) as string });
      for (const member of ['type', 'title', 'detail', 'code', 'requestId'])
        expect(body[member]).toEqual(expect.any(String));
      expect(body.type).toBe(`urn:nx-seller-identity:problem:${body.code as string}`);
      if (status === 401) expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
      if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    },
  );

  it('with keys alone may be stored, and has the security headers too [ASVS 14.2.5]', async () => {
    const { headers } = await new Client(service.origin, '').get('/jw-certs');
    expect(headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-request-id')).toMatch(UUID);
  });
});

describe('the log', () => {
  it('is JSON lines with time, level, message, service and mode [ASVS 16.2.4]', () => {
    const lines = service.lines();
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      expect(line.time).toMatch(RFC_3339);
      expect(['info', 'warn', 'error']).toContain(line.level);
      expect(line).toMatchObject({ service: 'nx-seller-identity', mode: 'api', msg: expect.any(String) as string });
    }
  });

  it('has one access line for each request: route, status, duration and who called [ASVS 16.2.1]', async () => {
    const { accessToken, userId } = await service.client.signUp();
    const known = await service.client.get('/sessions?limit=1', accessToken);
    const [line, ...more] = await linesOf(requestIdOf(known));
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      level: 'info',
      msg: 'request',
      method: 'GET',
      route: `${BASE}/sessions`,
      status: 200,
      userId,
    });
    expect(line?.durationMs).toBeGreaterThan(0);
    const unknown = await service.client.get('/nothing?token=secret-in-a-query');
    expect((await linesOf(requestIdOf(unknown)))[0]).toMatchObject({ route: 'unmatched', status: 404 });
  });

  it('shows no password, token or whole identifier after a journey with failures [ASVS 14.2.4]', async () => {
    const { client } = service;
    const username = randomUsername();
    const address = `${randomUsername()}@example.com`;
    const secrets = {
      wrong: 'the wrong horse battery',
      changed: 'four words of another kind',
      inQuery: 'nxr_query-string-token',
    };
    const first = (await client.post('/auth/sign-up', credentials(username))).body as Tokens;
    await client.post('/auth/sign-up', credentials(username));
    await client.post('/auth/sign-up', mailSignUp(address));
    const second = (await client.signIn(username, PASSWORD, { deviceToken: first.deviceToken })).body as Tokens;
    await client.signIn(username, secrets.wrong);
    await client.post('/auth/sign-in', { ...credentials(username, secrets.wrong), [secrets.inQuery]: secrets.wrong });
    await client.post('/auth/sign-in', mailSignUp(address));
    await client.post('/auth/sign-in', `{"credential":"${secrets.wrong}`);
    const third = (await client.refresh(second.refreshToken)).body as Tokens;
    await client.refresh(`${third.refreshToken.slice(0, -1)}~`);
    await client.get(`/auth/who-am-i?access_token=${secrets.inQuery}`, `${third.accessToken}x`);
    await client.post(
      '/auth/password/change',
      { currentPassword: secrets.wrong, newPassword: secrets.changed },
      third.accessToken,
    );
    await client.post(
      '/auth/password/change',
      { currentPassword: PASSWORD, newPassword: secrets.changed },
      third.accessToken,
    );
    const last = await client.post('/auth/sign-out', { refreshToken: third.refreshToken });
    await linesOf(requestIdOf(last));
    const output = service.output();
    const tokens = [first, second, third].flatMap((t) => [t.accessToken, t.refreshToken, t.deviceToken]);
    for (const secret of [...tokens, ...Object.values(secrets), PASSWORD, username, address]) {
      expect(output).not.toContain(secret);
    }
    expect(output).not.toContain('argon2id');
    const [, payload = 'none', signature = 'none'] = first.accessToken.split('.');
    for (const part of [payload, signature]) expect(output).not.toContain(part);
  });

  it('masks the identifier of a sign-in that failed', async () => {
    const [name, address] = [randomUsername(), `${randomUsername()}@example.com`];
    const byName = await service.client.signIn(name);
    const byMail = await service.client.post('/auth/sign-in', mailSignUp(address));
    expect(await linesOf(requestIdOf(byName))).toContainEqual(
      expect.objectContaining({ 'identifier.scheme': 'username', 'identifier.value': 'u***' }),
    );
    expect(await linesOf(requestIdOf(byMail))).toContainEqual(
      expect.objectContaining({ 'identifier.scheme': 'email', 'identifier.value': 'u***@example.com' }),
    );
    for (const identifier of [name, address]) expect(service.output()).not.toContain(identifier);
  });

  it('tells of a fault of ours once, with its stack, and the caller learns nothing of it [ASVS 16.3.4]', async () => {
    const username = randomUsername();
    const database = new pg.Client({ connectionString: service.env.DATABASE_URL });
    await database.connect();
    await database.query('ALTER TABLE identity."UserIdentifier" RENAME TO "Elsewhere"');
    let answer: Answer;
    try {
      answer = await service.client.signIn(username);
    } finally {
      await database.query('ALTER TABLE identity."Elsewhere" RENAME TO "UserIdentifier"');
      await database.end();
    }
    expect(answer).toMatchObject({ status: 500, body: { code: 'service.unexpected', status: 500 } });
    expect(answer.text).not.toMatch(/UserIdentifier|SELECT|relation|node_modules|\.js/);
    const lines = await linesOf(requestIdOf(answer));
    const faults = lines.filter(({ level }) => level === 'error');
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({
      problem: 'service.unexpected',
      err: { stack: expect.stringMatching(/UserIdentifier[\s\S]*\n +at /) as string },
    });
    expect(lines.filter(({ msg }) => msg === 'request')).toMatchObject([{ status: 500 }]);
    expect(service.output()).not.toContain(username);
  });
});

/** A code, and the refusal of the next one. */
async function askTwice(): Promise<Answer> {
  const value = `${randomUsername()}@example.com`;
  await service.client.post('/auth/sign-up', mailSignUp(value));
  return await service.client.post('/auth/sign-up', mailSignUp(value));
}

function mailSignUp(value: string) {
  return { identifier: { scheme: 'email', value }, credential: { scheme: 'password', value: PASSWORD } };
}
