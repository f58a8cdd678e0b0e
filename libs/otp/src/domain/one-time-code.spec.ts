import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE_LENGTH, makeCode, normaliseCode } from './one-time-code.js';

describe('a new code', () => {
  it('[ASVS 6.5.4] is drawn from a million, both ends included, zeros kept', () => {
    const bounds: number[] = [];
    const drawn = (value: number) =>
      makeCode((below) => {
        bounds.push(below);
        return value;
      });
    expect([drawn(0), drawn(7), drawn(999_999)]).toEqual(['000000', '000007', '999999']);
    expect(bounds).toEqual([1_000_000, 1_000_000, 1_000_000]);
  });

  it('[ASVS 6.5.3] is uniform: every digit at every place, and the codes in ten thousand classes, over a million draws', () => {
    const DRAWS = 1_000_000;
    const places = Array.from({ length: CODE_LENGTH }, () => new Uint32Array(10));
    const classes = new Uint32Array(10_000);
    const seen = new Uint8Array(1_000_000);
    for (let draw = 0; draw < DRAWS; draw += 1) {
      const code = makeCode(randomInt);
      for (let place = 0; place < CODE_LENGTH; place += 1) places[place]![code.charCodeAt(place) - 48]! += 1;
      const value = Number(code);
      classes[Math.floor(value / 100)]! += 1;
      seen[value] = 1;
    }
    // Beyond these a true generator comes once in a billion runs: mean + 6 standard deviations.
    for (const counts of places) expect(chiSquared(counts, DRAWS)).toBeLessThan(beyond(9) + 20);
    expect(chiSquared(classes, DRAWS)).toBeLessThan(beyond(9999));
    expect(chiSquared(classes, DRAWS)).toBeGreaterThan(9999 - 6 * Math.sqrt(2 * 9999));
    // A million draws of a million reach 1 - 1/e of them.
    const coverage = seen.reduce((sum, one) => sum + one, 0) / 1_000_000;
    expect(Math.abs(coverage - (1 - 1 / Math.E))).toBeLessThan(0.003);
  });
});

function chiSquared(counts: Uint32Array, draws: number): number {
  const expected = draws / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function beyond(degrees: number): number {
  return degrees + 6 * Math.sqrt(2 * degrees);
}

describe('a typed code', () => {
  it.each([
    ['as it was sent', '012345'],
    ['in two groups', '012 345'],
    ['with hyphens and spaces round it', ' 012-345\n'],
    ['with a dash', '012–345'],
    ['with a no-break space and a zero-width one', '012\u00A0345\u200B'],
    ['in the marks of right-to-left text', '\u202B012345\u202C'],
    ['full-width', '０１２３４５'],
    ['Arabic-Indic', '٠١٢٣٤٥'],
    ['Persian', '۰۱۲۳۴۵'],
    ['Devanagari', '०१२३४५'],
    ['mathematical, of several alphabets', '𝟎𝟙𝟤𝟯𝟺5'],
    ['of scripts whose digits follow one another', '\u{116D0}\u{116DB}\u{116D2}\u{116DD}\u{116D4}\u{116DF}'],
  ])('%s is the code', (_how, typed) => {
    expect(normaliseCode(typed)).toBe('012345');
  });

  it.each(['', '12345', '1234567', '12e456', '½23456', 'abcdef', '+12345', '12.345', '一二三四五六'])(
    'that is none stays none: %j',
    (typed) => {
      expect(normaliseCode(typed)).not.toMatch(/^\d{6}$/);
    },
  );

  it('becomes digits alone only where digits were typed, however long it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (typed) => {
        expect(normaliseCode(typed)).not.toMatch(/(?![0-9])\p{Nd}/u);
      }),
    );
    expect(normaliseCode('1'.repeat(100_000)).length).toBeLessThan(100);
  });
});
