import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderMetrics, runInRequestContext } from '@platform/telemetry';
import { testRedisUrl } from '@platform/testing';
import type { DenialReason } from './domain/sms-guard.js';
import { type Otp, type OtpOptions, otpOn, outcomes, phoneOrder, tally, wrong } from './testing/otp.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LIMITED = { code: 'otp.sms-limited', kind: 'limited', limit: 'sms-guard' };
const COUNTRIES = ['VN', 'TH', 'LA', 'KH', 'SG'];

let clients: Redis[];
let redis: Redis;
let now: number;
let otp: Otp;
let addresses = 0;

beforeAll(async () => {
  Logger.overrideLogger(false);
  const url = await testRedisUrl();
  clients = Array.from({ length: 4 }, () => new Redis(url));
  redis = clients[0]!;
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.quit()));
});

beforeEach(async () => {
  await redis.flushdb();
  now = Date.parse('2026-11-24T10:00:00.000Z');
  otp = on();
});

function on(sms: OtpOptions['sms'] = {}, client = redis): Otp {
  const clock = { now: () => new Date(now) };
  return otpOn(client, { clock, sms: { allowedCountries: COUNTRIES, ...sms } });
}

const freshNumber = () => phoneOrder().identifier.value;
const freshAddress = () => `198.51.${Math.floor((addresses += 1) / 250)}.${addresses % 250}`;
interface Sms {
  number?: string;
  address?: string;
  country?: string;
}

/** One SMS; of a number block and an address that no other has, unless told. */
function admit({ number = freshNumber(), address = freshAddress(), country = 'VN' }: Sms = {}, by = otp) {
  return runInRequestContext({ clientAddress: address }, () => by.guard.admit(number, country));
}

/** So many SMS of which each is let through. */
async function admitted(count: number, sms: Sms = {}): Promise<void> {
  for (let each = 0; each < count; each += 1) await admit(sms);
}

/** So many codes that were sent and entered. */
async function verified(count: number, { number = freshNumber(), address = freshAddress(), country = 'VN' }: Sms = {}) {
  const ticket = { id: 'any', country, prefix: number.slice(0, -4), network: address };
  await Promise.all(Array.from({ length: count }, () => otp.guard.settle(ticket)));
}

async function expectDenied(reason: DenialReason, retryAfterMs: number, sms: Sms = {}): Promise<void> {
  const before = await denials(reason);
  await expect(admit(sms)).rejects.toMatchObject({ ...LIMITED, retryAfterSeconds: retryAfterMs / 1000 });
  expect(await denials(reason)).toBe(before + 1);
}

async function denials(reason: DenialReason, mode = 'deny'): Promise<number> {
  const line = `identity_sms_guard_denials_total{reason="${reason}",mode="${mode}"} `;
  return Number((await renderMetrics()).split(line)[1]!.split('\n')[0]);
}

describe('a country', () => {
  it('gets three unverified SMS an hour before anything was verified, from wherever they come', async () => {
    await admitted(1);
    now += HOUR / 2;
    await admitted(2);
    await expectDenied('country_hourly', HOUR / 2);
    now += HOUR / 2;
    await admitted(1);
    await expectDenied('country_hourly', HOUR / 2);
  });

  it('gets twenty a day', async () => {
    const began = now;
    for (let count = 0; count < 20; count += 1) {
      await admitted(1);
      now += 61 * 60_000;
    }
    await expectDenied('country_daily', began + DAY - now);
    now = began + DAY;
    await admitted(1);
  });

  it('gets a fifth of the best day of 14, and a sixth of that in an hour', async () => {
    await verified(180);
    await admitted(6);
    await expectDenied('country_hourly', HOUR);
    now += DAY;
    await verified(50);
    now += 12 * DAY;
    await admitted(6);
    await expectDenied('country_hourly', HOUR);
    now += DAY;
    await admitted(3);
    await expectDenied('country_hourly', HOUR);
  });

  it('is counted for itself', async () => {
    await admitted(3);
    await expectDenied('country_hourly', HOUR);
    await admitted(3, { country: 'TH' });
  });

  it.each(['deny', 'record'] as const)('that is not on the list is not served, in mode %s', async (guardMode) => {
    const own = on({ allowedCountries: ['VN'], guardMode });
    const before = await denials('country_not_served');
    for (const country of ['TH', '', undefined]) {
      await expect(own.guard.admit(freshNumber(), country)).rejects.toMatchObject({
        code: 'request.invalid',
        kind: 'invalid',
        errors: [{ path: 'identifier.value', code: 'country-not-served' }],
      });
    }
    expect(await denials('country_not_served')).toBe(before + 3);
    expect(await redis.keys('*')).toEqual([]);
  });
});

