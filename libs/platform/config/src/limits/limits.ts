import type { OtpLimits, OtpNamespace } from '../otp-settings.js';
import type { Settings } from '../settings.js';

/** Failures of sign-in that lock, and for how long. */
export interface SignInLimits {
  maxFailures: number;
  lockSeconds: number;
}

/** So many unverified SMS a day and an hour are always allowed; what is entered may allow more. */
export interface SmsFloor {
  daily: number;
  hourly: number;
}

/** By what the SMS guard counts. */
export type SmsDimension = 'country' | 'prefix' | 'network';

/** What a guesser or a pumper runs into. */
export interface Limits {
  otp: Record<OtpNamespace, OtpLimits>;
  sms: Record<SmsDimension, SmsFloor>;
  /** Of an identifier and of a device; `address` of a client address or network. */
  signIn: SignInLimits & { address: SignInLimits };
}

/** security.md fixes these; one person may ask ten times a day for one number, so a prefix has no fewer. */
const SMS_FLOORS: Limits['sms'] = {
  country: { daily: 20, hourly: 3 },
  prefix: { daily: 10, hourly: 5 },
  network: { daily: 10, hourly: 5 },
};

/** Where limits are read at each use: they may be tightened while the process runs. */
export abstract class LimitsInForce {
  /** Asks nobody and waits for nothing. */
  abstract get current(): Limits;
}

/** What holds where nothing is tightened. */
export function limitsOf({ otp, signIn }: Pick<Settings, 'otp' | 'signIn'>): Limits {
  const { pepperFile: _pepperFile, ...byNamespace } = otp;
  return { otp: byNamespace, sms: SMS_FLOORS, signIn: { ...signIn, address: signIn } };
}
