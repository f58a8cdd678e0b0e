import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenSeal } from './token-seal.js';

const SECRET = randomBytes(32);
const BYTES = 13;
const seal = new TokenSeal(SECRET, 'nxr_', BYTES);
const payload = fc.uint8Array({ minLength: BYTES, maxLength: BYTES }).map((bytes) => Buffer.from(bytes));
/** What could stand in a header or a JSON text, and what base64 readers skip or take for something else. */
const CHARACTERS = [...Array(128).keys()].map((code) => String.fromCharCode(code)).concat('é', '\u0141', '\uff41');

describe('a sealed token', () => {
  it('opens to its payload', () => {
    fc.assert(
      fc.property(payload, (bytes) => {
        expect(seal.open(seal.seal(bytes))).toEqual(bytes);
      }),
    );
  });

  it('is the same for the same payload, and another for another', () => {
    fc.assert(
      fc.property(payload, payload, (one, other) => {
        expect(seal.seal(one) === seal.seal(other)).toBe(one.equals(other));
      }),
    );
  });

  it('is refused whichever one character is changed, to whatever else [ASVS 9.1.1]', () => {
    // Every character class at every place: `+` for `-` and `/` for `_` are the same bytes to Node.
    const tokens = Array.from({ length: 3 }, () => seal.seal(randomBytes(BYTES)));
    const accepted = [...tokens, withBothSigns()].flatMap(changes).filter((changed) => seal.open(changed));
    expect(accepted).toEqual([]);
  });

  it('has one spelling: that of plain base64 is refused', () => {
    const token = withBothSigns();
    expect(seal.open(token)).toBeDefined();
    for (const other of [token.replaceAll('-', '+'), token.replaceAll('_', '/').replace('nxr/', 'nxr_')]) {
      expect(other).not.toBe(token);
      expect(seal.open(other)).toBeUndefined();
    }
  });

  it('is refused when something is added, missing, or moved', () => {
    const token = seal.seal(randomBytes(BYTES));
    const body = token.slice(4);
    for (const other of [
      `${token}=`,
      `${token}A`,
      ` ${token}`,
      `${token}\n`,
      token.slice(0, -1),
      token.slice(0, -4),
      token.slice(1),
      body,
      `NXR_${body}`,
      `nxr_${body.slice(4)}${body.slice(0, 4)}`,
      `nxr_\n${body.slice(1)}`,
      `nxr_${body.slice(0, -1)}=`,
      'nxr_',
      '',
    ])
      expect(seal.open(other), JSON.stringify(other)).toBeUndefined();
  });

  it('is refused under another key', () => {
    const other = new TokenSeal(randomBytes(32), 'nxr_', BYTES);
    expect(other.open(seal.seal(randomBytes(BYTES)))).toBeUndefined();
  });

  it('is refused as another kind, also with the prefix of that kind: each kind has a key of its own', () => {
    const other = new TokenSeal(SECRET, 'nxd_', BYTES);
    const token = seal.seal(randomBytes(BYTES));
    expect(other.open(token)).toBeUndefined();
    expect(other.open(token.replace('nxr_', 'nxd_'))).toBeUndefined();
  });

  it('does not hold its key', () => {
    expect(Buffer.from(seal.seal(Buffer.alloc(BYTES)).slice(4), 'base64url').includes(SECRET)).toBe(false);
  });

  it('cannot be guessed from any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String({ minLength: 60, maxLength: 60 })), (text) => {
        expect(seal.open(text)).toBeUndefined();
        expect(seal.open(`nxr_${text}`)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('of a length that would leave bits to spare in the last character cannot be made', () => {
    for (const bytes of [12, 14]) expect(() => new TokenSeal(SECRET, 'nxr_', bytes)).toThrow('whole base64 groups');
  });
});

/** A token with a `-` and a `_` in it; nearly every one has both. */
function withBothSigns(): string {
  for (;;) {
    const token = seal.seal(randomBytes(BYTES));
    if (/-/.test(token) && /_.*_/.test(token)) return token;
  }
}

/** Every text that differs from the token in one character. */
function changes(token: string): string[] {
  return [...token].flatMap((present, at) =>
    CHARACTERS.filter((other) => other !== present).map((other) => token.slice(0, at) + other + token.slice(at + 1)),
  );
}
