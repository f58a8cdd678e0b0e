import { Injectable } from '@nestjs/common';
import { DomainError } from '@platform/kernel';
import type { Principal } from '@platform/http';
import { Directory } from '@identity/users';
import { assertAcceptablePassword } from '../domain/password/password-policy.js';
import { CommitPasswordChange } from './commit-password-change.js';
import { GuardPassword } from './guard-password.js';
import { PasswordHasher } from './password/password-hasher.js';

interface PasswordChange {
  currentPassword: string;
  newPassword: string;
  endOtherSessions: boolean;
}

/** Changes the caller's password, which ends the other sessions unless the caller wants them kept. */
@Injectable()
export class ChangePassword {
  constructor(
    private readonly directory: Directory,
    private readonly guard: GuardPassword,
    private readonly hasher: PasswordHasher,
    private readonly commit: CommitPasswordChange,
  ) {}

  /** @throws DomainError `auth.invalid-credentials`, `auth.throttled`, `auth.busy`, `request.invalid`, `auth.password-conflict` */
  async execute({ userId, sessionId }: Principal, change: PasswordChange): Promise<void> {
    const [passwordHash, identifiers] = await Promise.all([
      this.directory.passwordHashOf(userId),
      this.directory.identifiersOf(userId),
    ]);
    const { valid } = await this.guard.check({
      identifier: { scheme: 'user', value: userId },
      password: change.currentPassword,
      account: { userId, status: 'active', passwordHash },
    });
    if (!valid || passwordHash === undefined) throw wrongPassword();
    for (const { value } of identifiers) {
      await assertAcceptablePassword(change.newPassword, { identifier: value }, 'newPassword');
    }
    const next = await this.hasher.hash(change.newPassword);
    const keep = change.endOtherSessions ? sessionId : undefined;
    await this.commit.execute({ userId, from: passwordHash, to: next, endAllBut: keep });
  }
}

function wrongPassword(): DomainError {
  return new DomainError({
    code: 'auth.invalid-credentials',
    kind: 'unauthenticated',
    message: 'The current password is wrong.',
  });
}
