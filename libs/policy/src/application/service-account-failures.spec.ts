import { beforeEach, expect, it } from 'vitest';
import { ServiceAccountFailures } from './service-account-failures.js';

let now: number;
let failures: ServiceAccountFailures;

beforeEach(() => {
  now = 1_000_000;
  failures = new ServiceAccountFailures({ monotonic: () => now });
});

const fail = (times: number, address: (at: number) => string | undefined) =>
  Array.from({ length: times }, (_each, at) => failures.note(address(at))).filter((wait) => wait > 0).length;

it('twenty failures of an address in a minute are borne, and no more', () => {
  expect(fail(20, () => '203.0.113.7')).toBe(0);
  now += 15_000;
  expect(failures.note('203.0.113.7')).toBe(45_000);
  expect(failures.note('203.0.113.8')).toBe(0);
});

it('a flood ends with its minute: failing on does not make it longer', () => {
  fail(500, () => '203.0.113.7');
  now += 59_999;
  expect(failures.note('203.0.113.7')).toBe(1);
  now += 1;
  expect(fail(20, () => '203.0.113.7')).toBe(0);
});

it('an IPv6 customer is one, from however many addresses', () => {
  expect(fail(30, (at) => `2001:db8::${at + 1}`)).toBe(10);
  expect(fail(30, (at) => `2001:db8:0:${at + 1}::1`)).toBe(0);
});

it('who has no address counts as one', () => {
  expect(fail(21, () => undefined)).toBe(1);
});

it('any number of addresses takes bounded memory: the oldest are forgotten', () => {
  fail(21, () => '203.0.113.7');
  fail(10_000, (at) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`);
  expect(failures.note('203.0.113.7')).toBe(0);
});
