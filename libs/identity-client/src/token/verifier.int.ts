import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeysUnavailableError, TokenInvalidError } from '../errors.js';
import type { FetchEvent } from '../keys/key-cache.js';
import { hang, json, startServer, status, testClock, type TestServer, until } from '../testing/server.js';
import { AUDIENCE, claims, ISSUER, SESSION, type TestKey, testKey, token } from '../testing/tokens.js';
import type { VerifierOptions } from './options.js';
import { createVerifier, type Verifier } from './verifier.js';

const first = testKey('first');
const second = testKey('second');
/** Little patience, for what never answers, but enough for the calls that are answered. */
const IMPATIENT = { timeoutMs: 1000 };
const stop = (_: unknown, response: ServerResponse) =>
  response.writeHead(200, { 'content-length': '1000' }).write('{"keys":');
const set = (...keys: TestKey[]) => json({ keys: keys.map(({ jwk }) => jwk) }, { 'cache-control': 'max-age=300' });

let issuer: TestServer;
let verifier: Verifier;
let clock: ReturnType<typeof testClock>;
let fetches: FetchEvent[];

beforeEach(async () => {
  issuer = await startServer(set(first));
  clock = testClock();
  fetches = [];
  verifier = make();
});
afterEach(async () => {
  await verifier.close();
  await issuer[Symbol.asyncDispose]();
});

function make(options: Partial<VerifierOptions> = {}): Verifier {
  return createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwksUri: `${issuer.origin}/jw-certs`,
    timeoutMs: 5000,
    cooldownMs: 30_000,
    clock,
    random: () => 1,
    ...options,
    hooks: { onFetch: (event) => fetches.push(event), ...options.hooks },
  });
}

const remake = async (options: Partial<VerifierOptions>) => {
  await verifier.close();
  verifier = make(options);
};
const refusedAs = (code: string) => expect.objectContaining({ name: 'TokenInvalidError', code });

describe('a verifier', () => {
  it('tells who calls', async () => {
    const { userId, sessionId, roles, expiresAt } = await verifier.verify(token(first));
    expect({ userId, sessionId, roles }).toEqual({
      userId: claims().sub,
      sessionId: SESSION,
      roles: [{ id: '1', identifier: 'seller', priority: 10 }],
    });
    expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(890_000);
  });

  it.each(['ES256', 'ES384', 'RS256', 'PS256'] as const)('takes %s', async (alg) => {
    const key = testKey('other', alg);
    issuer.behave(set(key));
    await expect(verifier.verify(token(key))).resolves.toMatchObject({ sessionId: SESSION });
  });

  it('takes the algorithms that it is told to', async () => {
    await remake({ algorithms: ['PS256'] });
    await expect(verifier.verify(token(first))).rejects.toThrow(KeysUnavailableError);
  });

  it.each([
    ['expired', { exp: claims().iat - 61 }],
    ['not-yet-valid', { nbf: claims().iat + 90 }],
    ['issuer', { iss: `${ISSUER}/` }],
    ['audience', { aud: 'shop' }],
    ['claims', { sid: undefined }],
  ])('says why a token is refused: %s', async (code, payload) => {
    await expect(verifier.verify(token(first, payload))).rejects.toEqual(refusedAs(code));
  });

  it('allows the clocks 60 seconds', async () => {
    const { iat } = claims();
    await verifier.verify(token(first, { exp: iat - 55 }));
    await verifier.verify(token(first, { nbf: iat + 55 }));
    await remake({ clockToleranceSeconds: 0 });
    await expect(verifier.verify(token(first, { exp: iat - 1 }))).rejects.toEqual(refusedAs('expired'));
  });

  it('refuses options that cannot be meant', () => {
    expect(() => make({ clockToleranceSeconds: 61 })).toThrow(RangeError);
    expect(() => make({ algorithms: ['HS256' as never] })).toThrow(TypeError);
    expect(() => make({ audience: [] })).toThrow(TypeError);
    expect(() => make({ jwksUri: 'file:///etc/passwd' })).toThrow(TypeError);
    expect(() => make({ jwksUri: 'http://a:b@identity/jw-certs' })).toThrow(TypeError);
  });

  it('is told of by hooks that cannot break it', async () => {
    const outcomes: string[] = [];
    const onVerify = ({ outcome }: { outcome: string }) => {
      outcomes.push(outcome);
      throw new Error('a metric that fails');
    };
    await remake({ hooks: { onVerify, onFetch: () => Promise.reject(new Error('another one')) } });
    await verifier.verify(token(first));
    await expect(verifier.verify(token(first, { aud: 'shop' }))).rejects.toEqual(refusedAs('audience'));
    expect(outcomes).toEqual(['ok', 'audience']);
  });
});

