import { integer } from './integer.js';

const MINUTE = 60;

/** What one-time codes are for. A new purpose is a line here: its settings, `OTP_LOCK_SECONDS__…`, follow from it. */
export const OTP_NAMESPACES = ['verify-email', 'phone-auth', 'forgot-password'] as const;
export type OtpNamespace = (typeof OTP_NAMESPACES)[number];

/** The rules of one-time codes for one purpose; times in seconds. */
export interface OtpLimits {
  /** How long a code lives, by how it is sent. */
  codeTtlSeconds: { email: number; phone: number };
  resendCooldownSeconds: number;
  maxAttempts: number;
  lockSeconds: number;
  dailyQuota: number;
}

/** What holds where nothing is set; also the loosest that may run outside development. */
const DEFAULTS = {
  emailTtl: 10 * MINUTE,
  phoneTtl: 5 * MINUTE,
  lock: { 'verify-email': 10 * MINUTE, 'phone-auth': 15 * MINUTE, 'forgot-password': 15 * MINUTE },
};

const RANGES = {
  OTP_CODE_TTL_SECONDS: integer(1, 10 * MINUTE),
  OTP_RESEND_COOLDOWN_SECONDS: integer(1, 3600),
  OTP_MAX_ATTEMPTS: integer(1, 100),
  OTP_LOCK_SECONDS: integer(1, 3600),
  OTP_DAILY_QUOTA: integer(1, 10_000),
};
type OtpSetting = keyof typeof RANGES;
type SuffixOf<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Uppercase<Head>}_${SuffixOf<Tail>}`
  : Uppercase<Name>;
type ForOne = `${OtpSetting}__${SuffixOf<OtpNamespace>}`;

/** The environment variables of one-time codes: five for all purposes, and the same five for each one. */
export const otpEnvironment = {
  ...RANGES,
  OTP_CODE_TTL_SECONDS: RANGES.OTP_CODE_TTL_SECONDS.optional(),
  OTP_RESEND_COOLDOWN_SECONDS: RANGES.OTP_RESEND_COOLDOWN_SECONDS.default(60),
  OTP_MAX_ATTEMPTS: RANGES.OTP_MAX_ATTEMPTS.default(5),
  OTP_LOCK_SECONDS: RANGES.OTP_LOCK_SECONDS.optional(),
  OTP_DAILY_QUOTA: RANGES.OTP_DAILY_QUOTA.default(10),
  ...forEach(),
};

/** Values of these variables, as far as they could be read. */
export type OtpValues = { [Name in OtpSetting | ForOne]?: number };

/** The rules of every purpose: its own setting, else the one for all, else the default. */
export function resolveOtpLimits(values: OtpValues): Record<OtpNamespace, OtpLimits> {
  const limitsOf = (namespace: OtpNamespace): OtpLimits => {
    const of = (setting: OtpSetting) => values[nameFor(setting, namespace)] ?? values[setting];
    const ttl = of('OTP_CODE_TTL_SECONDS');
    return {
      codeTtlSeconds: { email: ttl ?? DEFAULTS.emailTtl, phone: Math.min(ttl ?? DEFAULTS.phoneTtl, DEFAULTS.phoneTtl) },
      resendCooldownSeconds: of('OTP_RESEND_COOLDOWN_SECONDS') ?? 60,
      maxAttempts: of('OTP_MAX_ATTEMPTS') ?? 5,
      lockSeconds: of('OTP_LOCK_SECONDS') ?? DEFAULTS.lock[namespace],
      dailyQuota: of('OTP_DAILY_QUOTA') ?? 10,
    };
  };
  return Object.fromEntries(OTP_NAMESPACES.map((namespace) => [namespace, limitsOf(namespace)])) as Record<
    OtpNamespace,
    OtpLimits
  >;
}

/** What is looser than security allows, one line for each variable that makes it so. */
export function otpLimitFaults(values: OtpValues): string[] {
  const faults = OTP_NAMESPACES.flatMap((namespace) => {
    const fault = (setting: OtpSetting, isLoose: (value: number) => boolean, wants: string) => {
      const own = nameFor(setting, namespace);
      const name = values[own] === undefined ? setting : own;
      const value = values[name];
      return value !== undefined && isLoose(value) ? [`${name}: must be ${wants} outside development`] : [];
    };
    const lock = DEFAULTS.lock[namespace];
    return [
      ...fault('OTP_RESEND_COOLDOWN_SECONDS', (value) => value < 60, 'at least 60'),
      ...fault('OTP_MAX_ATTEMPTS', (value) => value > 5, 'at most 5'),
      ...fault('OTP_LOCK_SECONDS', (value) => value < lock, `at least ${lock} for ${namespace}`),
      ...fault('OTP_DAILY_QUOTA', (value) => value > 10, 'at most 10'),
    ];
  });
  return [...new Set(faults)];
}

function nameFor(setting: OtpSetting, namespace: OtpNamespace): ForOne {
  return `${setting}__${namespace.toUpperCase().replaceAll('-', '_')}` as ForOne;
}

function forEach() {
  const names = Object.keys(RANGES) as OtpSetting[];
  const entries = OTP_NAMESPACES.flatMap((namespace) =>
    names.map((setting) => [nameFor(setting, namespace), RANGES[setting].optional()] as const),
  );
  return Object.fromEntries(entries) as Record<ForOne, ReturnType<(typeof RANGES)[OtpSetting]['optional']>>;
}
