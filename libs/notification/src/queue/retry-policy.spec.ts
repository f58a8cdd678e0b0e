import { describe, expect, it } from 'vitest';
import { backoffStrategy, DEFAULT_RETRY_POLICY, jobOptions } from './retry-policy.js';

const CODE_LIFE_MS = 600_000;
const job = (expiresAt?: string) => ({ data: { expiresAt }, opts: jobOptions(DEFAULT_RETRY_POLICY) });
const waits = (expiresAt?: string) =>
  Array.from({ length: DEFAULT_RETRY_POLICY.attempts - 1 }, (_, index) =>
    backoffStrategy(index + 1, 'doubling', new Error('x'), job(expiresAt)),
  );
const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);

describe('the attempts of a message', () => {
  it('outlast the life of any code, and notice within half a minute that a provider is back', () => {
    for (let round = 0; round < 100; round += 1) {
      const times = waits('2026-01-01T00:00:00.000Z');
      expect(sum(times)).toBeGreaterThan(CODE_LIFE_MS);
      expect(Math.max(...times)).toBeLessThan(40_000);
    }
  });

  it('without an end go on for hours', () => {
    expect(sum(waits())).toBeGreaterThan(3 * 3_600_000);
    expect(Math.max(...waits())).toBeLessThanOrEqual(720_000);
  });

  it('double their waits, and spread them', () => {
    const firsts = Array.from({ length: 200 }, () => backoffStrategy(1, 'doubling', undefined, job()));
    expect(Math.min(...firsts)).toBeGreaterThanOrEqual(800);
    expect(Math.max(...firsts)).toBeLessThanOrEqual(1200);
    expect(new Set(firsts).size).toBeGreaterThan(50);
    expect(backoffStrategy(4, 'doubling', undefined, job())).toBeGreaterThanOrEqual(6400);
  });
});
