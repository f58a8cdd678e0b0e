import { Injectable } from '@nestjs/common';
import { Directory } from '@identity/users';
import { assertAcceptablePassword } from '../../domain/password/password-policy.js';
import { passwordContextOf } from './password-context.js';
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
    await assertAcceptablePassword(newPassword, await passwordContextOf(this.directory, userId), 'newPassword');
    return await this.hasher.hash(newPassword);
  }
}
