import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeJwt } from 'jose';
import { randomEmail } from '../support/addresses.js';
import { signUpAdministrator } from '../support/administrators.js';
import { type Answer, credentials, PASSWORD, randomUsername, type Tokens } from '../support/client.js';
import { addressed, requestCode } from '../support/codes.js';
import { countedTogether } from '../support/counted-together.js';
import { type Messaging, startMessaging } from '../support/messaging.js';
import { sessionRow } from '../support/records.js';
import { PatientClient } from '../support/patient-client.js';
import { startService, type TestService } from '../support/start-service.js';
import { expectProblem, expectSound } from './support/problems.js';
import { sendRaw } from './support/raw-http.js';

const BASE = '/v1/api/identity';
const JSON_TYPE = 'Content-Type: application/json\r\n';
/** Whatever any proxy or framework has ever taken for the address under which it was called. */
const ELSEWHERE = [
  'X-Forwarded-Host: evil.example',
  'X-Forwarded-Server: evil.example',
  'X-Forwarded-Proto: evil',
  'X-Forwarded-Port: 666',
  'X-Forwarded-Prefix: /evil',
  'X-Host: evil.example',
  'X-HTTP-Host-Override: evil.example',
  'Forwarded: for=6.6.6.6;host=evil.example;proto=evil',
  'Origin: https://evil.example',
  'Referer: https://evil.example/',
].join('\r\n');
/** A port stands after a colon: anywhere else it may be part of an id. */
const FROM_ELSEWHERE = /evil\.example|evil:|\/evil\b|:666\b/;

let service: TestService;
let messaging: Messaging;
let addresses = 0;

beforeAll(async () => {
  service = await startService({ env: { TRUSTED_PROXY_HOPS: '2' } });
  service.client = new PatientClient(service.origin);
  messaging = await startMessaging(service);
});
afterAll(async () => {
  await messaging.stop();
  await service.stop();
});

/** A request as bytes, from a Host and with headers that a client would not send. */
async function ask(method: string, path: string, headers: string, body?: unknown): Promise<Answer> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const content = body === undefined ? '' : `${JSON_TYPE}Content-Length: ${Buffer.byteLength(text)}\r\n`;
  const [answer] = await sendRaw(service.origin, `${method} ${path} HTTP/1.1\r\n${headers}\r\n${content}\r\n${text}`);
  if (!answer) throw new Error('no complete answer');
  return answer;
}

describe('the address that a caller says he has called', () => {
  const evil = `Host: evil.example\r\n${ELSEWHERE}`;
  const expectOurs = (answer: Answer) =>
    expect(JSON.stringify([answer.text, ...answer.headers])).not.toMatch(FROM_ELSEWHERE);

  it('is in no answer and in no token: the issuer is the setting', async () => {
    const answer = await ask('POST', `${BASE}/auth/sign-up`, evil, credentials(randomUsername()));
    expect(answer.status).toBe(201);
    expectOurs(answer);
    expect(decodeJwt((answer.body as Tokens).accessToken)).toMatchObject({ iss: service.env.JWT_ISSUER });
  });

  it.each([
    '/jw-certs',
    `${BASE}/doc/openapi.json`,
    `${BASE}/doc`,
    `${BASE}/healthz`,
    `${BASE}/readyz`,
    `${BASE}/nothing`,
  ])('is not in %s', async (path) => {
    expectOurs(await ask('GET', path, evil));
  });

  it('is in no mail', async () => {
    const email = randomEmail();
    const order = { namespace: 'verify-email', identifier: addressed(email) };
    expect((await ask('POST', `${BASE}/otp/request`, evil, order)).status).toBe(202);
    const message = await messaging.received(email);
    expect(message.text).toMatch(/\b\d{6}\b/);
    expect(JSON.stringify(message)).not.toMatch(FROM_ELSEWHERE);
  });

  it.each(['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Uri', 'X-Original-Method', 'X-HTTP-Method-Override'])(
    'does not lead elsewhere by %s',
    async (name) => {
      const answer = await ask('GET', `${BASE}/healthz`, `Host: a\r\n${name}: ${BASE}/users/me\r\n${name}: DELETE`);
      expect(answer).toMatchObject({ status: 200, body: { status: 'ok' } });
    },
  );
});

