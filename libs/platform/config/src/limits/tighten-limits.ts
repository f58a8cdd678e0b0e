import { z } from 'zod';
import { OTP_NAMESPACES, type OtpLimits, type OtpNamespace } from '../otp-settings.js';
import type { Limits, SmsFloor } from './limits.js';

/** The rows of public."Configuration" that tighten limits. */
export const LIMIT_CODES = { otp: 'identity.limits.otp', signIn: 'identity.limits.sign-in' } as const;

/** What is wrong with one of these rows; no value is repeated in it. */
export interface LimitFault {
  code: (typeof LIMIT_CODES)[keyof typeof LIMIT_CODES];
  /** Such as `phone-auth.dailyQuota`; empty for the row as a whole. */
  path: string;
  message: string;
}

const whole = (min: number, max: number) => {
  const wants = `wants a whole number from ${min} to ${max}`;
  return z.int(wants).min(min, wants).max(max, wants).optional();
};
/** Less than a minute is no life for a mail, and messages tell whole minutes. */
const codeLimits = {
  codeTtlSeconds: whole(60, 600),
  resendCooldownSeconds: whole(1, 3600),
  maxAttempts: whole(1, 100),
  lockSeconds: whole(1, 3600),
  dailyQuota: whole(1, 10_000),
};
const floor = z.strictObject({ daily: whole(1, 10_000), hourly: whole(1, 10_000) }).optional();
const signInLimits = { maxFailures: whole(1, 1000), lockSeconds: whole(1, 86_400) };

const forEachNamespace = Object.fromEntries(
  OTP_NAMESPACES.map((namespace) => [namespace, z.strictObject(codeLimits).optional()]),
) as Record<OtpNamespace, z.ZodOptional<z.ZodObject<typeof codeLimits, z.core.$strict>>>;

/** Five limits for all purposes, the same for one, and what the SMS guard always allows. */
const otpRow = z.strictObject({
  ...codeLimits,
  ...forEachNamespace,
  sms: z.strictObject({ country: floor, prefix: floor, network: floor }).optional(),
});
/** For all that failures are counted on, and for client addresses alone. */
const signInRow = z.strictObject({ ...signInLimits, address: z.strictObject(signInLimits).optional() });

type Fault = Omit<LimitFault, 'code'>;

/** A row, or a part of one, that may hold a limit. */
interface Source {
  values: Partial<Record<string, unknown>> | undefined;
  /** Before the limit's name in what is told. */
  prefix: string;
  whose?: string;
}

/** What is tighter than a setting when it is more; of all others less is. */
const MORE_IS_TIGHTER = new Set(['resendCooldownSeconds', 'lockSeconds']);

/**
 * The limits of the settings, tightened by what rows hold. A row of the wrong form counts for nothing; of a sound one
 * each limit that is looser than the settings counts for nothing.
 * @param rows values of the rows of LIMIT_CODES, as far as they are there
 */
export function tightenLimits(
  settings: Limits,
  rows: { otp?: unknown; signIn?: unknown },
): { limits: Limits; faults: LimitFault[] } {
  const faults: LimitFault[] = [];
  const read = <Row>(code: LimitFault['code'], schema: z.ZodType<Row>, value: unknown): Row | undefined => {
    const parsed = value === undefined ? undefined : schema.safeParse(value);
    for (const { path, message } of parsed?.error?.issues ?? []) faults.push({ code, path: path.join('.'), message });
    return parsed?.data;
  };
  const codes = read(LIMIT_CODES.otp, otpRow, rows.otp);
  const signIn = read(LIMIT_CODES.signIn, signInRow, rows.signIn);
  const ofCodes = new Tightening();
  const ofSignIn = new Tightening();
  const { address, ...own } = settings.signIn;
  const limits = {
    otp: mapValues(settings.otp, (each, namespace) => codesOf(namespace, each, codes, ofCodes)),
    sms: mapValues(settings.sms, (floors, dimension) =>
      ofCodes.each<SmsFloor>(floors, [{ values: codes?.sms?.[dimension], prefix: `sms.${dimension}.` }]),
    ),
    signIn: {
      ...ofSignIn.each(own, [{ values: signIn, prefix: '' }]),
      address: ofSignIn.each(address, [
        { values: signIn?.address, prefix: 'address.' },
        { values: signIn, prefix: '' },
      ]),
    },
  };
  faults.push(...ofCodes.faults(LIMIT_CODES.otp), ...ofSignIn.faults(LIMIT_CODES.signIn));
  return { limits, faults };
}

function codesOf(
  namespace: OtpNamespace,
  { codeTtlSeconds, ...settings }: OtpLimits,
  row: z.infer<typeof otpRow> | undefined,
  tightening: Tightening,
): OtpLimits {
  const sources = [
    { values: row?.[namespace], prefix: `${namespace}.` },
    { values: row, prefix: '', whose: ` for ${namespace}` },
  ];
  const { email, phone } = codeTtlSeconds;
  // One number for both ways, as in the settings: each code lives as long as its way allows, or shorter.
  const longest = tightening.each({ codeTtlSeconds: Math.max(email, phone) }, sources).codeTtlSeconds;
  return {
    ...tightening.each(settings, sources),
    codeTtlSeconds: { email: Math.min(longest, email), phone: Math.min(longest, phone) },
  };
}

/** Takes limits out of rows, and notes those that are looser than the settings. */
class Tightening {
  private readonly found = new Map<string, Fault>();

  /** Of each limit the first that the sources hold and that is no looser than the setting; else the setting. */
  each<T extends Record<keyof T, number>>(settings: T, sources: Source[]): T {
    return mapValues(settings, (setting, name) => {
      for (const source of sources) {
        const value = source.values?.[name];
        if (typeof value === 'number' && this.isTight(name, setting, value, source)) return value as T[typeof name];
      }
      return setting;
    });
  }

  faults(code: LimitFault['code']): LimitFault[] {
    return [...this.found.values()].map((fault) => ({ code, ...fault }));
  }

  private isTight(name: string, setting: number, value: number, { prefix, whose = '' }: Source): boolean {
    const wantsMore = MORE_IS_TIGHTER.has(name);
    if (wantsMore ? value >= setting : value <= setting) return true;
    const path = `${prefix}${name}`;
    const message = `must be at ${wantsMore ? 'least' : 'most'} ${setting}${whose}, as the settings say`;
    this.found.set(`${path} ${message}`, { path, message });
    return false;
  }
}

function mapValues<T extends object>(
  object: T,
  change: <Name extends keyof T & string>(value: T[Name], name: Name) => T[Name],
): T {
  const entries = Object.entries(object).map(([name, value]) => [
    name,
    change(value as T[keyof T & string], name as keyof T & string),
  ]);
  return Object.fromEntries(entries) as T;
}
