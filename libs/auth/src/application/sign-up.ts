import { Injectable } from '@nestjs/common';
import { assertUsernameMayBeTaken } from '@identity/users';
import { namesIn } from '../domain/password/context-words.js';
import { assertAcceptablePassword } from '../domain/password/password-policy.js';
import type { SessionGrant } from '../domain/session/session.js';
import { CreateAccount, type NewAccount } from './create-account.js';
import { PasswordHasher } from './password/password-hasher.js';

/** Signs a person up by username, at once: there is nothing to prove. `RequestSignUp` is for what a code proves. */
@Injectable()
export class SignUp {
  constructor(
    private readonly hasher: PasswordHasher,
    private readonly createAccount: CreateAccount,
  ) {}

  /** @throws DomainError `request.invalid`, `users.identifier-taken`, `auth.busy` */
  async execute({
    password,
    ...request
  }: Omit<NewAccount, 'passwordHash' | 'amr'> & { password: string }): Promise<SessionGrant> {
    const { value } = request.identifier;
    assertUsernameMayBeTaken(value);
    await assertAcceptablePassword(password, { identifiers: [value], names: namesIn(request.profile) });
    const passwordHash = await this.hasher.hash(password);
    return await this.createAccount.execute({ ...request, passwordHash, amr: ['pwd'] });
  }
}
