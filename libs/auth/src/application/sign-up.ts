import { Injectable } from '@nestjs/common';
import { DomainError } from '@platform/kernel';
import { assertUsernameMayBeTaken } from '@identity/users';
import { assertAcceptablePassword } from '../domain/password/password-policy.js';
import type { SessionGrant } from '../domain/session/session.js';
import { CreateAccount, type NewAccount } from './create-account.js';
import { PasswordHasher } from './password/password-hasher.js';

/** Signs a person up by username. E-mail and phone are proven by a code first, which the otp library will send. */
@Injectable()
export class SignUp {
  constructor(
    private readonly hasher: PasswordHasher,
    private readonly createAccount: CreateAccount,
  ) {}

  /** @throws DomainError `request.invalid`, `users.identifier-taken`, `auth.busy`, `otp.unavailable` */
  async execute({
    password,
    ...request
  }: Omit<NewAccount, 'passwordHash'> & { password: string }): Promise<SessionGrant> {
    const { scheme, value } = request.identifier;
    if (scheme !== 'username') throw codesUnavailable();
    assertUsernameMayBeTaken(value);
    const { displayName } = request.profile;
    const names = typeof displayName === 'string' ? [displayName] : [];
    await assertAcceptablePassword(password, { identifiers: [value], names });
    return await this.createAccount.execute({ ...request, passwordHash: await this.hasher.hash(password) });
  }
}

/** The same for every address, known or not: nothing was looked up. */
function codesUnavailable(): DomainError {
  return new DomainError({
    code: 'otp.unavailable',
    kind: 'unavailable',
    message: 'Codes cannot be sent at the moment; sign up with a username instead.',
    limit: 'otp',
    retryAfterSeconds: 60,
  });
}
