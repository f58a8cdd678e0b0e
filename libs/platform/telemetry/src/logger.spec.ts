import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { QueryFailedError } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAccessLogger, createLogger } from './logger.js';
import { requestContext, runInRequestContext } from './request-context.js';

let written: string[];
let logger: ReturnType<typeof createLogger>;

beforeEach(() => {
  written = [];
  logger = createLogger({ logLevel: 'trace', mode: 'api' }, { write: (line) => void written.push(line) });
});

function lines(): Record<string, unknown>[] {
  return written.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a log line', () => {
  it('is JSON with the fields of the contract, in UTC, and no more [ASVS 16.2.2]', () => {
    logger.info({ route: '/healthz', status: 200 }, 'request');
    const [line] = lines();
    expect(Object.keys(line ?? {})).toEqual(['level', 'time', 'service', 'mode', 'route', 'status', 'msg']);
    expect(line).toMatchObject({
      level: 'info',
      service: 'nx-seller-identity',
      mode: 'api',
      msg: 'request',
      status: 200,
    });
    expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(written[0]).toMatch(/^[^\n]*\n$/);
  });

  it('has its level as a word, which the runbook looks for', () => {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) logger[level]('x');
    expect(lines().map(({ level }) => level)).toEqual(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);
    expect(written[4]).toContain('"level":"error"');
  });

  it('of a request has the same form, and what was given alone', () => {
    const access = createAccessLogger({ logLevel: 'info', mode: 'api' }, { write: (line) => void written.push(line) });
    runInRequestContext({ requestId: 'r1', userId: 'u1' }, () => {
      access.info({ requestId: 'r1', status: 200, msg: 'request' });
      logger.info({ status: 200, msg: 'request' });
    });
    const [told, usual] = lines();
    expect(told).toEqual({ ...usual, time: told?.['time'], userId: undefined });
    expect(Object.keys(told ?? {}).toSpliced(4, 1)).toEqual(['level', 'time', 'service', 'mode', 'status', 'msg']);
  });

  it('is not written below the level that is set', () => {
    const quiet = createLogger({ logLevel: 'warn', mode: 'worker' }, { write: (line) => void written.push(line) });
    quiet.info('no');
    quiet.warn('yes');
    expect(lines()).toMatchObject([{ level: 'warn', mode: 'worker', msg: 'yes' }]);
  });
});

const SECRETS = [
  'password',
  'newPassword',
  'currentPassword',
  'passwordHash',
  'credential',
  'secret',
  'token',
  'accessToken',
  'refreshToken',
  'deviceToken',
  'resetToken',
  'authorization',
  'Authorization',
  'cookie',
  'set-cookie',
  'otp',
  'code',
  'parameters',
];
const VALUE = 's3cr3t-value';

describe('a secret', () => {
  it('is not written, up to three levels deep, in objects and arrays, whatever it is', () => {
    const wrappers = fc.array(fc.constantFrom('list', 'body', 'request'), { maxLength: 3 });
    const values = fc.constantFrom<unknown>(VALUE, [VALUE], { of: VALUE }, { value: { deeper: VALUE } });
    fc.assert(
      fc.property(fc.constantFrom(...SECRETS), wrappers, values, (name, path, value) => {
        const fields = path.reduce<object>((inner, key) => (key === 'list' ? [inner] : { [key]: inner }), {
          [name]: value,
        });
        written = [];
        logger.warn({
          fields: undefined,
          ...(Array.isArray(fields) ? { items: fields[0] as object } : fields),
          kept: 1,
        });
        expect(written.join('')).not.toContain(VALUE);
        expect(lines()[0]).toMatchObject({ kept: 1 });
      }),
    );
    logger.info({ a: { b: { c: { password: VALUE, name: 'shown' } } } });
    expect(lines().at(-1)).toMatchObject({ a: { b: { c: { password: '[hidden]', name: 'shown' } } } });
  });

  it('is hidden in what is written alone: the object itself stays as it was', () => {
    const body = { identifier: 'ana', password: VALUE };
    logger.info({ body });
    expect(body).toEqual({ identifier: 'ana', password: VALUE });
    expect(lines()).toMatchObject([{ body: { identifier: 'ana', password: '[hidden]' } }]);
  });

  it('is not written from a failed statement: no parameters, no row', () => {
    const driverError = Object.assign(new Error('duplicate key value violates unique constraint "key"'), {
      code: '23505',
      constraint: 'key',
      detail: `Key (value)=(${VALUE}) already exists.`,
    });
    const failed = new QueryFailedError('INSERT INTO t VALUES ($1)', [VALUE], driverError);
    logger.error({ err: failed, error: failed });
    logger.error(failed);
    logger.error({ err: new Error('outer', { cause: failed }) });
    expect(written.join('')).not.toContain(VALUE);
    const told = { code: '23505', constraint: 'key', query: 'INSERT INTO t VALUES ($1)', parameters: '[hidden]' };
    expect(lines()[0]).toMatchObject({ err: told, error: told });
    expect(lines()[2]).toMatchObject({ err: { stack: expect.stringContaining('duplicate key') as string } });
  });

  it('is not written from a command that Redis refused: no password, no key', () => {
    const refused = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
      command: { name: 'auth', args: ['identity', VALUE] },
    });
    logger.error({ err: refused });
    logger.error(refused);
    expect(written.join('')).not.toContain(VALUE);
    expect(lines()).toMatchObject([{ err: { command: { name: 'auth', args: '[hidden]' } } }, {}]);
  });
});

