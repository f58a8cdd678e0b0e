import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalise, IDENTIFIER_SCHEMES } from './identifier.js';

const SAMPLES = { email: 'Ana@Example.com', phone: '0901234567', username: 'Ana.Seller' } as const;
const scheme = fc.constantFrom(...IDENTIFIER_SCHEMES);

describe('an identifier', () => {
  it.each([
    ['email', 'ana@example.com'],
    ['phone', '+84901234567'],
    ['username', 'ana.seller'],
  ] as const)('of scheme %s is trimmed and canonicalised; what was typed is kept for show', (kind, value) => {
    expect(canonicalise({ scheme: kind, value: ` ${SAMPLES[kind]} ` })).toEqual({
      scheme: kind,
      value,
      display: SAMPLES[kind],
    });
  });

  it('is canonical after one pass', () => {
    for (const kind of IDENTIFIER_SCHEMES) {
      const { value } = canonicalise({ scheme: kind, value: SAMPLES[kind] });
      expect(canonicalise({ scheme: kind, value })).toEqual({ scheme: kind, value, display: value });
    }
  });

  it.each(IDENTIFIER_SCHEMES)('of scheme %s with a control character is refused, also at its ends', (kind) => {
    for (const character of ['\0', '\n', '\r\n', '\t', '\u001b', '\u007f', '\u0085']) {
      for (const value of [`${character}${SAMPLES[kind]}`, `${SAMPLES[kind]}${character}`]) {
        expect(() => canonicalise({ scheme: kind, value })).toThrow(
          expect.objectContaining({
            code: 'request.invalid',
            kind: 'invalid',
            errors: [expect.objectContaining({ path: 'identifier.value', code: `not-${kind}` })],
          }),
        );
      }
    }
  });

  it('of any text whatever is canonical or refused with the one error, which does not repeat it', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.string({ unit: 'grapheme' }));
    // Lone surrogates too, which `fc.string` never makes.
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 });
    const any = fc.oneof(
      text,
      units.map((codes) => String.fromCharCode(...codes)),
    );
    fc.assert(
      fc.property(scheme, any, (kind, value) => {
        try {
          expect(canonicalise({ scheme: kind, value }).value).not.toMatch(/[\p{C}\s]/u);
        } catch (error) {
          expect(error).toMatchObject({ name: 'DomainError', code: 'request.invalid' });
          if (value.length > 12) expect(JSON.stringify(error)).not.toContain(value);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
