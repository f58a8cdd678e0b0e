import { fastify, type FastifyInstance } from 'fastify';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '@platform/kernel';
import { acceptJsonOnly } from './json-body.js';
import { KINDS } from './problem.js';

let app: FastifyInstance;

beforeEach(() => {
  app = fastify();
  acceptJsonOnly(app);
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) =>
    reply
      .status(error instanceof DomainError ? KINDS[error.kind].status : (error.statusCode ?? 500))
      .send({ code: error instanceof DomainError ? error.code : 'framework', message: error.message }),
  );
  app.post('/', (request) => ({ body: request.body }));
});

async function post(payload: string | Buffer, type = 'application/json') {
  const response = await app.inject({ method: 'POST', url: '/', payload, headers: { 'content-type': type } });
  return { status: response.statusCode, ...response.json<{ body?: unknown; code?: string; message?: string }>() };
}

const TWICE = { status: 400, code: 'request.malformed', message: 'A name stands twice in one object of the body.' };

describe('a JSON body', () => {
  it('is what JSON.parse makes of it, whatever it holds', async () => {
    const value = fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }).map((json) => JSON.stringify(json));
    const spaced = fc.tuple(value, fc.constantFrom(undefined, 2, '\t')).map(([text, by]) => indent(text, by));
    await fc.assert(
      fc.asyncProperty(spaced, async (text) => {
        fc.pre(!/"(?:__proto__|constructor|prototype)"/.test(text));
        expect(await post(text)).toEqual({ status: 200, body: JSON.parse(text) });
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['at the top', '{"a":1,"a":2}'],
    ['with equal values', '{"a":1,"a":1}'],
    ['deep inside', '{"x":[{"y":{"a":1,"b":2,"a":3}}]}'],
    ['with other members between', '{"a":1,"b":2,"c":3,"a":4}'],
    ['once as it is and once with an escape', String.raw`{"a":1,"\u0061":2}`],
    ['with two spellings of an escape', String.raw`{"\u00e9":1,"\u00E9":2}`],
    ['with a slash, escaped and not', String.raw`{"a/b":1,"a\/b":2}`],
    ['as a pair of surrogates and as the character', String.raw`{"😀":1,"\ud83d\ude00":2}`],
    ['as a number and as its text', '{"1":1,"1":2}'],
    ['with spaces before the colon', '{"a" :1,"a"\n\t\r :2}'],
    ['as the empty name', '{"":1,"":2}'],
    ['with a quote inside', String.raw`{"a\"b":1,"a\"b":2}`],
    ['that ends in a backslash', String.raw`{"a\\":1,"a\\":2}`],
    ['three times', '{"a":1,"a":2,"a":3}'],
  ])('with a name twice %s is refused', async (_where, text) => {
    expect(await post(text)).toEqual(TWICE);
  });

  it('with a name twice anywhere is refused, however the second is spelt', async () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => text !== '__proto__');
    const escaped = (text: string) =>
      [...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
    await fc.assert(
      fc.asyncProperty(name, fc.jsonValue({ maxDepth: 2 }), fc.nat(10), async (twice, value, depth) => {
        const inner = `{${JSON.stringify(twice)}:${JSON.stringify(value)},"${escaped(twice)}":1}`;
        const text = `${'{"x":['.repeat(depth)}${inner}${']}'.repeat(depth)}`;
        expect((await post(text)).status).toBe(400);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['a colon inside', '{"a":"b: c","d":"\\": \\""}'],
    ['the same name in two objects', '{"a":{"a":1},"b":{"a":[{"a":2},{"a":3}]}}'],
    ['names that differ by case', '{"a":1,"A":2}'],
    ['names that differ by normalisation', '{"é":1,"e\u0301":2}'],
    ['a name that looks like a member', String.raw`{"\"a\":1,\"a\"":1}`],
    ['text that looks like JSON', String.raw`{"a":"{\"a\":1,\"a\":2}"}`],
    ['backslashes before the closing quote', String.raw`{"a":"\\\\","b":"\\"}`],
  ])('with %s is accepted', async (_what, text) => {
    expect(await post(text)).toEqual({ status: 200, body: JSON.parse(text) });
  });

  it.each(['__proto__', 'constructor', 'prototype'])('with the name %s is refused at each level', async (name) => {
    const spelt = [name, [...name].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join('')];
    for (const text of spelt.flatMap((key) => [
      `{"${key}":1}`,
      `{"${key}":{"admin":true}}`,
      `{"a":{"${key}":null}}`,
      `[[{"a":[{"${key}":{"prototype":{"admin":true}}}]}]]`,
    ]))
      expect(await post(text), text).toMatchObject({ status: 400 });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('may name a prototype in its values', async () => {
    const text = '{"a":"__proto__","b":["constructor","prototype"]}';
    expect((await post(text)).status).toBe(200);
  });

  it('has 32 levels at most', async () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect((await post(nested(32))).status).toBe(200);
    expect(await post(nested(33))).toMatchObject({ status: 400, message: 'The body is nested deeper than 32 levels.' });
    expect(await post('{"a":'.repeat(33) + '1' + '}'.repeat(33))).toMatchObject({ status: 400 });
    expect(await post(nested(10_000))).toMatchObject({ status: 400, code: 'request.malformed' });
    expect(await post('{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000))).toMatchObject({ status: 400 });
  });

  it.each([
    ['a byte that UTF-8 never has', [0xff]],
    ['an overlong encoding', [0xc0, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['a character cut in half', [0xe2, 0x82]],
    ['a code point past the last', [0xf4, 0x90, 0x80, 0x80]],
  ])('with %s is refused', async (_what, bytes) => {
    const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
    expect(await post(body)).toEqual({
      status: 400,
      code: 'request.malformed',
      message: 'The body is not valid UTF-8.',
    });
  });

  it.each([' ', '{', '{"a":1', "{'a':1}", '{a:1}', '[1,]', 'NaN', '01', '"\u0001"', '{"a":1}{', '\u00a0{}', 'nul'])(
    'of %j is refused',
    async (text) => {
      expect((await post(text)).status).toBe(400);
    },
  );

  it('may begin with a byte order mark, which is ignored', async () => {
    expect(await post('\ufeff{"a":1}')).toEqual({ status: 200, body: { a: 1 } });
    expect(await post('\ufeff{"a":1,"a":2}')).toEqual(TWICE);
  });

  it('with a long text full of escapes, or long gaps, takes no time', async () => {
    const texts = [`{"a":"${'\\"'.repeat(400_000)}"}`, `{"a"${' '.repeat(900_000)}:1}`, `["a"${' '.repeat(900_000)}]`];
    app = fastify({ bodyLimit: 2 ** 20 });
    acceptJsonOnly(app);
    app.post('/', () => ({}));
    const start = performance.now();
    for (const text of texts) expect((await post(text)).status).toBe(200);
    // Quadratic work on a megabyte would take minutes.
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe('the content type', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/json;charset="utf-8"',
    'application/json; charset=UTF8',
    'application/json; v=1;',
  ])('%s is JSON', async (type) => {
    expect(await post('{}', type)).toEqual({ status: 200, body: {} });
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonp',
    'application/json5',
    'application/problem+json',
    'text/json',
    'text/plain; application/json',
    'application/json; charset=latin1',
    'application/json; charset=utf-16',
    'application/json;CHARSET="iso-8859-1"',
    'application/json; charset=utf-8; charset=latin1',
    'application/json; charset=',
    'application/json;bogus',
    'application/json; charset',
    'application/json; charset=utf-8, text/plain',
    'application/json, text/plain',
    'application',
    '/',
  ])('%s is refused', async (type) => {
    expect((await post('{}', type)).status).toBe(415);
  });
});

function indent(text: string, by: string | number | undefined): string {
  return JSON.stringify(JSON.parse(text), undefined, by);
}