describe('a block of numbers', () => {
  const number = freshNumber();
  beforeEach(() => verified(600));

  it('gets five an hour and ten a day, from wherever they come', async () => {
    await admitted(5, { number });
    await expectDenied('prefix_hourly', HOUR, { number: `${number.slice(0, -4)}9999` });
    await admitted(1);
    now += HOUR;
    await admitted(5, { number });
    now += HOUR;
    await expectDenied('prefix_daily', 22 * HOUR, { number });
  });

  it('gets a fifth of what it verified in a day', async () => {
    await verified(60, { number });
    await admitted(5, { number });
    now += HOUR;
    await admitted(5, { number });
    now += HOUR;
    await admitted(2, { number });
    now += HOUR;
    await expectDenied('prefix_daily', 21 * HOUR, { number });
  });
});

describe('a client', () => {
  beforeEach(() => verified(600));

  it.each([
    ['address', ['203.0.113.7', '203.0.113.7']],
    ['IPv6 network', ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9']],
  ])('gets five an hour and ten a day, whatever it asks for: %s', async (_what, [one, other]) => {
    await admitted(5, { address: one });
    await expectDenied('network_hourly', HOUR, { address: other });
    now += HOUR;
    await admitted(5, { address: one });
    now += HOUR;
    await expectDenied('network_daily', 22 * HOUR, { address: other });
  });

  it('gets a fifth of what it verified in a day: offices share an address', async () => {
    const address = '203.0.113.8';
    await verified(180, { address });
    await admitted(6, { address });
    await expectDenied('network_hourly', HOUR, { address });
    now += DAY;
    await admitted(5, { address });
    await expectDenied('network_hourly', HOUR, { address });
  });

  it('asks for three countries a day, those not counted of which it entered a code', async () => {
    const address = '203.0.113.9';
    for (const country of ['VN', 'TH', 'LA']) await admitted(1, { address, country });
    await expectDenied('network_countries', DAY, { address, country: 'KH' });
    await admitted(1, { address, country: 'LA' });
    await verified(1, { address, country: 'TH' });
    await admitted(1, { address, country: 'KH' });
    now += HOUR;
    await expectDenied('network_countries', DAY - HOUR, { address, country: 'SG' });
    now += DAY - HOUR;
    await admitted(1, { address, country: 'SG' });
  });

  it('whose code for a country was entered more than a day ago asks for that as for any other', async () => {
    const address = '203.0.113.11';
    await verified(1, { address, country: 'TH' });
    now += DAY;
    for (const country of ['VN', 'LA', 'KH']) await admitted(1, { address, country });
    await expectDenied('network_countries', DAY, { address, country: 'TH' });
  });
});

describe('the guard', () => {
  it('whose limit fell meanwhile says when there is room for one more', async () => {
    const address = '203.0.113.10';
    await verified(600);
    await verified(180, { address });
    now += DAY - 30 * 60_000;
    for (let count = 0; count < 6; count += 1) {
      await admitted(1, { address });
      now += 60_000;
    }
    now += 24 * 60_000;
    await expectDenied('network_hourly', 31 * 60_000, { address });
  });

  it('lets no more through when asked 100 times at once from four processes', async () => {
    const all = clients.map((client) => on({}, client));
    const results = await outcomes(Array.from({ length: 100 }, (_, at) => admit({}, all[at % 4])));
    expect(tally(results)).toEqual({ ok: 3, 'otp.sms-limited': 97 });
  });

  it('stops counting what was given back or entered, once however often that is said', async () => {
    const tickets = [await admit(), await admit(), await admit()];
    await Promise.all([1, 2, 3].map(() => otp.guard.giveBack(tickets[0]!)));
    await admitted(1);
    await expectDenied('country_hourly', HOUR);
    await otp.guard.settle(tickets[1]!);
    await admitted(1);
    await expectDenied('country_hourly', HOUR);
  });

  it('in record mode counts what it would deny, and lets it through', async () => {
    const recording = on({ guardMode: 'record' });
    const before = await denials('country_hourly', 'record');
    for (let count = 0; count < 5; count += 1) await admit({}, recording);
    expect(await denials('country_hourly', 'record')).toBe(before + 2);
    // What would have been denied would not have been counted: the window shows what the other mode would do.
    expect(await redis.zcard('sms:guard:unverified:country:VN')).toBe(3);
    await expectDenied('country_hourly', HOUR);
  });

  it('keeps what it knows for 14 days at most, in keys of its own', async () => {
    await admitted(2);
    await verified(2);
    now += 20 * DAY;
    await verified(1, { number: '+84900011234', address: '203.0.113.7' });
    const keys = await redis.keys('*');
    expect(keys).not.toEqual([]);
    for (const key of keys) {
      expect(key).toMatch(/^sms:guard:(unverified|verified):(country|prefix|network):/);
      expect(await redis.pttl(key)).toBeGreaterThan(0);
      expect(await redis.pttl(key)).toBeLessThanOrEqual(14 * DAY);
    }
    expect(Object.keys(await redis.hgetall('sms:guard:verified:country:VN'))).toHaveLength(1);
  });
});

describe('a code by SMS', () => {
  const ask = (order = phoneOrder(), by = otp) =>
    runInRequestContext({ clientAddress: freshAddress() }, () => by.request.execute(order));
  const unverified = () => redis.zcard('sms:guard:unverified:country:VN');

  it('counts until it is entered', async () => {
    const order = phoneOrder();
    const { challengeId } = await ask(order);
    expect(await unverified()).toBe(1);
    const guess = { ...order, challengeId, code: otp.queue.code };
    await expect(otp.verify.execute({ ...guess, code: wrong(guess.code) })).rejects.toThrow('wrong');
    expect(await unverified()).toBe(1);
    await otp.verify.execute(guess);
    expect(await unverified()).toBe(0);
    expect(await redis.hvals('sms:guard:verified:country:VN')).toEqual(['1']);
  });

  it('that is refused by its slot counts nothing, not even when 50 ask at once', async () => {
    const order = phoneOrder();
    const results = tally(await outcomes(Array.from({ length: 50 }, () => ask(order))));
    expect(results['ok']).toBe(1);
    expect(await unverified()).toBe(1);
  });

  it('that is refused by its slot says so, whatever the guard would say', async () => {
    const order = phoneOrder();
    await ask(order);
    await admitted(2);
    await expect(ask(order)).rejects.toMatchObject({ code: 'otp.cooldown' });
  });

  it('that could not be sent counts nothing', async () => {
    otp.queue.failure = new Error('closed');
    await expect(ask()).rejects.toMatchObject({ code: 'otp.unavailable' });
    expect(await unverified()).toBe(0);
  });

  it('that the guard denies leaves the slot as it was, the pending code too', async () => {
    const order = phoneOrder();
    const { challengeId } = await ask(order);
    const { code } = otp.queue;
    await redis.del(`phone-auth:cooldown:${order.identifier.value}`);
    await admitted(2);
    await expect(ask(order)).rejects.toMatchObject(LIMITED);
    expect(otp.queue.orders).toHaveLength(1);
    await otp.verify.execute({ ...order, challengeId, code });
  });

  it('to a country that is not served is refused as a fault of the request', async () => {
    const refused = ask({ ...phoneOrder(), country: 'US' });
    await expect(refused).rejects.toMatchObject({ code: 'request.invalid', errors: [{ code: 'country-not-served' }] });
  });
});
