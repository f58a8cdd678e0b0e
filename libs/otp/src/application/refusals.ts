import { DomainError } from '@platform/kernel';

const AWAY_SECONDS = 5;
const LIMITS = {
  locked: { code: 'otp.locked', limit: 'otp-lock', message: 'Too many wrong codes were entered.' },
  cooldown: { code: 'otp.cooldown', limit: 'otp-cooldown', message: 'A code was sent a moment ago.' },
  quota: { code: 'otp.quota-exceeded', limit: 'otp-quota', message: 'As many codes were sent as may be in a day.' },
} as const;

/** A limit was met; whole seconds until it is worth trying again. */
export function limited(kind: keyof typeof LIMITS, retryAfterMs: number): DomainError {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new DomainError({ ...LIMITS[kind], kind: 'limited', level: 'info', retryAfterSeconds });
}

/** Redis is away, or messages cannot be queued: no code can be sent or checked. */
export function otpUnavailable(cause: unknown): DomainError {
  return new DomainError({
    code: 'otp.unavailable',
    kind: 'unavailable',
    level: 'warn',
    limit: 'otp',
    message: 'Codes cannot be sent or checked at the moment.',
    retryAfterSeconds: AWAY_SECONDS,
    cause,
  });
}