describe('where a request comes from, behind two proxies of ours', () => {
  const addressOf = async (headers: string) => {
    const { status, body } = await ask(
      'POST',
      `${BASE}/auth/sign-up`,
      `Host: a\r\n${headers}`,
      credentials(randomUsername()),
    );
    expect(status).toBe(201);
    return (await sessionRow(service, body.sessionId as string)).ip;
  };

  it.each([
    ['what the outer one saw', 'X-Forwarded-For: 203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['not what stood there before', 'X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['however much stood there', `X-Forwarded-For: ${'6.6.6.6, '.repeat(1000)}203.0.113.7, 10.0.0.2`, '203.0.113.7'],
    ['also in lines of its own', 'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['and of IPv6', 'X-Forwarded-For: 6.6.6.6, 2001:DB8::7, 10.0.0.2', '2001:db8::7'],
    ['the peer, where what it saw is no address', 'X-Forwarded-For: 6.6.6.6, x, 10.0.0.2', '127.0.0.1'],
    ['the same with nothing between commas', 'X-Forwarded-For: 6.6.6.6, , 203.0.113.7, 10.0.0.2', '203.0.113.7'],
  ])('is %s', async (_what, headers, address) => {
    expect(await addressOf(headers)).toBe(address);
  });

  it.each([
    'X-Real-IP',
    'X-Client-IP',
    'X-Cluster-Client-IP',
    'True-Client-IP',
    'CF-Connecting-IP',
    'Fastly-Client-IP',
    'X-Original-Forwarded-For',
    'Client-IP',
    'Via',
  ])('is not what stands in %s', async (name) => {
    expect(await addressOf(`${name}: 6.6.6.6`)).toBe('127.0.0.1');
  });

  it('is not what stands in Forwarded', async () => {
    expect(await addressOf('Forwarded: for=6.6.6.6, for=6.6.6.7')).toBe('127.0.0.1');
  });

  it('is not escaped by another text before it for each guess: the address is locked all the same', () =>
    countedTogether(async () => {
      addresses += 1;
      const statuses: number[] = [];
      for (let at = 0; at < 12; at += 1) {
        const guess = credentials(randomUsername(), 'not what it is at all');
        const headers = `Host: a\r\nX-Forwarded-For: 6.6.6.${at}, 198.51.100.${addresses}, 10.0.0.2`;
        statuses.push((await ask('POST', `${BASE}/auth/sign-in`, headers, guess)).status);
      }
      expect(statuses.slice(-2)).toEqual([429, 429]);
    }));
});

describe('a query', () => {
  it.each([
    '__proto__=1',
    '__proto__[isAdmin]=true',
    '__proto__.isAdmin=true',
    'constructor=1',
    'constructor[prototype][isAdmin]=true',
    'prototype=1',
    'toString=1',
    'limit[__proto__]=1',
    'limit[]=1',
    'limit=1&limit=2',
    'limit=1;isAdmin=true',
    '%5f%5fproto%5f%5f=1',
    '=1',
    'a'.repeat(5000),
    Array.from({ length: 1500 }, (_, at) => `a${at}=1`)
      .join('&')
      .slice(0, 9000),
  ])('of %s is refused as what nobody knows, and leaves nothing behind', async (query) => {
    const { accessToken } = await service.client.signUp();
    const answer = await service.client.get(`/sessions?${query}`, accessToken);
    expectProblem(answer, { status: 422, code: 'request.invalid' });
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it('of any characters is sound', async () => {
    const { accessToken } = await signUpAdministrator(service);
    for (const text of [
      '%00',
      '%0d%0aX-A:%20b',
      '%e2%80%ae',
      '%ff',
      '%',
      '%25',
      '_',
      "'",
      '\\',
      '%f0%9f%98%80',
      '*',
      '[a-',
    ])
      for (const path of ['/admin/users?query=', '/admin/audit-events?action=', '/admin/configurations?group='])
        expectSound(await service.client.get(`${path}${text}`, accessToken));
  });
});

describe('a body', () => {
  const smuggled = `GET ${BASE}/doc/openapi.json HTTP/1.1\r\nHost: a\r\nX-Request-Id: smuggled\r\n\r\n`;
  const length = `Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`;
  const chunks = `Transfer-Encoding: chunked\r\n\r\n${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
  const next = `GET ${BASE}/healthz HTTP/1.1\r\nHost: a\r\nX-Request-Id: next\r\n\r\n`;

  it.each([
    ['of a GET', `GET ${BASE}/healthz`, ''],
    ['of an address that nobody serves', `POST ${BASE}/nothing`, JSON_TYPE],
    ['of who may not call', `POST ${BASE}/auth/sign-out-all`, JSON_TYPE],
    ['of another type', `POST ${BASE}/auth/sign-in`, 'Content-Type: text/plain\r\n'],
    ['that is no JSON', `POST ${BASE}/auth/sign-in`, JSON_TYPE],
    ['of OPTIONS', `OPTIONS ${BASE}/auth/sign-in`, ''],
    ['with Expect', `POST ${BASE}/nothing`, `${JSON_TYPE}Expect: 100-continue\r\n`],
  ])('%s is never taken for a request', async (_what, line, headers) => {
    for (const body of [length, chunks]) {
      const bytes = `${line} HTTP/1.1\r\nHost: a\r\n${headers}${body}`;
      const answers = await sendRaw(service.origin, bytes + next, { answers: 3, end: true });
      const ids = answers.map((answer) => answer.headers.get('x-request-id'));
      expect(ids).not.toContain('smuggled');
      for (const answer of answers) expect(answer.text).not.toContain('openapi');
    }
  });

  it('may have extensions of its chunks, which mean nothing, and trailers, which are no headers', async () => {
    const { accessToken } = await service.client.signUp();
    const head = `GET ${BASE}/users/me HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const bytes = `${head}0;a=b;Content-Length=9\r\nAuthorization: Bearer ${accessToken}\r\nX-Request-Id: trailed\r\n\r\n${next}`;
    const [answer, after] = await sendRaw(service.origin, bytes, { answers: 2 });
    expectProblem(answer!, { status: 401 });
    expect(answer?.headers.get('x-request-id')).not.toBe('trailed');
    expect(after?.headers.get('x-request-id')).toBe('next');
  });

  it.each([
    ['lines that end in LF alone', `GET ${BASE}/healthz HTTP/1.1\nHost: a\n\n`],
    ['a header that ends in CR alone', `GET ${BASE}/healthz HTTP/1.1\r\nHost: a\rX-A: b\r\n\r\n`],
    ['a second request line among the headers', `GET ${BASE}/healthz HTTP/1.1\r\nHost: a\r\nGET / HTTP/1.1\r\n\r\n`],
    [
      'chunks in HTTP/1.0',
      `POST ${BASE}/auth/sign-in HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
  ])('or its head may not be told apart in two ways: %s is refused', async (_what, bytes) => {
    const answers = await sendRaw(service.origin, bytes + smuggled, { answers: 3 });
    expect(answers).toHaveLength(1);
    expectProblem(answers[0]!, { status: 400, code: 'request.malformed' });
  });
});

describe('a name or an address with a line in it', () => {
  it.each([
    '\r\nBcc: x@evil.example',
    '\nBcc: x@evil.example',
    '%0d%0aBcc: x@evil.example',
    '\u2028Bcc: x@evil.example',
    '>,<x@evil.example',
  ])('sends no mail to anybody else: %j', async (rest) => {
    const identifier = { scheme: 'email', value: `${randomEmail()}${rest}` };
    expectProblem(await service.client.post('/otp/request', { namespace: 'verify-email', identifier }), {
      status: 422,
    });
    const signUp = { identifier, credential: { scheme: 'password', value: PASSWORD } };
    expectProblem(await service.client.post('/auth/sign-up', signUp), { status: 422 });
    await messaging.idle();
    expect(await messaging.all('x@evil.example')).toEqual([]);
  });

  it('is found out: the same without it is sent', async () => {
    const email = randomEmail();
    expect((await requestCode(service.client, 'verify-email', email)).status).toBe(202);
    expect(await messaging.code(email)).toMatch(/^\d{6}$/);
  });
});
