import { Injectable } from '@nestjs/common';
import { Directory } from '@identity/users';
import { namesIn, type PasswordContext } from '../../domain/password/context-words.js';
import { assertAcceptablePassword } from '../../domain/password/password-policy.js';
import { PasswordHasher } from './password-hasher.js';

/** Makes the hash of a password that is to replace another, if the policy accepts it for whom it is to be. */
@Injectable()
export class HashNewPassword {
  constructor(
    private readonly directory: Directory,
    private readonly hasher: PasswordHasher,
  ) {}

  /** @throws DomainError `request.invalid` on `newPassword`, `auth.busy`, `database.unavailable` */
  async execute(userId: string, newPassword: string): Promise<string> {
    await assertAcceptablePassword(newPassword, await this.contextOf(userId), 'newPassword');
    return await this.hasher.hash(newPassword);
  }

  /** Whose password it is to be: what a guesser would try first. */
  private async contextOf(userId: string): Promise<PasswordContext> {
    const [user, identifiers] = await Promise.all([this.directory.find(userId), this.directory.identifiersOf(userId)]);
    return { identifiers: identifiers.map(({ value }) => value), names: namesIn(user?.profile) };
  }
}
