import argon2 from 'argon2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertWithinCeilings, needsRehash, parsePhc, serializePhc, type StoredHash } from './phc.js';

const bytes = (min: number, max: number) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((array) => Buffer.from(array));
const parameters = {
  parallelism: fc.integer({ min: 1, max: 4 }),
  memoryKib: fc.integer({ min: 32, max: 262_144 }),
  iterations: fc.integer({ min: 1, max: 10 }),
};
const stored: fc.Arbitrary<StoredHash> = fc.record({ ...parameters, salt: bytes(8, 64), hash: bytes(16, 64) });

const SALT = 'c2FsdHNhbHRzYWx0c2FsdA';
const HASH = 'A'.repeat(43);
const REFUSED = expect.objectContaining({ code: 'auth.stored-hash-refused', kind: 'unexpected', level: 'error' });

describe('a PHC string', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(stored, (value) => {
        expect(parsePhc(serializePhc(value))).toEqual(value);
      }),
    );
  });

  it('is written with its parameters in the order m,t,p, which Bun wants', () => {
    fc.assert(
      fc.property(stored, (value) => {
        expect(serializePhc(value)).toMatch(/^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$/);
      }),
    );
  });

  it('is read as node-argon2 writes it, and node-argon2 reads ours', async () => {
    const theirs = await argon2.hash('a password', { memoryCost: 64, timeCost: 1, parallelism: 2 });
    expect(theirs).toContain('m=64,p=2,t=1');
    expect(parsePhc(theirs)).toMatchObject({ memoryKib: 64, iterations: 1, parallelism: 2 });
    expect(await argon2.verify(serializePhc(parsePhc(theirs)), 'a password')).toBe(true);
  });

  it.each([
    ['empty', ''],
    ['another algorithm', `$argon2i$v=19$m=64,t=1,p=1$${SALT}$${HASH}`],
    ['another version', `$argon2id$v=16$m=64,t=1,p=1$${SALT}$${HASH}`],
    ['no version', `$argon2id$m=64,t=1,p=1$${SALT}$${HASH}`],
    ['a missing parameter', `$argon2id$v=19$m=64,t=1$${SALT}$${HASH}`],
    ['a repeated parameter', `$argon2id$v=19$m=64,t=1,p=1,m=65$${SALT}$${HASH}`],
    ['a leading zero', `$argon2id$v=19$m=064,t=1,p=1$${SALT}$${HASH}`],
    ['a zero', `$argon2id$v=19$m=64,t=0,p=1$${SALT}$${HASH}`],
    ['associated data', `$argon2id$v=19$m=64,t=1,p=1,data=AA$${SALT}$${HASH}`],
    ['padding', `$argon2id$v=19$m=64,t=1,p=1$${SALT}==$${HASH}`],
    ['base64 with stray bits', `$argon2id$v=19$m=64,t=1,p=1$${SALT.slice(0, -1)}B$${HASH}`],
    ['no hash', `$argon2id$v=19$m=64,t=1,p=1$${SALT}`],
    ['a line end', `$argon2id$v=19$m=64,t=1,p=1$${SALT}$${HASH}\n`],
  ])('is refused with %s', (_what, phc) => {
    expect(() => parsePhc(phc)).toThrow(REFUSED);
  });

  it('never appears in the refusal', () => {
    const phc = `$argon2id$v=19$m=999999,t=1,p=1$${SALT}$${HASH}`;
    expect(() => parsePhc(phc)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(SALT) as string }),
    );
  });
});

describe('the ceilings on a stored hash', () => {
  const fine: StoredHash = {
    memoryKib: 262_144,
    iterations: 10,
    parallelism: 4,
    salt: Buffer.alloc(64),
    hash: Buffer.alloc(64),
  };

  it('allow the largest values', () => {
    expect(() => assertWithinCeilings(fine)).not.toThrow();
    expect(() => assertWithinCeilings({ ...fine, salt: Buffer.alloc(8), hash: Buffer.alloc(16) })).not.toThrow();
  });

  it.each([
    { memoryKib: 262_145 },
    { iterations: 11 },
    { parallelism: 5 },
    { memoryKib: 31 },
    { salt: Buffer.alloc(7) },
    { salt: Buffer.alloc(65) },
    { hash: Buffer.alloc(15) },
    { hash: Buffer.alloc(65) },
  ])('refuse %j', (change) => {
    expect(() => assertWithinCeilings({ ...fine, ...change })).toThrow(REFUSED);
  });

  it('hold for whatever is read', () => {
    const planted = fc.record({
      memoryKib: fc.integer({ min: 262_145, max: 4_294_967_295 }),
      iterations: fc.integer({ min: 11, max: 4_294_967_295 }),
      parallelism: fc.integer({ min: 5, max: 16_777_215 }),
    });
    fc.assert(
      fc.property(stored, planted, fc.constantFrom('memoryKib', 'iterations', 'parallelism'), (value, high, name) => {
        expect(() => parsePhc(serializePhc({ ...value, [name]: high[name] }))).toThrow(REFUSED);
      }),
    );
  });
});

describe('rehashing', () => {
  it('is due exactly when a parameter differs', () => {
    fc.assert(
      fc.property(fc.record(parameters), fc.record(parameters), (one, other) => {
        expect(needsRehash(one, one)).toBe(false);
        expect(needsRehash(one, other)).toBe(JSON.stringify(one) !== JSON.stringify(other));
      }),
    );
    const base = { memoryKib: 64, iterations: 2, parallelism: 1 };
    for (const name of ['memoryKib', 'iterations', 'parallelism'] as const) {
      expect(needsRehash({ ...base, [name]: base[name] + 1 }, base)).toBe(true);
      expect(needsRehash(base, { ...base, [name]: base[name] + 1 })).toBe(true);
    }
  });
});
