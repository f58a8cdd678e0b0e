import { BadRequestException, ForbiddenException, HttpException, NotFoundException } from '@nestjs/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError, type ErrorKind } from '@platform/kernel';
import { KINDS, pathOf, toDomainError, toProblem } from './problem.js';

const withStatus = (statusCode: unknown, message = 'at /srv/app/secret.js: SELECT 1') =>
  Object.assign(new Error(message), { statusCode });

describe('an error that is not ours', () => {
  it.each([
    [new NotFoundException('Cannot GET /x'), 'request.not-found', 404],
    [new BadRequestException('Unexpected token'), 'request.malformed', 400],
    [withStatus(400), 'request.malformed', 400],
    [withStatus(404), 'request.not-found', 404],
    [withStatus(413), 'request.too-large', 413],
    [withStatus(414), 'request.not-found', 404],
    [withStatus(415), 'request.unsupported-media-type', 415],
    [new ForbiddenException(), 'request.malformed', 400],
    [withStatus(418), 'request.malformed', 400],
    [withStatus(500), 'service.unexpected', 500],
    [withStatus(503), 'service.unexpected', 500],
    [withStatus('404'), 'service.unexpected', 500],
    [new HttpException('x', 502), 'service.unexpected', 500],
    [new Error('x'), 'service.unexpected', 500],
    [new TypeError('x is undefined'), 'service.unexpected', 500],
    ['thrown text', 'service.unexpected', 500],
    [undefined, 'service.unexpected', 500],
    [null, 'service.unexpected', 500],
    [
      Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' }),
      'database.unavailable',
      503,
    ],
    [Object.assign(new Error('terminating connection'), { code: '57P01' }), 'database.unavailable', 503],
    [Object.assign(new Error('duplicate key'), { code: '23505' }), 'service.unexpected', 500],
    [Object.assign(new Error('syntax error at or near'), { code: '42601' }), 'service.unexpected', 500],
  ])('%s becomes %s', (thrown, code, status) => {
    const error = toDomainError(thrown);
    expect(error.code).toBe(code);
    expect(KINDS[error.kind].status).toBe(status);
  });

  it('leaves nothing of itself in the answer, and all of it in the log [ASVS 16.5.1]', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 12 }),
        fc.constantFrom(400, 404, 413, 415, 418, 500, 503),
        (secret, status) => {
          fc.pre(!'urn:nx-seller-identity:problem:'.includes(secret));
          const thrown = withStatus(status, `password=${secret}`);
          const error = toDomainError(thrown);
          const answer = JSON.stringify(toProblem(error, { path: '/x', requestId: 'id' }));
          expect(answer).not.toContain('password=');
          expect(answer).not.toContain('stack');
          if (status >= 500) expect(error.cause).toBe(thrown);
        },
      ),
    );
  });

  it('is logged loudly when it is our fault, and quietly when it is the caller’s', () => {
    expect(toDomainError(new Error('x')).level).toBe('error');
    expect(toDomainError(withStatus(404)).level).toBe('debug');
  });

  it('that is ours already stays as it is', () => {
    const error = new DomainError({ code: 'a.b', kind: 'conflict', message: 'm' });
    expect(toDomainError(error)).toBe(error);
  });
});

describe('a problem document', () => {
  const request = { path: '/v1/x', requestId: 'r-1' };

  it.each(Object.entries(KINDS))('of kind %s has its status, title, code and request id', (kind, { status, title }) => {
    const error = new DomainError({ code: 'area.reason', kind: kind as ErrorKind, message: 'A sentence.' });
    expect(toProblem(error, request)).toEqual({
      type: 'urn:nx-seller-identity:problem:area.reason',
      title,
      status,
      detail: 'A sentence.',
      instance: '/v1/x',
      code: 'area.reason',
      requestId: 'r-1',
    });
  });

  it('tells the refused fields, the limit and what is particular to it', () => {
    const errors = [{ path: 'a.b', code: 'too-big', message: 'm' }];
    const error = new DomainError({
      code: 'a.b',
      kind: 'invalid',
      message: 'm',
      errors,
      limit: 'otp',
      members: { state: 'x' },
    });
    expect(toProblem(error, request)).toMatchObject({ errors, limit: 'otp', state: 'x' });
  });

  it('keeps its own members when particular ones have the same names', () => {
    const members = { status: 200, code: 'fine', requestId: 'forged', type: 'about:blank' };
    const error = new DomainError({ code: 'a.b', kind: 'conflict', message: 'm', members });
    expect(toProblem(error, request)).toMatchObject({ status: 409, code: 'a.b', requestId: 'r-1' });
  });

  it('holds neither the cause nor the stack of its error', () => {
    const error = new DomainError({ code: 'a.b', kind: 'unexpected', message: 'm', cause: new Error('SELECT secret') });
    expect(JSON.stringify(toProblem(error, request))).not.toMatch(/SELECT|stack|cause|\.js/);
  });
});

describe('the path of a request', () => {
  it.each([
    ['/a/b', '/a/b'],
    ['/a?token=secret', '/a'],
    ['/a#x', '/a'],
    ['http://evil.example/a?b', '/a'],
    ['HTTPS://evil.example:1/a/b', '/a/b'],
    ['http://evil.example', '/'],
    ['http://evil.example?x', '/'],
    ['//evil.example/a', '//evil.example/a'],
    ['*', '*'],
    ['', '/'],
  ])('%s is %s', (target, path) => {
    expect(pathOf(target)).toBe(path);
  });
});
