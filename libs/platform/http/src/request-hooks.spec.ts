import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestId } from './request-hooks.js';

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const idOf = (given?: string | string[]) =>
  requestId({ headers: given === undefined ? {} : { 'x-request-id': given } });

describe('the request id', () => {
  it('is a new one when the caller gives none', () => {
    expect(idOf()).toMatch(UUID);
    expect(idOf()).not.toBe(idOf());
  });

  it("is the caller's when it is 1 to 128 harmless characters", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9._=-]{1,128}$/), (given) => {
        expect(idOf(given)).toBe(given);
      }),
    );
    expect(idOf('a'.repeat(128))).toBe('a'.repeat(128));
  });

  it.each([
    '',
    'a'.repeat(129),
    'a b',
    'a\r\nX-Evil: 1',
    'a\n',
    '\na',
    'a\0',
    '"a"',
    '{"level":50}',
    '<script>',
    '${jndi:ldap://x}',
    '../../etc/passwd',
    'a,b',
    'é',
    'а',
    '😀',
  ])('is a new one for %j: a log line cannot be forged [ASVS 16.4.1]', (given) => {
    expect(idOf(given)).toMatch(UUID);
  });

  it('is a new one when the caller gives several', () => {
    expect(idOf(['a', 'b'])).toMatch(UUID);
  });

  it('is always safe to log, whatever is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 140 }), (given) => {
        expect(idOf(given)).toMatch(/^[A-Za-z0-9._=-]{1,128}$/);
      }),
    );
  });
});
