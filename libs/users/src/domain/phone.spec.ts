import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalPhone } from './phone.js';

/** Mobile numbers of Vietnam: a prefix that is in use, and seven digits. */
const vietnamese = fc
  .tuple(
    fc.constantFrom('90', '91', '93', '98', '86', '70', '79', '32', '39', '56', '81'),
    fc.stringMatching(/^\d{7}$/),
  )
  .map(([prefix, rest]) => `${prefix}${rest}`);
const fullWidth = (digits: string) =>
  digits.replaceAll(/\d/g, (digit) => String.fromCodePoint((digit.codePointAt(0) ?? 0) + 0xfee0));

describe('a phone number', () => {
  it.each([
    ['0901234567', '+84901234567'],
    ['901234567', '+84901234567'],
    ['+84901234567', '+84901234567'],
    ['0084901234567', '+84901234567'],
    ['+84 (0) 90 123 45 67', '+84901234567'],
    ['090.123.4567', '+84901234567'],
    ['090-123-4567', '+84901234567'],
    ['090\u00a0123\u00a04567', '+84901234567'],
    ['+1 650 253 0000', '+16502530000'],
    ['+44 20 7946 0018', '+442079460018'],
    ['+39 02 3661 8300', '+390236618300'],
    ['０９０１２３４５６７', '+84901234567'],
    ['＋８４９０１２３４５６７', '+84901234567'],
    ['٠٩٠١٢٣٤٥٦٧', '+84901234567'],
  ])('%s is %s', (typed, value) => {
    expect(canonicalPhone(typed)).toBe(value);
  });

  it('of Vietnam is one and the same however it is typed', () => {
    fc.assert(
      fc.property(vietnamese, fc.constantFrom('', ' ', '-', '.'), (number, separator) => {
        const grouped = `${number.slice(0, 2)}${separator}${number.slice(2, 5)}${separator}${number.slice(5)}`;
        for (const typed of [`0${grouped}`, `+84${separator}${grouped}`, `0084${grouped}`, fullWidth(`0${grouped}`)])
          expect(canonicalPhone(typed)).toBe(`+84${number}`);
      }),
      { numRuns: 300 },
    );
  });

  it('is canonical after one pass, and E.164, whatever the text [ASVS 2.2.1]', () => {
    const digits = fc.stringMatching(/^\+?\d{3,16}$/);
    const text = fc.oneof(digits, fc.string({ unit: fc.constantFrom(...'+0123456789 ()-.x;#~,/٣３'), maxLength: 24 }));
    let accepted = 0;
    fc.assert(
      fc.property(text, (typed) => {
        const once = canonicalPhone(typed);
        if (once === undefined) return;
        accepted += 1;
        expect(once).toMatch(/^\+[1-9]\d{4,14}$/);
        expect(canonicalPhone(once)).toBe(once);
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  it.each([
    ['an extension', '+84901234567 ext 5'],
    ['an extension after x', '+84901234567x5'],
    ['an extension after a full-width x', '+84901234567ｘ5'],
    ['an extension in Russian', '+84901234567доб5'],
    ['an extension after commas', '+84901234567,,5'],
    ['an extension after a number sign', '+84901234567#5'],
    ['an extension of RFC 3966', '+84901234567;ext=5'],
    ['a sub-address of RFC 3966', '+84901234567;isub=abc'],
    ['a context of RFC 3966', 'tel:0901234567;phone-context=+84'],
    ['letters for digits', '+1800FLOWERS'],
    ['words around it', 'call 0901234567'],
    ['words after it', '0901234567 now'],
    ['two numbers', '0901234567 / 0901234568'],
    ['two pluses', '++84901234567'],
    ['one digit too many', '+849012345678'],
    ['one digit too few', '+8490123456'],
    ['more than fifteen digits', '+8490123456789012'],
    ['more text than any number has', `0901234567${' '.repeat(31)}`],
    ['more digits than E.164 has, though Germany would allow it', '+4980000000000000'],
    ['a country that does not exist', '+999123456789'],
    ['a prefix that nobody has', '0001234567'],
    ['an emergency number', '113'],
    ['a zero-width space', '0901234567\u200b'],
    ['marks of direction', '\u202a+84901234567\u202c'],
    ['a line break', '0901234567\n'],
    ['NUL', '0901234567\0'],
    ['an emoji', '0901234567😀'],
    ['nothing in it', ''],
    ['nothing but separators', '() - .'],
  ])('with %s is refused [ASVS 2.2.1]', (_what, typed) => {
    expect(canonicalPhone(typed)).toBeUndefined();
  });
});
