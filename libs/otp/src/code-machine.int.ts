import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testRedisUrl } from '@platform/testing';
import { mailOrder, type Otp, otpOn, outcomes, wrong } from './testing/otp.js';

const LIMITS = { maxAttempts: 3, dailyQuota: 4 };
const STEPS = [
  'ask',
  'ask',
  'right',
  'right',
  'wrong',
  'wrong',
  'replay',
  'foreign',
  'cool',
  'cool',
  'expire',
  'unlock',
] as const;
type Step = (typeof STEPS)[number];
/** Orders of steps that reach the rules which chance reaches seldom. */
const RARE: [Step[]][] = [
  [['cool', 'ask', 'cool', 'ask', 'cool', 'ask', 'cool', 'ask']],
  [['wrong', 'wrong', 'wrong', 'right', 'ask', 'unlock', 'ask', 'right']],
];

let redis: Redis;
let otp: Otp;

beforeAll(async () => {
  Logger.overrideLogger(false);
  redis = new Redis(await testRedisUrl());
  otp = otpOn(redis, { limits: LIMITS });
});

afterAll(async () => {
  await redis.quit();
});

/** The rules in their plainest form. */
class Model {
  private pending = false;
  private locked = false;
  private cooling = false;
  private attempts = 0;
  private sent = 0;

  take(step: Step): string {
    if (step === 'cool') this.cooling = false;
    else if (step === 'expire') this.pending = false;
    else if (step === 'unlock') this.locked = false;
    else return step === 'ask' ? this.ask() : this.guess(step);
    return 'ok';
  }

  private ask(): string {
    if (this.locked) return 'otp.locked';
    if (this.cooling) return 'otp.cooldown';
    if (this.sent === LIMITS.dailyQuota) return 'otp.quota-exceeded';
    [this.pending, this.cooling] = [true, true];
    this.sent += 1;
    return 'ok';
  }

  private guess(step: Step): string {
    if (this.locked) return 'otp.locked';
    if (!this.pending || step === 'foreign' || step === 'replay') return 'otp.invalid-code';
    if (step === 'right') {
      [this.pending, this.attempts] = [false, 0];
      return 'ok';
    }
    this.attempts += 1;
    if (this.attempts === LIMITS.maxAttempts)
      [this.locked, this.pending, this.cooling, this.attempts] = [true, false, false, 0];
    return 'otp.invalid-code';
  }
}

/** The service, with the newest code and the one before it. */
function machine() {
  const order = mailOrder();
  const key = (what: string) => `${order.namespace}:${what}:${order.identifier.value}`;
  let newest = { challengeId: 'none', code: '000000' };
  let before = newest;
  const ask = async () => {
    const { challengeId } = await otp.request.execute(order);
    before = newest;
    newest = { challengeId, code: otp.queue.code };
  };
  const guess = (changes: object = {}) => otp.verify.execute({ ...order, ...newest, ...changes });
  const steps: Record<Step, () => Promise<unknown>> = {
    ask,
    right: () => guess(),
    wrong: () => guess({ code: wrong(newest.code) }),
    replay: () => guess(before),
    foreign: () => guess({ challengeId: 'foreign' }),
    cool: () => redis.del(key('cooldown')),
    expire: () => redis.del(key('code')),
    unlock: () => redis.del(key('lock')),
  };
  return async (step: Step) => (await outcomes([steps[step]()]))[0];
}

it('answers as the rules say, whatever is done in whatever order', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...STEPS), { minLength: 10, maxLength: 60 }), async (steps) => {
      const [model, take] = [new Model(), machine()];
      for (const [at, step] of ['ask' as const, ...steps].entries()) {
        const expected = model.take(step);
        seen.add(`${step} ${expected}`);
        expect([at, step, await take(step)]).toEqual([at, step, expected]);
      }
    }),
    { numRuns: 150, examples: RARE },
  );
  for (const reached of ['ask otp.quota-exceeded', 'right otp.locked', 'ask otp.locked', 'right ok'])
    expect(seen).toContain(reached);
});