describe('the keys', () => {
  it('are fetched once, however many ask at first', async () => {
    await Promise.all(Array.from({ length: 50 }, () => verifier.verify(token(first))));
    expect(issuer.asked).toEqual(['/jw-certs']);
  });

  it('are fetched once in each cooldown, however many kids somebody invents', async () => {
    await verifier.ready();
    const invented = () =>
      Array.from({ length: 50 }, (_, index) => verifier.verify(token(first, {}, { kid: `invented-${index}` })));
    for (const outcome of await Promise.allSettled([...invented(), ...invented()]))
      expect(outcome).toMatchObject({ reason: refusedAs('unknown-key') });
    await Promise.allSettled(invented());
    expect(issuer.asked.length).toBe(2);
    clock.advance(30_000);
    await Promise.allSettled(invented());
    expect(issuer.asked.length).toBe(3);
  });

  it('are found when they are new, and at once', async () => {
    await verifier.ready();
    issuer.behave(set(first, second));
    await expect(verifier.verify(token(second))).resolves.toMatchObject({ sessionId: SESSION });
  });

  it('that are known wait for nothing, even while others are looked for', async () => {
    await remake(IMPATIENT);
    await verifier.ready();
    issuer.behave(hang);
    const looking = verifier.verify(token(second));
    looking.catch(() => undefined);
    await until('the look', () => issuer.asked.length === 2);
    await verifier.verify(token(first));
    expect(fetches.length).toBe(1);
    await expect(looking).rejects.toThrow(KeysUnavailableError);
  });

  it('are fetched again before they are stale, beside the verifying', async () => {
    issuer.behave(json({ keys: [first.jwk] }, { 'cache-control': 'public, max-age=1' }));
    await verifier.ready();
    await until('a second look', () => issuer.asked.length > 1);
    expect(fetches[0]).toMatchObject({ outcome: 'ok', keys: 1 });
  });

  it('that the set no longer has are gone with it: that is how a key is revoked', async () => {
    await verifier.verify(token(first));
    issuer.behave(set(second));
    await verifier.verify(token(second));
    await expect(verifier.verify(token(first))).rejects.toEqual(refusedAs('unknown-key'));
  });

  it.each([
    ['500', status(500)],
    ['204', status(204)],
    ['a redirect', (_: unknown, response: ServerResponse) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['no JSON', (_: unknown, response: ServerResponse) => response.end('<html>')],
    ['a set of nothing', json({ keys: [] })],
    ['no set', json({ keys: 'none' })],
    ['more than anybody would publish', json({ keys: [], padding: 'x'.repeat(200_000) })],
    ['a body that stops', stop],
    ['silence', hang],
    ['a connection that is cut', (request: IncomingMessage) => request.socket.destroy()],
  ])('stand while the issuer answers %s, and none are taken from it', async (_what, behaviour) => {
    if (behaviour === hang || behaviour === stop) await remake(IMPATIENT);
    await verifier.ready();
    issuer.behave(behaviour);
    await expect(verifier.verify(token(second))).rejects.toThrow(KeysUnavailableError);
    expect(fetches.at(-1)).toMatchObject({ outcome: 'error', keys: 1 });
    await verifier.verify(token(first));
    expect(issuer.asked).not.toContain('/elsewhere');
    issuer.behave(set(first, second));
    clock.advance(30_000);
    await verifier.verify(token(second));
  });

  it('do not stand for longer than they are told to', async () => {
    await remake({ maxStaleMs: 60_000 });
    await verifier.verify(token(first));
    issuer.behave(status(503));
    clock.advance(60_001);
    await expect(verifier.verify(token(first))).rejects.toThrow(KeysUnavailableError);
    issuer.behave(set(first));
    clock.advance(1001);
    await verifier.verify(token(first));
  });

  it('that cannot be had at first make 503, and are asked for again after a pause only', async () => {
    issuer.behave(status(503));
    await expect(verifier.ready()).rejects.toThrow(KeysUnavailableError);
    for (let times = 0; times < 10; times += 1)
      await expect(verifier.verify(token(first))).rejects.toThrow(KeysUnavailableError);
    expect(issuer.asked.length).toBe(1);
    issuer.behave(set(first));
    clock.advance(1001);
    await verifier.verify(token(first));
  });

  it('that must not verify are left out, and the others stand', async () => {
    const leaked = { ...second.jwk, d: 'c2VjcmV0' };
    issuer.behave(json({ keys: [leaked, { kty: 'oct', k: 'c2VjcmV0', kid: 'oct', alg: 'HS256' }, first.jwk] }));
    await verifier.verify(token(first));
    await expect(verifier.verify(token(second))).rejects.toEqual(refusedAs('unknown-key'));
    expect(fetches[0]?.refused.map(({ kid }) => kid)).toEqual(['second', 'oct']);
    expect(JSON.stringify(fetches)).not.toContain('c2VjcmV0');
  });
});

describe('a caller who no longer waits', () => {
  it('is let go at once, and the fetch goes on for the others', async () => {
    let answer = () => {};
    issuer.behave((request, response) => {
      answer = () => void set(first)(request, response);
    });
    const controller = new AbortController();
    const given = verifier.verify(token(first), { signal: controller.signal });
    const waiting = verifier.verify(token(first));
    await until('the question', () => issuer.asked.length === 1);
    controller.abort(new Error('gone'));
    await expect(given).rejects.toThrow('gone');
    answer();
    await expect(waiting).resolves.toMatchObject({ sessionId: SESSION });
  });

  it('finds a closed verifier closed', async () => {
    await verifier.close();
    const refused = verifier.verify(token(first));
    await expect(refused).rejects.not.toBeInstanceOf(TokenInvalidError);
    await expect(refused).rejects.toThrow(KeysUnavailableError);
    expect(issuer.asked).toEqual([]);
  });
});
