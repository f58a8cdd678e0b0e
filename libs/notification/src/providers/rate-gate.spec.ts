import { expect, it } from 'vitest';
import { RateGate } from './rate-gate.js';

it('spaces what comes at once, refuses what would wait too long, and forgets with time', () => {
  let now = 500;
  const gate = new RateGate({ monotonic: () => now }, 1000);
  const places = Array.from({ length: 7 }, () => gate.reserve('vnpay', 4));
  expect(places).toEqual([0, 250, 500, 750, 1000, undefined, undefined]);
  expect(gate.reserve('other', 4)).toBe(0);
  now += 1000;
  expect(gate.reserve('vnpay', 4)).toBe(250);
  now += 60_000;
  expect(gate.reserve('vnpay', 4)).toBe(0);
});
