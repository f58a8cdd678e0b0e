import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, credentials, randomUsername } from '../support/client.js';
import { startService, type TestService } from '../support/start-service.js';
import { expectProblem } from './support/problems.js';
import { sendRaw } from './support/raw-http.js';

const BASE = '/v1/api/identity';
const HOST = 'Host: identity.example\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const HEALTH = `GET ${BASE}/healthz HTTP/1.1\r\n`;
const REFRESH = `POST ${BASE}/auth/token/refresh HTTP/1.1\r\n${HOST}${JSON_TYPE}`;
const malformed = { status: 400, code: 'request.malformed' };
const notFound = { status: 404, code: 'request.not-found' };

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.stop();
});

async function first(bytes: string | Buffer, options: { end?: boolean } = {}): Promise<Answer> {
  const [answer] = await sendRaw(service.origin, bytes, options);
  if (!answer) throw new Error('no complete answer');
  return answer;
}

/** The service is as it was: whatever came before cost one connection at most. */
async function expectAlive(): Promise<void> {
  expect((await first(`${HEALTH}${HOST}\r\n`)).status).toBe(200);
}

describe('a request target', () => {
  it.each([
    ['an address that nobody serves', `${BASE}/nothing`],
    ['NUL', `${BASE}/%00`],
    ['a file of the documentation, with NUL', `${BASE}/doc/%00`],
    ['an escaped slash', `${BASE}%2fhealthz`],
    ['another case', `${BASE.toUpperCase()}/HEALTHZ`],
    ['a slash at the end', `${BASE}/healthz/`],
    ['a path parameter', `${BASE}/healthz;x=1`],
    ['dots that climb', `${BASE}/../../../etc/passwd`],
    ['escaped dots that climb', `${BASE}/doc/..%2f..%2fpackage.json`],
    ['two slashes first', `//evil.example${BASE}/healthz`],
    ['12,000 characters', `${BASE}/${'a'.repeat(12_000)}`],
    ['a parameter of 129 characters', `${BASE}/sessions/${'1'.repeat(129)}`],
    ['an absolute form of another host', `http://evil.example${BASE}/nothing`],
    ['the root', '/'],
    ['a WordPress login', '/wp-login.php'],
    ['a dot file', '/.env'],
  ])('with %s is not found', async (_what, target) => {
    const answer = await first(`GET ${target} HTTP/1.1\r\n${HOST}\r\n`);
    expectProblem(answer, notFound);
    expect(answer.body.instance).toMatch(/^\//);
    expect(answer.body.instance).not.toContain('http:');
  });

  it.each([
    ['a percent escape that is none', `${BASE}/%zz`],
    ['half an escape', `${BASE}/%`],
    ['escapes that are not UTF-8', `${BASE}/sessions/%ff`],
    ['an overlong encoding of a dot', `${BASE}/doc/%c0%ae%c0%ae`],
    ['a space', `${BASE}/a b`],
    ['no slash', 'healthz'],
    ['a scheme and no host', 'ftp:evil'],
  ])('with %s is malformed', async (_what, target) => {
    expectProblem(await first(`GET ${target} HTTP/1.1\r\n${HOST}\r\n`), malformed);
  });

  it('of bytes that are not ASCII is malformed', async () => {
    expectProblem(await first(Buffer.from(`GET ${BASE}/\xff\xfe HTTP/1.1\r\n${HOST}\r\n`, 'latin1')), malformed);
  });

  it('of 20,000 characters is more than the headers may have', async () => {
    expectProblem(await first(`GET ${BASE}/${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`), { status: 431 });
  });

  it('in absolute form is served as the path that it names', async () => {
    expect((await first(`GET http://evil.example${BASE}/healthz HTTP/1.1\r\n${HOST}\r\n`)).status).toBe(200);
  });
});

describe('a method', () => {
  it.each([
    ['PUT', '/auth/sign-in'],
    ['GET', '/auth/sign-in'],
    ['DELETE', '/auth/sign-in'],
    ['PATCH', '/auth/token/refresh'],
    ['POST', '/users/me'],
    ['POST', '/healthz'],
    ['OPTIONS', '/auth/sign-in'],
    ['OPTIONS', '/users/me'],
    ['TRACE', '/healthz'],
    ['TRACE', '/users/me'],
    ['PROPFIND', '/users/me'],
    ['PURGE', '/users/me'],
  ])('%s that %s does not have finds nothing [ASVS 13.4.4]', async (method, path) => {
    const answer = await first(`${method} ${BASE}${path} HTTP/1.1\r\n${HOST}X-Secret: echo-me\r\n\r\n`);
    expectProblem(answer, notFound);
    expect(answer.text).not.toContain('echo-me');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('OPTIONS for the whole server finds nothing', async () => {
    expectProblem(await first(`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`), notFound);
  });

  it.each(['BOGUS', 'get', 'GET\0', '', 'G'.repeat(20_000)])('%j is malformed', async (method) => {
    expectProblem(await first(`${method} ${BASE}/healthz HTTP/1.1\r\n${HOST}\r\n`), malformed);
  });

  it('CONNECT is not answered: this is no proxy', async () => {
    expect(await sendRaw(service.origin, `CONNECT evil.example:443 HTTP/1.1\r\n${HOST}\r\n`)).toEqual([]);
    await expectAlive();
  });

  it('cannot be overridden by a header', async () => {
    const override = 'X-HTTP-Method-Override: DELETE\r\nX-Method-Override: DELETE\r\nX-HTTP-Method: DELETE\r\n';
    expect((await first(`${HEALTH}${HOST}${override}\r\n`)).status).toBe(200);
  });

  it.each(['/healthz', '/users/me', '/nothing'])(
    'HEAD %s has the status and headers of GET and no body',
    async (path) => {
      const [head, get] = await Promise.all(
        ['HEAD', 'GET'].map((method) => fetch(`${service.origin}${BASE}${path}`, { method })),
      );
      expect(head?.status).toBe(get?.status);
      expect(await head?.text()).toBe('');
      expect(head?.headers.get('content-type')).toBe(get?.headers.get('content-type'));
      expect(head?.headers.get('x-request-id')).toBeTruthy();
    },
  );
});

describe('the Host', () => {
  it.each([
    ['missing', ''],
    ['there twice', `${HOST}Host: evil.example\r\n`],
    ['there twice with equal values', `${HOST}${HOST}`],
  ])('that is %s is malformed (RFC 9112, section 3.2)', async (_what, hosts) => {
    expectProblem(await first(`${HEALTH}${hosts}\r\n`), malformed);
  });

  it('may be missing in HTTP/1.0', async () => {
    expect((await first(`GET ${BASE}/healthz HTTP/1.0\r\n\r\n`)).status).toBe(200);
  });

  it.each(['', 'evil.example', 'evil.example:99999', 'a b', '[::1', '"><script>', '../..'])(
    'that is %j changes nothing, since nothing is built from it',
    async (host) => {
      const answer = await first(
        `GET ${BASE}/nothing HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Host: evil.example\r\n\r\n`,
      );
      expectProblem(answer, notFound);
      expect(JSON.stringify([answer.text, ...answer.headers])).not.toMatch(/evil|script/);
    },
  );
});

describe('headers', () => {
  const health = (headers: string) => first(`${HEALTH}${HOST}${headers}\r\n`);

  it.each([
    ['one of 20,000 characters', `X-A: ${'a'.repeat(20_000)}\r\n`],
    ['one with a name of 20,000', `${'a'.repeat(20_000)}: 1\r\n`],
    ['2,500 of them', Array.from({ length: 2500 }, (_, at) => `a${at}: 1\r\n`).join('')],
    ['the same one 2,500 times', 'a: 12\r\n'.repeat(2500)],
  ])('%s are more than they may be', async (_what, headers) => {
    expectProblem(await health(headers), { status: 431 });
    await expectAlive();
  });

  it('of 500 lines, within the limit, are no reason to refuse', async () => {
    expect((await health(Array.from({ length: 500 }, (_, at) => `a${at}: 1\r\n`).join(''))).status).toBe(200);
  });

  it.each([
    ['a bare CR in a value', 'X-A: a\rX-B: b\r\n'],
    ['a bare LF at the end', 'X-A: a\n'],
    ['NUL in a value', 'X-A: a\0b\r\n'],
    ['a folded line', 'X-A: a\r\n b\r\n'],
    ['a space before the colon', 'X-A : a\r\n'],
    ['a space before the name', ' X-A: a\r\n'],
    ['no colon', 'X-A\r\n'],
    ['an empty name', ': a\r\n'],
    ['a NUL in a name', 'X\0A: a\r\n'],
    ['bytes over ASCII in a name', 'Xé: a\r\n'],
  ])('with %s are malformed', async (_what, headers) => {
    expectProblem(await health(headers), malformed);
  });

  it.each(['a b', 'é', '"x"', '{"level":60}', 'a'.repeat(129), '\u00ff', 'a,b', '<b>'])(
    'with the request id %j get one of our own',
    async (id) => {
      const answer = await health(`X-Request-Id: ${id}\r\n`);
      expect(answer.headers.get('x-request-id')).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    },
  );

  it('with two request ids get one of our own; with a good one, that', async () => {
    const two = await health('X-Request-Id: one\r\nX-Request-Id: two\r\n');
    expect(two.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    expect((await health('X-Request-Id: trace-1._=\r\n')).headers.get('x-request-id')).toBe('trace-1._=');
  });

  it('with an expectation that nobody knows are served all the same', async () => {
    const answer = await first(`${REFRESH}Expect: 200-maybe\r\nContent-Length: 2\r\n\r\n{}`);
    expectProblem(answer, { status: 422 });
  });

  it('that ask to upgrade are served as HTTP/1.1', async () => {
    for (const protocol of ['websocket', 'h2c', 'TLS/1.2'])
      expect((await health(`Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`)).status).toBe(200);
  });
});

describe('what is no HTTP', () => {
  it.each([
    ['a TLS handshake', Buffer.from('16030100a5010000a10303', 'hex')],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/3.0', `GET ${BASE}/healthz HTTP/3.0\r\n${HOST}\r\n`],
    ['a command of Redis', '*1\r\n$4\r\nPING\r\n'],
    ['a command of SMTP', 'EHLO evil.example\r\n'],
    ['zeros', Buffer.alloc(100)],
    ['a response', 'HTTP/1.1 200 OK\r\n\r\n'],
  ])('%s is malformed, and closes the connection', async (_what, bytes) => {
    const answer = await first(bytes);
    expectProblem(answer, malformed);
    expect(answer.headers.get('connection')).toBe('close');
    await expectAlive();
  });
});

describe('where a body ends', () => {
  const chunked = `${REFRESH}Transfer-Encoding: chunked\r\n\r\n`;

  it.each([
    ['both a length and chunks', `${REFRESH}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['chunks and then a length', `${REFRESH}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${REFRESH}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} `],
    ['two equal lengths', `${REFRESH}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`],
    ['a list of lengths', `${REFRESH}Content-Length: 2, 2\r\n\r\n{}`],
    ['a length with a sign', `${REFRESH}Content-Length: +2\r\n\r\n{}`],
    ['a negative length', `${REFRESH}Content-Length: -1\r\n\r\n{}`],
    ['a hexadecimal length', `${REFRESH}Content-Length: 0x2\r\n\r\n{}`],
    ['a length past every number', `${REFRESH}Content-Length: ${'9'.repeat(40)}\r\n\r\n{}`],
    ['an unknown transfer coding', `${REFRESH}Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ['a coding after chunked', `${REFRESH}Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ['chunked twice', `${REFRESH}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`],
    ['chunked with a vertical tab', `${REFRESH}Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n`],
    ['a chunk size that is none', `${chunked}zz\r\n{}\r\n0\r\n\r\n`],
    ['a chunk size with a sign', `${chunked}+2\r\n{}\r\n0\r\n\r\n`],
    ['a chunk size past every number', `${chunked}${'f'.repeat(17)}\r\n{}\r\n0\r\n\r\n`],
    ['a chunk that is longer than it says', `${chunked}1\r\n{}\r\n0\r\n\r\n`],
    ['a chunk ended by LF', `${chunked}2\n{}\n0\n\n`],
  ])('cannot be said in two ways: %s is malformed, and closes the connection', async (_what, bytes) => {
    const smuggled = `GET ${BASE}/users/me HTTP/1.1\r\n${HOST}X-Request-Id: smuggled\r\n\r\n`;
    const answers = await sendRaw(service.origin, bytes + smuggled, { answers: 3 });
    expect(answers).toHaveLength(1);
    expectProblem(answers[0]!, malformed);
    expect(answers[0]?.headers.get('connection')).toBe('close');
    expect(answers[0]?.headers.get('x-request-id')).not.toBe('smuggled');
  });

  it('is where the length says: what follows is a request of its own', async () => {
    const answers = await sendRaw(service.origin, `${REFRESH}Content-Length: 2\r\n\r\n{}{"refreshToken":"x"}\r\n\r\n`, {
      answers: 3,
    });
    expect(answers.map(({ status }) => status)).toEqual([422, 400]);
    answers.forEach((answer) => expectProblem(answer));
  });

  it('and nothing came before it: malformed', async () => {
    expectProblem(await first(`${REFRESH}Content-Length: 1000\r\n\r\n{`, { end: true }), malformed);
    expectProblem(await first(`${chunked}ff\r\n{`, { end: true }), malformed);
  });

  it('and extensions of its chunks may not be endless', async () => {
    const answer = await first(`${chunked}2;${'a'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`);
    expectProblem(answer);
    expect([400, 413, 431]).toContain(answer.status);
    await expectAlive();
  });

  it('of a GET does not matter', async () => {
    expect((await first(`${HEALTH}${HOST}${JSON_TYPE}Content-Length: 5\r\n\r\nabcde`)).status).toBe(200);
  });

  it('is not found by who has answered already: there is no second answer', async () => {
    const head = `${HEALTH}${HOST}Transfer-Encoding: chunked\r\n\r\n`;
    const answers = await sendRaw(service.origin, head, { answers: 2, later: 'zz\r\n' });
    expect(answers.map(({ status }) => status)).toEqual([200]);
  });

  it('of a body without a type is no reason to guess one', async () => {
    const answer = await first(
      `POST ${BASE}/auth/token/refresh HTTP/1.1\r\n${HOST}Content-Length: 20\r\n\r\n{"refreshToken":"x"}`,
    );
    expectProblem(answer, { status: 415, code: 'request.unsupported-media-type' });
  });

  it('that is not there at all is an invalid request', async () => {
    expectProblem(await first(`POST ${BASE}/auth/token/refresh HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`), {
      status: 422,
    });
  });
});

describe('a body of ten megabytes', () => {
  const SIZE = 10 * 1024 * 1024;
  const tooLarge = { status: 413, code: 'request.too-large' };

  it('is refused before it is sent', async () => {
    expectProblem(await first(`${REFRESH}Content-Length: ${SIZE}\r\n\r\n`), tooLarge);
  });

  it('is refused when it is sent at once', async () => {
    const head = Buffer.from(`${REFRESH}Content-Length: ${SIZE}\r\n\r\n`);
    expectProblem(await first(Buffer.concat([head, Buffer.alloc(SIZE, ' ')])), tooLarge);
    await expectAlive();
  });

  it('is refused in chunks, which do not say how many will come', async () => {
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, ' '), Buffer.from('\r\n')]);
    const head = Buffer.from(`${REFRESH}Transfer-Encoding: chunked\r\n\r\n`);
    const body = Array.from({ length: SIZE / 0x10000 }, () => chunk);
    expectProblem(await first(Buffer.concat([head, ...body, Buffer.from('0\r\n\r\n')])), tooLarge);
    await expectAlive();
  });

  it('is refused though it says to be small: the rest is no request', async () => {
    const bytes = Buffer.concat([Buffer.from(`${REFRESH}Content-Length: 2\r\n\r\n{}`), Buffer.alloc(SIZE, 'x')]);
    const answers = await sendRaw(service.origin, bytes, { answers: 2 });
    answers.forEach((answer) => expectProblem(answer));
    expect(answers[0]?.status).toBe(422);
    await expectAlive();
  });
});

describe('requests in one pipe', () => {
  it('are answered in their order, each with its own id', async () => {
    const ids = Array.from({ length: 20 }, (_, at) => `pipe-${at}`);
    const bytes = ids.map((id, at) =>
      at % 2 === 0
        ? `${HEALTH}${HOST}X-Request-Id: ${id}\r\n\r\n`
        : `${REFRESH}X-Request-Id: ${id}\r\nContent-Length: 2\r\n\r\n{}`,
    );
    const answers = await sendRaw(service.origin, bytes.join(''), { answers: ids.length });
    expect(answers.map(({ headers }) => headers.get('x-request-id'))).toEqual(ids);
    expect(answers.map(({ status }) => status)).toEqual(ids.map((_id, at) => (at % 2 === 0 ? 200 : 422)));
  });

  it('are answered before the rubbish that follows them, which nobody then takes for their answer', async () => {
    const body = JSON.stringify(credentials(randomUsername()));
    const signUp = `POST ${BASE}/auth/sign-up HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: ${body.length}\r\n\r\n${body}`;
    const answers = await sendRaw(service.origin, `${signUp}RUBBISH\r\n\r\n`, { answers: 2 });
    expect(answers.map(({ status }) => status)).toEqual([201, 400]);
    expectProblem(answers[1]!, malformed);
  });
});
