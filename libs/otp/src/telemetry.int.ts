import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createLogger, renderMetrics } from '@platform/telemetry';
import { testRedisUrl } from '@platform/testing';
import { mailOrder, type Otp, otpOn, outcomes, phoneOrder, wrong } from './testing/otp.js';

let redis: Redis;
let otp: Otp;

beforeAll(async () => {
  redis = new Redis(await testRedisUrl());
  await redis.flushdb();
  otp = otpOn(redis);
});

afterAll(async () => {
  vi.restoreAllMocks();
  await redis.quit();
});

async function series(name: string): Promise<Record<string, number>> {
  const lines = (await renderMetrics()).split('\n').filter((line) => line.startsWith(`${name}{`));
  return Object.fromEntries(
    lines.map((line) => {
      const [, labels = '', value] = /\{(.*)\} (\d+)$/.exec(line) ?? [];
      return [[...labels.matchAll(/"([^"]*)"/g)].map(([, label]) => label).join(' '), Number(value)];
    }),
  );
}

it('counts requests and verifications by outcome, all from 0 on', async () => {
  const names = ['verify-email', 'phone-auth', 'forgot-password'];
  const all = (...of: string[]) =>
    Object.fromEntries(names.flatMap((name) => of.map((each) => [`${name} ${each}`, 0])));
  const requested = all('accepted', 'cooldown', 'quota', 'locked', 'sms_limited', 'unavailable');
  const verified = all('verified', 'invalid', 'locked', 'unavailable');
  expect(await series('identity_otp_requests_total')).toEqual(requested);
  expect(await series('identity_otp_verifications_total')).toEqual(verified);
  expect(new Set(Object.values(await series('identity_sms_guard_denials_total')))).toEqual(new Set([0]));

  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const order = mailOrder();
  const { challengeId } = await otp.request.execute(order);
  const guess = { ...order, challengeId, code: otp.queue.code };
  await outcomes([otp.request.execute(order), otp.verify.execute({ ...guess, code: wrong(guess.code) })]);
  await otp.verify.execute(guess);
  await outcomes([otp.request.execute({ ...phoneOrder(), country: 'US' })]);
  expect(await series('identity_otp_requests_total')).toEqual({
    ...requested,
    'verify-email accepted': 1,
    'verify-email cooldown': 1,
    'phone-auth sms_limited': 1,
  });
  expect(await series('identity_otp_verifications_total')).toEqual({
    ...verified,
    'verify-email verified': 1,
    'verify-email invalid': 1,
  });
  expect(await series('identity_sms_guard_denials_total')).toMatchObject({ 'country_not_served deny': 1 });
});

it('[ASVS 16.2.5] logs what happened, with the identifier masked and nothing that opens anything', async () => {
  const lines: string[] = [];
  const pino = createLogger({ logLevel: 'info', mode: 'api' }, { write: (line) => void lines.push(line) });
  vi.spyOn(Logger.prototype, 'log').mockImplementation((fields: object) => pino.info(fields));
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((fields: object) => pino.warn(fields));
  const order = phoneOrder();
  const { challengeId } = await otp.request.execute(order);
  const { code } = otp.queue;
  await outcomes([otp.verify.execute({ ...order, challengeId, code: wrong(code) })]);
  await otp.verify.execute({ ...order, challengeId, code });
  await outcomes(Array.from({ length: 4 }, () => otp.request.execute(phoneOrder())));
  const text = lines.join('');
  for (const secret of [code, challengeId, order.identifier.value, order.identifier.value.slice(0, -4)])
    expect(text).not.toContain(secret);
  const messages = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const identifier = { 'identifier.scheme': 'phone', 'identifier.value': '+84*****1234' };
  expect(messages.slice(0, 3)).toMatchObject([
    { 'otp.namespace': 'phone-auth', ...identifier, msg: 'code requested' },
    { 'otp.namespace': 'phone-auth', ...identifier, msg: 'code invalid' },
    { 'otp.namespace': 'phone-auth', ...identifier, msg: 'code verified' },
  ]);
  expect(messages.find(({ level }) => level === 'warn')).toMatchObject({
    ...identifier,
    sms: { reason: 'country_hourly', mode: 'deny' },
  });
});
