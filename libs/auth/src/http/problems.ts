/** Refusals that several routes of this library document. */
export const WRONG_CREDENTIALS = {
  kind: 'unauthenticated',
  code: 'auth.invalid-credentials',
  when: 'The identifier or the credential is wrong.',
} as const;
export const THROTTLED = {
  kind: 'limited',
  code: 'auth.throttled',
  when: 'Too many attempts for this identifier or from this address.',
  limit: 'sign-in',
} as const;
export const BUSY = {
  kind: 'unavailable',
  code: 'auth.busy',
  when: 'More passwords wait to be hashed than can be in time.',
  limit: 'password-hash',
} as const;
/** What a request for a code meets. */
export const CODE_REQUEST_REFUSALS = [
  {
    kind: 'limited',
    code: 'otp.cooldown',
    when: 'A code was sent a moment ago; another one can be asked for after `Retry-After`.',
    limit: 'otp-cooldown',
  },
  {
    kind: 'limited',
    code: 'otp.quota-exceeded',
    when: 'As many codes were sent as may be in a day.',
    limit: 'otp-quota',
  },
  {
    kind: 'limited',
    code: 'otp.sms-limited',
    when: 'Too many codes by SMS are not entered at the moment.',
    limit: 'sms-guard',
  },
] as const;
/** What both a request for a code and its entry meet. */
export const OTP_LOCKED = {
  kind: 'limited',
  code: 'otp.locked',
  when: 'Too many wrong codes were entered; requests and codes are refused until `Retry-After`.',
  limit: 'otp-lock',
} as const;
export const OTP_AWAY = {
  kind: 'unavailable',
  code: 'otp.unavailable',
  when: 'Codes cannot be sent or checked at the moment.',
  limit: 'otp',
} as const;
export const IDENTIFIER_TAKEN = {
  kind: 'conflict',
  code: 'users.identifier-taken',
  when: 'Somebody has this identifier.',
} as const;
/** What a proven address meets that an account would get besides those it has. */
export const NO_ROOM = [
  { kind: 'conflict', code: 'users.too-many-identifiers', when: 'The account has as many identifiers as it may.' },
  { kind: 'not-found', code: 'users.not-found', when: 'The account was disabled or deleted since it asked.' },
] as const;
export const WRONG_CODE = {
  kind: 'unauthenticated',
  code: 'otp.invalid-code',
  when: 'The code is wrong, expired, used already, or of another challenge.',
} as const;
export const FRESH_SIGN_IN = {
  kind: 'forbidden',
  code: 'users.fresh-sign-in-required',
  when: 'Sign in again, then repeat this within five minutes.',
} as const;
