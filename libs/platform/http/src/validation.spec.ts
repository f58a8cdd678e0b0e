import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { DomainError, FieldError } from '@platform/kernel';
import { cursorSchema, idSchema, plainText } from './schemas.js';
import { validationPipe } from './validation.js';

const schema = z.strictObject({
  name: plainText(2, 5),
  nested: z.strictObject({ list: z.array(z.int()).optional() }).optional(),
});

async function validate(value: unknown, by: z.ZodType = schema): Promise<unknown> {
  return await validationPipe().transform(value, { type: 'body', schema: by });
}

async function errorsOf(value: unknown, by?: z.ZodType): Promise<FieldError[]> {
  const error = await validate(value, by).then(
    () => undefined,
    (thrown: DomainError) => thrown,
  );
  expect(error).toMatchObject({ name: 'DomainError', code: 'request.invalid', kind: 'invalid' });
  return error?.errors ?? [];
}

describe('validation', () => {
  it('hands on what the schema made of the value', async () => {
    expect(await validate({ name: 'ana' })).toEqual({ name: 'ana' });
    expect(await validate({}, cursorSchema)).toEqual({ limit: 20 });
  });

  it('names the field, in dots, and a code in kebab case', async () => {
    expect(await errorsOf({ name: 'ana', nested: { list: [1, 'x'] } })).toEqual([
      { path: 'nested.list.1', code: 'invalid-type', message: expect.any(String) },
    ]);
  });

  it('names the parameter that a schema is of', async () => {
    const refused = async (by: z.ZodType, value: unknown) =>
      (await validationPipe().transform(value, { type: 'param', data: 'id', schema: by })) as unknown;
    await expect(refused(idSchema, 'x')).rejects.toMatchObject({ code: 'request.invalid', errors: [{ path: 'id' }] });
    await expect(refused(schema, { name: 1 })).rejects.toMatchObject({ errors: [{ path: 'id.name' }] });
  });

  it('names every unknown field, and cuts long names', async () => {
    const long = 'x'.repeat(1000);
    expect(await errorsOf({ name: 'ana', [long]: 1, nested: { b: 1, c: 2 } })).toEqual([
      { path: 'nested.b', code: 'unknown-field', message: 'This field is not known.' },
      { path: 'nested.c', code: 'unknown-field', message: 'This field is not known.' },
      { path: `${'x'.repeat(64)}…`, code: 'unknown-field', message: 'This field is not known.' },
    ]);
  });

  it('names twenty fields at most', async () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`, 1]));
    expect(await errorsOf({ name: 'ana', ...many })).toHaveLength(20);
  });

  it('does not repeat the refused value', async () => {
    const errors = await errorsOf({ name: 'hunter2-secret', nested: 'hunter2-secret' });
    expect(errors).toHaveLength(2);
    expect(JSON.stringify(errors)).not.toContain('hunter2');
  });

  it.each([undefined, null, 'text', 1, true, [], [[]]])('refuses %j for an object', async (value) => {
    expect(await errorsOf(value)).toHaveLength(1);
  });
});

describe('the limit of a list', () => {
  it.each([
    ['1', 1],
    ['20', 20],
    ['100', 100],
  ])('may be %s', async (limit, expected) => {
    expect(await validate({ limit }, cursorSchema)).toEqual({ limit: expected });
  });

  it.each([
    '',
    '0',
    '101',
    '-1',
    '+1',
    '1.0',
    '1e1',
    '0x10',
    '0b1',
    ' 7',
    '7 ',
    '١',
    '9'.repeat(400),
    ['1', '2'],
    true,
  ])('may not be %j', async (limit) => {
    expect(await errorsOf({ limit }, cursorSchema)).toMatchObject([{ path: 'limit' }]);
  });
});

describe('an id', () => {
  it.each(['1', '248151234567890944', '9223372036854775807'])('may be %s', async (id) => {
    expect(await validate(id, idSchema)).toBe(id);
  });

  it.each([
    '',
    '0',
    '01',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x1',
    ' 1',
    '1 ',
    '1\n',
    '１',
    'abc',
    '\0',
    '../1',
    '9'.repeat(5000),
  ])('may not be %j, and says so once', async (id) => {
    expect(await errorsOf(id, idSchema)).toEqual([{ path: '', code: 'invalid-format', message: 'wants a decimal id' }]);
  });

  it.each(['9223372036854775808', '9999999999999999999'])('may not be %s, which no bigint holds', async (id) => {
    expect(await errorsOf(id, idSchema)).toEqual([{ path: '', code: 'custom', message: 'wants a decimal id' }]);
  });
});

describe('text for people', () => {
  it.each(['ab', 'abcde', '😀😀', 'é'.repeat(5), '  '])('may be %j', async (name) => {
    expect(await validate({ name })).toEqual({ name });
  });

  it.each([
    ['too short', 'a'],
    ['one character too long', 'abcdef'],
    ['one character, though two units', '😀'],
    ['NUL', 'a\0b'],
    ['a line break', 'a\nb'],
    ['an escape sequence', 'a\u001b[0'],
    ['a control character of Latin-1', 'a\u0085b'],
    ['a lone high surrogate', 'ab\ud800'],
    ['a lone low surrogate', '\udc00ab'],
  ])('is refused when it is or holds %s', async (_what, name) => {
    const [error] = await errorsOf({ name });
    expect(error).toMatchObject({ path: 'name' });
  });
});
