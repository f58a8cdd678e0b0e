import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEvents, poll } from '@platform/testing';
import { credentials, randomUsername } from '../support/client.js';
import { atOnce, tally } from '../support/races.js';
import { ask, type GatewayAnswer, type Question } from './support/ask.js';
import { readCompose } from './support/compose.js';
import { type Gateway, startGateway } from './support/start-gateway.js';

const BASE = '/v1/api/identity';
/** An address of this machine that Traefik has no reason to trust. */
const STRANGER = '127.0.0.9';

interface SignedUp {
  readonly sessionId: string;
  readonly accessToken: string;
}

let gateway: Gateway;
const call = (path: string, question?: Question) => ask(gateway.traefik.origin, path, question);

beforeAll(async () => {
  gateway = await startGateway({ account: 'revocations:read' });
});
afterAll(async () => {
  await gateway.stop();
});

const addressOf = async (sessionId: string) =>
  (await gateway.sql<{ ip: string }>(`SELECT ip FROM identity."Session" WHERE id = $1`, [sessionId]))[0]?.ip;

async function signUp(question: Question): Promise<SignedUp>;
/** Undefined where the answer is the status `refusal`. */
async function signUp(question: Question, refusal: number): Promise<SignedUp | undefined>;
async function signUp(question: Question, refusal?: number) {
  const { status, text } = await call(`${BASE}/auth/sign-up`, { body: credentials(randomUsername()), ...question });
  if (status === refusal) return undefined;
  expect(status).toBe(201);
  return JSON.parse(text) as SignedUp;
}

