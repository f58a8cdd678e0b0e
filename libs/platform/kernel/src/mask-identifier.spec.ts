import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskIdentifier } from './mask-identifier.js';

describe('a masked identifier', () => {
  it.each([
    ['ana@example.com', 'a***@example.com'],
    ['a@example.com', 'a***@example.com'],
    ['+84901234567', '+84*****4567'],
    ['seller', 's***'],
    ['s', 's***'],
    ['', '***'],
    ['@example.com', '@***'],
    ['😀na@example.com', '😀***@example.com'],
    ['"a@b"@example.com', '"***@example.com'],
    ['+1234567', '+12*4567'],
    ['+123456', '+***'],
  ])('of %s is %s', (value, masked) => {
    expect(maskIdentifier(value)).toBe(masked);
  });

  it('hides everything before the @ but one character, and does not tell how much it hides', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9._]{2,30}$/), (local) => {
        expect(maskIdentifier(`${local}@example.com`)).toBe(`${local[0]}***@example.com`);
      }),
    );
  });

  it('hides every digit of a number but the country’s two and the last four', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+[1-9]\d{7,14}$/), (number) => {
        const masked = maskIdentifier(number);
        expect(masked).toHaveLength(number.length);
        expect(masked.replaceAll('*', '')).toBe(number.slice(0, 3) + number.slice(-4));
      }),
    );
  });

  it('of a name tells its first character alone', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9._-]{2,31}$/), (name) => {
        expect(maskIdentifier(name)).toBe(`${name[0]}***`);
      }),
    );
  });
});
