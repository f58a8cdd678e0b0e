import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RequestRefusedError, ServiceUnavailableError, UnauthorizedError } from '../errors.js';
import { hang, json, startServer, status, testClock, type TestServer, until } from '../testing/server.js';
import { createPolicyClient, type PolicyClientOptions } from './policy-client.js';
import type { PolicyCallEvent } from './policy-transport.js';

const CHECK = { subject: { type: 'User', id: '7' }, domain: 'Shop_7', object: 'orders.items', action: 'read' };
const ALLOWED = { allowed: true, policyId: '11' };

let server: TestServer;
let clock: ReturnType<typeof testClock>;
let calls: PolicyCallEvent[];

beforeEach(async () => {
  server = await startServer(json(ALLOWED));
  clock = testClock();
  calls = [];
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const client = (options: Partial<PolicyClientOptions> = {}) =>
  createPolicyClient({
    baseUrl: `${server.origin}/v1/api/identity`,
    name: 'orders',
    secret: 'secret',
    timeoutMs: 5000,
    clock,
    onCall: (event) => calls.push(event),
    ...options,
  });

describe('a check', () => {
  it('is asked as the contract has it', async () => {
    let seen: object = {};
    server.behave(async (request: IncomingMessage, response: ServerResponse) => {
      const { method, url, headers } = request;
      seen = { method, url, authorization: headers.authorization, body: JSON.parse(await text(request)) as unknown };
      json(ALLOWED)(request, response);
    });
    expect(await client().check(CHECK)).toEqual(ALLOWED);
    expect(seen).toEqual({
      method: 'POST',
      url: '/v1/api/identity/internal/policies/check',
      authorization: `Basic ${Buffer.from('orders:secret').toString('base64')}`,
      body: CHECK,
    });
    expect(calls).toMatchObject([{ call: 'check', outcome: 'ok', attempts: 1 }]);
  });

  it.each([
    ['500', status(500), ServiceUnavailableError],
    ['503', status(503), ServiceUnavailableError],
    ['429', status(429), ServiceUnavailableError],
    ['a redirect', status(308, { location: '/elsewhere' }), ServiceUnavailableError],
    ['no decision', json({}), ServiceUnavailableError],
    ['a decision that is no boolean', json({ allowed: 'yes' }), ServiceUnavailableError],
    ['a list', json([ALLOWED]), ServiceUnavailableError],
    ['silence', hang, ServiceUnavailableError],
    ['401', status(401), UnauthorizedError],
    ['403', status(403), UnauthorizedError],
  ])('of which the service says %s is allowed to nobody [ASVS 16.5.3]', async (_what, behaviour, error) => {
    server.behave(behaviour);
    const policies = client(behaviour === hang ? { timeoutMs: 300 } : {});
    await expect(policies.check(CHECK)).rejects.toThrow(error);
    expect(await policies.isAllowed(CHECK)).toBe(false);
    expect(server.asked).not.toContain('/elsewhere');
    expect(calls.every(({ outcome }) => outcome === 'error')).toBe(true);
  });

  it('opens when nobody answers only where that was asked for, and never to a revoked account', async () => {
    server.behave(status(503));
    expect(await client({ failOpen: true }).isAllowed(CHECK)).toBe(true);
    server.behave(status(401));
    expect(await client({ failOpen: true }).isAllowed(CHECK)).toBe(false);
  });

  it('that is malformed is the caller’s mistake, with the reason', async () => {
    server.behave(json({ code: 'request.invalid' }, {}, 422));
    const refused = { name: 'RequestRefusedError', status: 422, problem: 'request.invalid' };
    await expect(client().check(CHECK)).rejects.toMatchObject(refused);
    await expect(client().isAllowed(CHECK)).rejects.toThrow(RequestRefusedError);
  });

  it.each([413, 414, 415, 431])(
    'that is too much (%i) opens nothing: who writes it long must not get in',
    async (code) => {
      server.behave(status(code));
      const refused = { name: 'RequestRefusedError', status: code };
      await expect(client({ failOpen: true }).isAllowed(CHECK)).rejects.toMatchObject(refused);
    },
  );

  it.each([
    ['503', status(503)],
    ['a connection that is cut', (request: IncomingMessage) => request.socket.destroy()],
  ])('is asked once more after %s, within the one deadline', async (_what, behaviour) => {
    server.behave((request, response) => {
      server.behave(json(ALLOWED));
      behaviour(request, response);
    });
    expect(await client().check(CHECK)).toEqual(ALLOWED);
    expect(calls).toMatchObject([{ outcome: 'ok', attempts: 2 }]);
    server.behave(behaviour);
    await expect(client().check(CHECK)).rejects.toThrow(ServiceUnavailableError);
    expect(server.asked.length).toBe(4);
  });

  it('ends when its caller no longer waits', async () => {
    server.behave(hang);
    const controller = new AbortController();
    const asked = client().check(CHECK, { signal: controller.signal });
    await until('the question', () => server.asked.length === 1);
    controller.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
  });
});

describe('an answer', () => {
  it('is not given twice by default', async () => {
    const policies = client();
    await policies.check(CHECK);
    await policies.check(CHECK);
    expect(server.asked.length).toBe(2);
  });

  it('is kept for as long as was asked for, for its own question', async () => {
    const policies = client({ cacheSeconds: 1 });
    await policies.check(CHECK);
    server.behave(json({ allowed: false }));
    expect(await policies.check({ ...CHECK })).toEqual(ALLOWED);
    expect(await policies.check({ ...CHECK, action: 'write' })).toEqual({ allowed: false });
    clock.advance(1000);
    expect(await policies.check(CHECK)).toEqual({ allowed: false });
  });

  it('that failed is not kept', async () => {
    const policies = client({ cacheSeconds: 1 });
    server.behave(status(500));
    await expect(policies.check(CHECK)).rejects.toThrow(ServiceUnavailableError);
    server.behave(json(ALLOWED));
    expect(await policies.check(CHECK)).toEqual(ALLOWED);
  });
});

describe('a batch', () => {
  const decide = async (request: IncomingMessage, response: ServerResponse) => {
    const { checks } = JSON.parse(await text(request)) as { checks: (typeof CHECK)[] };
    json({ results: checks.map(({ subject }) => ({ allowed: Number(subject.id) % 3 === 0 })) })(request, response);
  };
  const checks = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...CHECK, subject: { type: 'User', id: String(index) } }));

  it.each([0, 1, 100, 101, 250])('of %d is answered in order, a hundred in one request', async (count) => {
    server.behave(decide);
    const results = await client().checkBatch(checks(count));
    expect(results.map(({ allowed }) => allowed)).toEqual(checks(count).map((_, index) => index % 3 === 0));
    expect(server.asked.length).toBe(Math.ceil(count / 100));
  });

  it('with an answer too many or too few decides nothing', async () => {
    for (const results of [[ALLOWED], [ALLOWED, ALLOWED, ALLOWED], [ALLOWED, {}]]) {
      server.behave(json({ results }));
      await expect(client().checkBatch(checks(2))).rejects.toThrow(ServiceUnavailableError);
    }
  });
});