describe('what leads to the service', () => {
  it('both replicas carry the labels of the contract, and Traefik reads of Docker what the socket proxy allows', () => {
    const { api, 'api-2': second, docker } = readCompose();
    expect(api.labels).toEqual(
      expect.arrayContaining([
        'traefik.enable=true',
        'traefik.http.routers.identity.rule=PathPrefix(`/v1/api/identity`) || Path(`/jw-certs`)',
        'traefik.http.services.identity.loadbalancer.server.port=3000',
      ]),
    );
    expect(second).toEqual(api);
    const allowed = { CONTAINERS: /^GET \/containers\//, EVENTS: /^GET \/events/, PING: /_ping$/, VERSION: /version$/ };
    expect(docker.environment).toMatchObject({
      ...Object.fromEntries(Object.keys(allowed).map((name) => [name, '1'])),
      POST: '0',
    });
    const more = [...gateway.asked].filter((asked) => !Object.values(allowed).some((pattern) => pattern.test(asked)));
    expect(more).toEqual([]);
  });

  it.each([
    [`${BASE}/healthz`, 200],
    [`${BASE}/readyz`, 200],
    [`${BASE}/doc/openapi.json`, 200],
    ['/jw-certs', 200],
    [`${BASE}/nowhere`, 404],
    [`${BASE}/metrics`, 404],
    [`${BASE}/admin/users`, 401],
    [`${BASE}/internal/users/1`, 401],
  ])('%s reaches the service, which answers %i', async (path, status) => {
    const answer = await call(path);
    expect(answer.status).toBe(status);
    expect(answer.headers['x-request-id']).toHaveLength(1);
  });

  it.each([
    '/',
    '/metrics',
    '/healthz',
    '/jw-certs/',
    '/jw-certs/more',
    '/jw-certsx',
    '/v1/api',
    '/v1/api/other',
    '/api/rawdata',
    '/dashboard/',
    '/ping',
  ])('%s leads nowhere', async (path) => {
    const answer = await call(path);
    expect(answer.status).toBe(404);
    expect(answer.headers).not.toHaveProperty('x-request-id');
  });

  it('both replicas get their share', async () => {
    await atOnce(20, () => call('/jw-certs', { headers: { 'X-Request-Id': 'share' } }));
    const shares = () =>
      gateway.containers.map(({ service }) => service.lines().filter(({ requestId }) => requestId === 'share').length);
    const told = () => (shares().reduce((sum, share) => sum + share) === 20 ? shares() : undefined);
    expect(await poll('their lines', 5, told)).toEqual([10, 10]);
  });
});

describe('the limit of sign-in and codes', () => {
  const WHO_AM_I = `${BASE}/auth/who-am-i`;
  /** 200 calls at once, and as many again where a slow machine spread them over so much time that none was refused. */
  async function expectRefusal(once: (index: number) => Promise<GatewayAnswer>): Promise<GatewayAnswer[]> {
    const answers: GatewayAnswer[] = [];
    const isRefused = () => answers.some(({ status }) => status === 429);
    for (let round = 0; round < 3 && !isRefused(); round += 1) answers.push(...(await atOnce(200, once)));
    expect(isRefused()).toBe(true);
    return answers;
  }
  const flood = (question: Question, path = WHO_AM_I) => expectRefusal(() => call(path, question));

  it('is for each client: who floods is told to wait by the gateway, and others notice nothing', async () => {
    const client = { forwardedFor: '203.0.113.1' };
    const answers = await flood(client);
    const { 401: served = 0, 429: refused = 0, ...other } = tally(answers.map(({ status }) => ({ status })));
    expect(other).toEqual({});
    expect(served).toBeGreaterThanOrEqual(60);
    expect(refused).toBeGreaterThan(0);
    const refusal = answers.find(({ status }) => status === 429);
    expect(refusal?.headers).toMatchObject({
      'retry-after': [expect.stringMatching(/^\d+$/)],
      'x-content-type-options': ['nosniff'],
      'strict-transport-security': ['max-age=31536000; includeSubDomains'],
    });
    expect(refusal?.headers).not.toHaveProperty('x-request-id');
    // Whoever it is that floods is known by what Nginx saw, not by what it claims before that, nor by a spelling.
    const [again, claimed, spelt, dotted] = await Promise.all([
      flood(client, `${BASE}/otp/request`),
      flood({ forwardedFor: '198.51.100.7, 203.0.113.1' }),
      flood(client, `${BASE}/%61uth/who-am-i`),
      flood(client, `${BASE}/doc/../auth/who-am-i`),
    ]);
    for (const more of [again, claimed, spelt, dotted])
      expect(more.filter(({ status }) => status !== 429).length).toBeLessThan(120);
    expect((await call(`${BASE}/auth/who-am-i`, { forwardedFor: '203.0.113.2' })).status).toBe(401);
    expect((await call('/jw-certs', client)).status).toBe(200);
    expect((await call(`${BASE}/sessions`, client)).status).toBe(401);
  });

  it('is one for the /64 that a customer of IPv6 has', async () => {
    await expectRefusal((index) => call(WHO_AM_I, { forwardedFor: `2001:db8:7:7::${(index + 1).toString(16)}` }));
    expect((await call(`${BASE}/auth/who-am-i`, { forwardedFor: '2001:db8:7:8::1' })).status).toBe(401);
  });

  it('is not escaped by who comes past Nginx and invents an address for each call', async () => {
    await expectRefusal((index) => call(WHO_AM_I, { from: STRANGER, forwardedFor: `198.51.100.${index}` }));
  });
});

describe('the address that the service believes', () => {
  it('is the one that Nginx saw, whatever the client wrote before it', async () => {
    const { sessionId } = await signUp({ forwardedFor: '198.51.100.66, 203.0.113.77' });
    expect(await addressOf(sessionId)).toBe('203.0.113.77');
  });

  it('is the one of the caller where that is not Nginx, whatever it wrote', async () => {
    const headers = { X_Forwarded_For: '198.51.100.66', 'X-Real-Ip': '198.51.100.66', Forwarded: 'for=198.51.100.66' };
    const question = { from: STRANGER, forwardedFor: '198.51.100.66, 203.0.113.77', headers };
    // The limit above was this caller's; a call that it lets through says nothing of the next.
    const { sessionId } = await poll('a sign-up within its limit', 10, () => signUp(question, 429));
    expect(await addressOf(sessionId)).toBe(STRANGER);
  });
});

describe('what passes through', () => {
  it('the request id, both ways and into the log', async () => {
    const id = `gateway-${randomUsername()}`;
    const answer = await call('/jw-certs', { headers: { 'X-Request-Id': id } });
    expect(answer.headers['x-request-id']).toEqual([id]);
    const lines = await poll('its line', 5, () => {
      const found = gateway.containers
        .flatMap(({ service }) => service.lines())
        .filter(({ requestId }) => requestId === id);
      return found.length > 0 ? found : undefined;
    });
    expect(lines).toMatchObject([{ route: '/jw-certs', status: 200 }]);
    const made = await call('/jw-certs', { headers: { 'X-Request-Id': 'not one: {"level":"fatal"}' } });
    expect(made.headers['x-request-id']?.[0]).toMatch(/^[\da-f-]{36}$/);
  });

  it('the headers of the service, each once, and its ETag', async () => {
    const answer = await call('/jw-certs');
    const twice = Object.entries(answer.headers).filter(([, values]) => values.length > 1);
    expect(twice).toEqual([]);
    expect(answer.headers).toMatchObject({
      'referrer-policy': ['no-referrer'],
      'x-frame-options': ['SAMEORIGIN'],
      'content-security-policy': [expect.any(String)],
      'cache-control': [expect.stringMatching(/^public, max-age=\d+$/)],
    });
    expect(answer.headers).not.toHaveProperty('server');
    expect((await call('/jw-certs', { headers: { 'If-None-Match': answer.headers.etag?.[0] ?? '' } })).status).toBe(
      304,
    );
  });

  it.each([70 * 1024, 5 * 1024 ** 2])('the refusal of a body of %i bytes', async (size) => {
    const body = JSON.stringify({ namespace: 'verify-email', padding: 'x'.repeat(size) });
    const answer = await call(`${BASE}/otp/request`, { body, forwardedFor: '203.0.113.80' });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([413, { status: 413 }]);
  });

  it('headers of 12 KiB, and the refusal of 20', async () => {
    const answers = await Promise.all(
      [12, 20].map((size) => call('/jw-certs', { headers: { 'X-Padding': 'x'.repeat(size * 1024) } })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 431]);
  });

  it('events as they happen, not a page of them', async () => {
    const address = `${gateway.traefik.origin}${BASE}/internal/revocations`;
    const stream = await poll('the stream', 5, async () => {
      const opened = await openEvents(address, gateway.account);
      return opened.status === 200 ? opened : undefined;
    });
    const { sessionId, accessToken } = await signUp({ forwardedFor: '203.0.113.81' });
    const ended = performance.now();
    const headers = { Authorization: `Bearer ${accessToken}` };
    await call(`${BASE}/auth/sign-out-all`, { method: 'POST', headers, forwardedFor: '203.0.113.81' });
    const { at } = await stream.told(sessionId);
    expect(at - ended).toBeLessThan(2000);
    stream.close();
  });

  it('an idle connection to the service is left by Traefik before the service ends it', async () => {
    const { hostPort } = gateway.containers[0]!.state;
    const answer = await ask(`http://127.0.0.1:${hostPort}`, '/jw-certs', { headers: { Connection: 'keep-alive' } });
    const seconds = Number(/timeout=(\d+)/.exec(answer.headers['keep-alive']?.[0] ?? '')?.[1]);
    const flag = readCompose().gateway.command.find((text) => text.includes('idleconntimeout')) ?? '';
    expect(Number(/=(\d+)s$/.exec(flag)?.[1])).toBeLessThanOrEqual(seconds - 5);
  });
});

it('a replica that is lost is passed over at once, and with none left the routes are away, not unknown', async () => {
  const { containers } = gateway;
  const statuses = async () => [...new Set((await atOnce(10, () => call('/jw-certs'))).map(({ status }) => status))];
  for (const expected of [200, 502]) {
    await gateway.remove(containers[0]!, (container) => container.kill());
    await poll(`nothing but ${expected}`, 10, async () => {
      const found = await statuses();
      return (found.length === 1 && found[0] === expected) || undefined;
    });
  }
  expect((await call('/elsewhere')).status).toBe(404);
});
