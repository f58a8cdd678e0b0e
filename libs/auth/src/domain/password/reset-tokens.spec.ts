import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SessionTokens } from '../session/session-tokens.js';
import { ResetTokens } from './reset-tokens.js';

const SECRET = randomBytes(32);
const tokens = new ResetTokens(SECRET);
const claims = fc.record({
  userId: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String),
  issuedAt: fc.bigInt({ min: 0n, max: 2n ** 56n - 1n }).map(String),
});

it('reads what it wrote', () => {
  fc.assert(
    fc.property(claims, (claim) => {
      expect(tokens.read(tokens.write(claim))).toEqual(claim);
    }),
  );
});

it('refuses what was altered, made under another key, or is a token of another kind', () => {
  const claim = { userId: '248151234567890944', issuedAt: '1795678901234567' };
  const token = tokens.write(claim);
  expect(tokens.read(new ResetTokens(randomBytes(32)).write(claim))).toBeUndefined();
  expect(tokens.read(new SessionTokens(SECRET).sealRefresh('1', 1))).toBeUndefined();
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'b', '0', '-'), (at, character) => {
      fc.pre(token[at] !== character);
      expect(tokens.read(token.slice(0, at) + character + token.slice(at + 1))).toBeUndefined();
    }),
  );
});