describe('the permissions of a subject', () => {
  const list = (version: string, effect = 'allow') =>
    json({ version, permissions: [{ object: 'orders', action: '*', effect, policyId: '11' }] });

  it('are asked for by subject and domain', async () => {
    server.behave(list('v1'));
    const { version, permissions } = await client().permissions({ type: 'User', id: '7' }, 'Shop_7');
    expect({ version, permissions }).toEqual({
      version: 'v1',
      permissions: [{ object: 'orders', action: '*', effect: 'allow', policyId: '11' }],
    });
    expect(server.asked).toEqual([
      '/v1/api/identity/internal/policies/permissions?subjectType=User&subjectId=7&domain=Shop_7',
    ]);
  });

  it('are the same object as long as their version is', async () => {
    const policies = client({ cacheSeconds: 1 });
    server.behave(list('v1'));
    const first = await policies.permissions({ type: 'User', id: '7' });
    clock.advance(1000);
    expect(await policies.permissions({ type: 'User', id: '7' })).toBe(first);
    expect(server.asked.length).toBe(2);
    server.behave(list('v2', 'deny'));
    clock.advance(1000);
    expect(await policies.permissions({ type: 'User', id: '7' })).toMatchObject({ version: 'v2' });
  });

  it('with an effect that nobody knows are none', async () => {
    server.behave(list('v1', 'perhaps'));
    await expect(client().permissions({ type: 'User', id: '7' })).rejects.toThrow(ServiceUnavailableError);
  });
});

it('options that cannot be meant are refused', () => {
  expect(() => client({ cacheSeconds: 61 })).toThrow(RangeError);
  expect(() => client({ name: 'a:b' })).toThrow(TypeError);
  expect(() => client({ baseUrl: 'identity' })).toThrow(TypeError);
});
