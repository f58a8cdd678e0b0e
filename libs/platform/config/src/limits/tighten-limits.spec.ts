import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Limits, limitsOf } from './limits.js';
import { LIMIT_CODES, tightenLimits } from './tighten-limits.js';

const CODES = {
  codeTtlSeconds: { email: 600, phone: 300 },
  resendCooldownSeconds: 60,
  maxAttempts: 5,
  lockSeconds: 900,
  dailyQuota: 10,
};
const settings = limitsOf({
  otp: {
    'verify-email': { ...CODES, lockSeconds: 600 },
    'phone-auth': CODES,
    'forgot-password': CODES,
    pepperFile: '',
  },
  signIn: { maxFailures: 10, lockSeconds: 900 },
});
const loose = (path: string, message: string, code: string = LIMIT_CODES.otp) => ({ code, path, message });

/** Every number that `limits` holds, by its path; what is tighter when it is more is turned round. */
function numbers(limits: object, path = ''): [string, number][] {
  return Object.entries(limits).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? numbers(value, `${path}${name}.`)
      : [[`${path}${name}`, Number(value) * (/(lock|Cooldown)Seconds$/.test(name) ? -1 : 1)] as [string, number]],
  );
}

describe('limits in the configuration', () => {
  it('are those of the settings without a row, and with an empty one', () => {
    expect(tightenLimits(settings, {})).toEqual({ limits: settings, faults: [] });
    expect(tightenLimits(settings, { otp: {}, signIn: {} })).toEqual({ limits: settings, faults: [] });
  });

  it('hold for every purpose, or for the one that names its own', () => {
    const { limits, faults } = tightenLimits(settings, {
      otp: { dailyQuota: 3, codeTtlSeconds: 400, 'phone-auth': { dailyQuota: 5, resendCooldownSeconds: 300 } },
    });
    expect(faults).toEqual([]);
    expect(limits.otp['verify-email']).toEqual({
      ...CODES,
      lockSeconds: 600,
      dailyQuota: 3,
      codeTtlSeconds: { email: 400, phone: 300 },
    });
    expect(limits.otp['phone-auth']).toMatchObject({ dailyQuota: 5, resendCooldownSeconds: 300 });
    expect(limits.otp['forgot-password']).toMatchObject({ dailyQuota: 3, resendCooldownSeconds: 60 });
  });

  it('hold for all who sign in, or for client addresses alone', () => {
    const { limits } = tightenLimits(settings, { signIn: { maxFailures: 5, address: { lockSeconds: 3600 } } });
    const { address, ...others } = limits.signIn;
    expect(others).toEqual({ maxFailures: 5, lockSeconds: 900 });
    expect(address).toEqual({ maxFailures: 5, lockSeconds: 3600 });
  });

  it('hold for what the SMS guard allows', () => {
    const { limits } = tightenLimits(settings, { otp: { sms: { network: { hourly: 2 } } } });
    expect(limits.sms).toEqual({ ...settings.sms, network: { daily: 10, hourly: 2 } });
  });

  it('that are looser count for nothing, each by itself, and say what they must be', () => {
    const row = { otp: { dailyQuota: 11, maxAttempts: 3, lockSeconds: 700 }, signIn: { lockSeconds: 60 } };
    const { limits, faults } = tightenLimits(settings, row);
    expect(limits.otp['verify-email']).toMatchObject({ dailyQuota: 10, maxAttempts: 3, lockSeconds: 700 });
    expect(limits.otp['phone-auth']).toMatchObject({ dailyQuota: 10, maxAttempts: 3, lockSeconds: 900 });
    expect(limits.signIn.lockSeconds).toBe(900);
    expect(faults).toContainEqual(loose('dailyQuota', 'must be at most 10 for phone-auth, as the settings say'));
    expect(faults).toContainEqual(loose('lockSeconds', 'must be at least 900 for phone-auth, as the settings say'));
    expect(faults).toContainEqual(
      loose('lockSeconds', 'must be at least 900, as the settings say', LIMIT_CODES.signIn),
    );
  });

  it.each([
    ['no object', 7],
    ['null', null],
    ['a name that is none', { dailyQouta: 3 }],
    ['a text for a number', { dailyQuota: '3' }],
    ['nothing at all', { dailyQuota: 0 }],
    ['a fraction', { maxAttempts: 1.5 }],
    ['a purpose that is none', { 'verify-phone': { dailyQuota: 3 } }],
  ])('count for nothing as a whole with %s', (_what, otp) => {
    const { limits, faults } = tightenLimits(settings, { otp, signIn: { maxFailures: 3 } });
    expect(limits.otp).toEqual(settings.otp);
    expect(limits.signIn.maxFailures).toBe(3);
    expect(faults.length).toBeGreaterThan(0);
  });

  it('are never looser than the settings, whatever a row holds', () => {
    const limit = fc.option(fc.integer({ min: 0, max: 1200 }), { nil: undefined });
    const codes = {
      codeTtlSeconds: limit,
      resendCooldownSeconds: limit,
      maxAttempts: limit,
      lockSeconds: limit,
      dailyQuota: limit,
    };
    const rows = fc.record({
      otp: fc.record({
        ...codes,
        'phone-auth': fc.record(codes),
        sms: fc.record({ prefix: fc.record({ daily: limit }) }),
      }),
      signIn: fc.record({ maxFailures: limit, lockSeconds: limit, address: fc.record({ maxFailures: limit }) }),
    });
    const allowed = new Map(numbers(settings));
    fc.assert(
      fc.property(rows, (row) => {
        const { limits } = tightenLimits(settings, row) satisfies { limits: Limits };
        for (const [path, value] of numbers(limits)) expect(value).toBeLessThanOrEqual(allowed.get(path) ?? Number.NaN);
      }),
    );
  });
});
