import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertUsernameMayBeTaken, canonicalUsername } from './username.js';

const username = fc
  .stringMatching(/^[a-z](?:[._-]?[a-z0-9]){2,20}$/)
  .filter((name) => name.length >= 3 && name.length <= 32);

describe('a username', () => {
  it('is the same in every case', () => {
    fc.assert(
      fc.property(username, (name) => {
        expect(canonicalUsername(name)).toBe(name);
        expect(canonicalUsername(name.toUpperCase())).toBe(name);
      }),
    );
  });

  it('is canonical after one pass, and ASCII, whatever the text [ASVS 2.2.1]', () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom(...'aZk0._-\u212AſİıＡаα'),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
      minLength: 2,
      maxLength: 34,
    });
    fc.assert(
      fc.property(fc.oneof(text, fc.mixedCase(username)), (typed) => {
        const once = canonicalUsername(typed);
        if (once === undefined) return;
        expect(once).toMatch(/^[a-z][a-z0-9._-]{2,31}$/);
        expect(canonicalUsername(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  it('has 3 to 32 characters', () => {
    expect(canonicalUsername('an')).toBeUndefined();
    expect(canonicalUsername('ana')).toBe('ana');
    expect(canonicalUsername('a'.repeat(32))).toBe('a'.repeat(32));
    expect(canonicalUsername('a'.repeat(33))).toBeUndefined();
  });

  it('is never one character of Unicode away from ASCII: every look-alike is refused', () => {
    const accepted: string[] = [];
    for (let point = 0x80; point <= 0x10ffff; point += 1) {
      if (canonicalUsername(`an${String.fromCodePoint(point)}`) !== undefined) accepted.push(point.toString(16));
      if (canonicalUsername(`${String.fromCodePoint(point)}na`) !== undefined) accepted.push(point.toString(16));
    }
    expect(accepted).toEqual([]);
  });

  it.each([
    ['the Kelvin sign for k', '\u212Aim'],
    ['a long s', 'an\u017Fel'],
    ['a Turkish dotless i', 'k\u0131m'],
    ['a Turkish dotted I', 'K\u0130M'],
    ['a Cyrillic a', '\u0430na'],
    ['full-width letters', 'ａｎａ'],
    ['a combining mark', 'ana\u0301'],
    ['an emoji', 'ana😀'],
    ['a zero-width space', 'an\u200ba'],
    ['a right-to-left override', '\u202eana'],
    ['a lone surrogate', 'ana\ud800'],
    ['NUL', 'ana\0'],
    ['a line break at the end', 'ana\n'],
    ['a space', 'an a'],
    ['an @', 'ana@x'],
    ['a digit first', '1ana'],
    ['a separator first', '.ana'],
    ['a separator last', 'ana-'],
    ['two separators in a row', 'an._a'],
    ['nothing in it', ''],
    ['a prototype name', '__proto__'],
  ])('with %s is refused [ASVS 2.2.1]', (_what, text) => {
    expect(canonicalUsername(text)).toBeUndefined();
  });

  it('of 50,000 characters is refused without delay', () => {
    expect(canonicalUsername(`a${'.a'.repeat(25_000)}!`)).toBeUndefined();
  });
});

describe('a reserved name', () => {
  const refused = 'Some fields are not acceptable.';
  const take = (name: string) => () => assertUsernameMayBeTaken(canonicalUsername(name) ?? '');

  it.each(['admin', 'root', 'support', 'seller', 'noreply', 'signin', 'signup', 'signout', 'postmaster', 'null'])(
    '%s cannot be taken, in whatever case and with whatever separators',
    (name) => {
      expect(take(name)).toThrow(refused);
      expect(take(name.toUpperCase())).toThrow(refused);
      for (const separator of '._-') {
        expect(take([...name].join(separator))).toThrow(refused);
        expect(take(`${name.slice(0, 2)}${separator}${name.slice(2)}`)).toThrow(refused);
      }
    },
  );

  it.each(['sign-in', 'sign_up', 'sign.out', 'no-reply', 'no.reply', 'web-master', 'super_user'])(
    '%s cannot be taken either',
    (name) => {
      expect(take(name)).toThrow(refused);
    },
  );

  it('says which field it was', () => {
    expect(take('admin')).toThrow(
      expect.objectContaining({
        code: 'request.invalid',
        errors: [{ path: 'identifier.value', code: 'reserved', message: 'This name is reserved.' }],
      }),
    );
  });

  it.each(['administered', 'rooted', 'ana.seller', 'testa', 'signing'])('does not keep %s from being taken', (name) => {
    expect(take(name)).not.toThrow();
  });
});
