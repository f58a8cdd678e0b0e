import type { DomainError } from '@platform/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PasswordContext } from './context-words.js';
import { assertAcceptablePassword, findShapeFault } from './password-policy.js';

async function fault(password: string, context?: PasswordContext, path?: string) {
  try {
    await assertAcceptablePassword(password, context, path);
    return undefined;
  } catch (error) {
    return error as DomainError;
  }
}

async function code(password: string, context?: PasswordContext) {
  return (await fault(password, context))?.errors?.[0]?.code;
}

/** One character each after NFC, whatever they take in UTF-16 or as typed. */
const character = fc.constantFrom(
  'a',
  'Z',
  '7',
  ' ',
  '😀',
  '𝒳',
  'ệ',
  'ệ'.normalize('NFD'),
  'é'.normalize('NFD'),
  '한'.normalize('NFD'),
);
const characters = (min: number, max: number) =>
  fc.array(character, { minLength: min, maxLength: max }).map((list) => list.join(''));

describe('the length of a password', () => {
  it('is 8 to 128 characters, counted as code points after NFC [ASVS 6.2.1, 6.2.9]', () => {
    fc.assert(
      fc.property(characters(8, 128), (password) => {
        expect(findShapeFault(password)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(characters(0, 7), (password) => {
        expect(findShapeFault(password)).toBe('password.too-short');
      }),
    );
    fc.assert(
      fc.property(characters(129, 160), (password) => {
        expect(findShapeFault(password)).toBe('password.too-long');
      }),
    );
  });

  it('counts a combining mark that has no composed form', () => {
    expect(findShapeFault('q̃'.repeat(4))).toBeUndefined();
    expect(findShapeFault('q̃'.repeat(3))).toBe('password.too-short');
  });

  it('is not asked of text with a lone surrogate', () => {
    const at = fc.nat({ max: 20 });
    fc.assert(
      fc.property(fc.constantFrom('\ud83d', '\ude00', '\ude00\ud83d'), characters(20, 30), at, (lone, text, index) => {
        const list = Array.from(text);
        expect(findShapeFault([...list.slice(0, index), lone, ...list.slice(index)].join(''))).toBe(
          'password.malformed',
        );
      }),
    );
  });
});

describe('what is easy to guess', () => {
  it.each(['password1', 'PASSWORD1', 'p4ssw0rd', 'qwertyuiop', '1q2w3e4r5t', '1234567890'])(
    'refuses %s as common',
    async (password) => {
      expect(await code(password)).toBe('password.too-common');
    },
  );

  it.each(['aaaaaaaa', 'abcdefgh1', '01012001', 'thermometer', 'a'.repeat(128), '19901990'])(
    'refuses %s',
    async (password) => {
      expect(await code(password)).toMatch(/^password\.too-(weak|common)$/);
    },
  );

  it.each([
    'Tr0ub4dor&3',
    'correct horse battery staple',
    'kẹo dừa bến tre',
    '😀🐢🌵🚲🧊🪁🎲🫖',
    'zk7qpw2m',
    `vG8%zk7qpw2m${'vG8%'.repeat(29)}`,
  ])('accepts %s, without rules of composition [ASVS 6.2.5]', async (password) => {
    expect(await code(password)).toBeUndefined();
  });

  it('refuses passwords that leaked most often, of those that have the length: every 12th of 3,000 [ASVS 6.2.4, 6.2.12]', async () => {
    const { default: leaked } = await import('@zxcvbn-ts/language-common/dist/passwords.json.cjs');
    const longEnough = leaked.filter((password) => findShapeFault(password) === undefined).slice(0, 3000);
    const tried = longEnough.filter((_password, at) => at % 12 === 0);
    expect(tried).toHaveLength(250);
    for (const password of tried) expect([password, await code(password)]).not.toEqual([password, undefined]);
  });

  it('judges long hostile passwords by their beginning, however they go on', async () => {
    expect(await code(`${'password'.repeat(3)}${'zk7qpw2m'.repeat(13)}`)).toBe('password.too-weak');
  });
});

describe('the context of a password', () => {
  const context = { identifiers: ['hoang.linh@example.com'], names: ['Nguyễn Hoàng Linh'] };

  it.each([
    'nxseller2026',
    'Seller-Identity!',
    'identity123',
    'hoang.linh@example.com',
    'hoanglinh2026!',
    'HOANG.LINH.99',
    'nguyenhoanglinh',
    'Nguyễn-1990!',
  ])('refuses %s [ASVS 6.2.11]', async (password) => {
    expect(await code(password, context)).toBe('password.too-common');
  });

  it('refuses a number however its country is written', async () => {
    for (const password of ['+84901234567', '0901234567', '901234567!']) {
      expect(await code(password, { identifiers: ['+84901234567'] })).toBe('password.too-common');
    }
  });

  it('refuses in leet what zxcvbn finds in the names', async () => {
    expect(await code('z0rgl1ngz', { names: ['zorglingz'] })).toBe('password.too-weak');
    expect(await code('z0rgl1ngz')).toBeUndefined();
  });

  it('accepts a known word beside enough of one’s own', async () => {
    expect(await code('linh eats purple granite', context)).toBeUndefined();
  });

  it('stays quick with a flood of names', async () => {
    const names = Array.from({ length: 5000 }, (_, index) => `name-${index}-${'x'.repeat(500)}`);
    expect(await code('vG8%zk7qpw2m', { names })).toBeUndefined();
  });
});

describe('the refusal', () => {
  it('names the field, and never holds the password', async () => {
    const error = await fault('zorgling', { names: ['zorgling'] }, 'newPassword');
    expect(error).toMatchObject({
      code: 'request.invalid',
      kind: 'invalid',
      errors: [{ path: 'newPassword', code: 'password.too-common' }],
    });
    expect(JSON.stringify(error)).not.toContain('zorgling');
    expect((await fault('short'))?.errors?.[0]).toMatchObject({ path: 'credential.value', code: 'password.too-short' });
  });
});