describe('a code', () => {
  it.each(['auth.invalid-credentials', 'ids.unavailable', 'ECONNREFUSED', 'ERR_SOCKET_CLOSED', '23505', '57P01'])(
    'that is an error’s is written: %s',
    (code) => {
      logger.info({ code, err: Object.assign(new Error('x'), { code }) });
      expect(lines()).toMatchObject([{ code, err: { code } }]);
    },
  );

  it.each(['123456', 123_456, '12345678', 'A1B2C3', 'abcdef', '', ['123456'], { value: '123456' }])(
    'that may be somebody’s is not: %s',
    (code) => {
      logger.info({ code, body: { code } });
      expect(lines()).toMatchObject([{ code: '[hidden]', body: { code: '[hidden]' } }]);
    },
  );
});

describe('what is no secret', () => {
  it('is written as it would be without all this', () => {
    const at = new Date(0);
    const fields = {
      at,
      url: new URL('http://a/'),
      list: [1, 'two', null],
      none: null,
      deep: { er: [{ still: true }] },
    };
    logger.info({ ...fields, big: 1n, absent: undefined });
    expect(lines()).toMatchObject([JSON.parse(JSON.stringify(fields)) as object]);
  });

  it('may refer to itself', () => {
    const loop: Record<string, unknown> = { name: 'loop', password: VALUE };
    loop['self'] = loop;
    logger.info({ loop });
    expect(lines()[0]).toMatchObject({ loop: { name: 'loop', password: '[hidden]' } });
  });
});

describe('the request context', () => {
  it('is on every line of its request and on no other, however many run at once', async () => {
    const requests = Array.from({ length: 50 }, (_, number) => ({ requestId: `r${number}`, number }));
    await Promise.all(
      requests.map(({ requestId, number }) =>
        runInRequestContext({ requestId }, async () => {
          for (let turn = 0; turn < number % 5; turn += 1) await setImmediate();
          requestContext().userId = `u${number}`;
          await setImmediate();
          logger.info({ number });
          await Promise.resolve();
          expect(requestContext()).toEqual({ requestId, userId: `u${number}` });
        }),
      ),
    );
    logger.info('outside');
    const told = lines()
      .slice(0, -1)
      .toSorted((a, b) => Number(a['number']) - Number(b['number']));
    expect(told).toMatchObject(requests.map(({ requestId, number }) => ({ requestId, number, userId: `u${number}` })));
    expect(Object.keys(lines().at(-1) ?? {})).not.toContain('requestId');
  });

  it('outside a request is empty and cannot be filled', () => {
    expect(requestContext()).toEqual({});
    expect(() => (requestContext().userId = 'u1')).toThrow(TypeError);
    expect(requestContext()).toEqual({});
  });

  it('of a request within a request ends with it', () => {
    runInRequestContext({ requestId: 'outer' }, () => {
      expect(runInRequestContext({ requestId: 'inner' }, () => requestContext().requestId)).toBe('inner');
      expect(requestContext().requestId).toBe('outer');
    });
  });
});
