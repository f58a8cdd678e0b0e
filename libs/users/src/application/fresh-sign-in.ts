import { DomainError } from '@platform/kernel';

/** A token that lies about unattended on a device must not be enough to delete an account, or to change its names. */
export const FRESH_SIGN_IN_SECONDS = 300;

/** The refusal to do so with an older sign-in. */
export function freshSignInRequired(): DomainError {
  return new DomainError({
    code: 'users.fresh-sign-in-required',
    kind: 'forbidden',
    message: 'Sign in again, then repeat this within five minutes.',
  });
}
