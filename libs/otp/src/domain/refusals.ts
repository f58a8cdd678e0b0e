import { DomainError, invalidRequest } from '@platform/kernel';

/** Why no code is sent, and how long for. */
export interface Refusal {
  reason: 'locked' | 'cooldown' | 'quota' | 'sms';
  retryAfterMs: number;
}

const ANSWERS = {
  locked: ['otp.locked', 'otp-lock', 'Too many wrong codes. Try again later.'],
  cooldown: ['otp.cooldown', 'otp-cooldown', 'A code was just sent. Wait before asking for another one.'],
  quota: ['otp.quota-exceeded', 'otp-quota', 'No more codes can be sent today.'],
  sms: ['otp.sms-limited', 'sms-guard', 'No SMS can be sent at the moment. Try again later.'],
} as const;
const RETRY_AFTER_SECONDS = 5;

/** 429 with its limit; none of these depends on whether the account exists. */
export function limited({ reason, retryAfterMs }: Refusal): DomainError {
  const [code, limit, message] = ANSWERS[reason];
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new DomainError({ code, kind: 'limited', level: 'info', limit, message, retryAfterSeconds });
}

/** One answer for wrong, expired, replayed and foreign: which one it was would help nobody but a guesser. */
export function invalidCode(): DomainError {
  return new DomainError({
    code: 'otp.invalid-code',
    kind: 'unauthenticated',
    message: 'The code is wrong or no longer valid.',
  });
}

/** Redis, or the way to the worker, is away. */
export function codesUnavailable(cause: unknown): DomainError {
  return new DomainError({
    code: 'otp.unavailable',
    kind: 'unavailable',
    level: 'warn',
    limit: 'otp',
    message: 'One-time codes are not available at the moment.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  });
}

export function countryNotServed(): DomainError {
  return invalid('identifier.value', 'country-not-served', 'Phone numbers of this country are not served.');
}

export function schemeNotServed(): DomainError {
  return invalid('identifier.scheme', 'scheme-not-served', 'Codes for this purpose are not sent to such identifiers.');
}

function invalid(path: string, code: string, message: string): DomainError {
  return invalidRequest([{ path, code, message }]);
}
