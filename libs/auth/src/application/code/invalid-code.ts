import { DomainError } from '@platform/kernel';

/** What a wrong code is answered with; so is a right one for an account that may not be entered. */
export function invalidCode(): DomainError {
  return new DomainError({
    code: 'otp.invalid-code',
    kind: 'unauthenticated',
    message: 'The code is wrong, expired or used already.',
  });
}
