import { expect, it } from 'vitest';
import { randomBytes } from './random-bytes.js';

it('gives as many bytes as asked for, up to what it draws at once', () => {
  for (const count of [0, 1, 12, 4095, 4096]) expect(randomBytes(count)).toHaveLength(count);
  expect(() => randomBytes(4097)).toThrow(RangeError);
});

it('hands no byte out twice, however the handfuls lie on what it has drawn [ASVS 11.5.2]', () => {
  const handfuls = Array.from({ length: 20_000 }, (_, index) => randomBytes(12 + (index % 7)).toString('hex', 0, 12));
  expect(new Set(handfuls).size).toBe(handfuls.length);
});

it('leaves what it gave alone: later bytes do not come to lie in it', () => {
  const first = randomBytes(32);
  const copy = Buffer.from(first);
  for (let round = 0; round < 1000; round += 1) randomBytes(32);
  expect(first).toEqual(copy);
  expect(first.some((byte) => byte !== 0)).toBe(true);
});

it('favours no value [ASVS 11.5.1]', () => {
  const draws = 1_048_576;
  const counts = Array.from({ length: 256 }, () => 0);
  for (let left = draws; left > 0; left -= 16)
    for (const byte of randomBytes(16)) counts[byte] = (counts[byte] ?? 0) + 1;
  const expected = draws / 256;
  const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 255 degrees of freedom: outside of 130 to 410 less than once in ten million runs.
  expect(chiSquared).toBeGreaterThan(130);
  expect(chiSquared).toBeLessThan(410);
});
