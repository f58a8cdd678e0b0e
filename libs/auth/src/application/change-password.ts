import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { DomainError } from '@platform/kernel';
import type { Principal } from '@platform/http';
import type { Locale } from '@identity/notification';
import { Directory } from '@identity/users';
import { CommitPasswordChange } from './commit-password-change.js';
import { GuardPassword } from './guard-password.js';
import { HashNewPassword } from './password/hash-new-password.js';

interface PasswordChange {
  currentPassword: string;
  newPassword: string;
  endOtherSessions: boolean;
  /** Of the mail that tells the owner. */
  locale: Locale;
}

/** Changes the caller's password, which ends the other sessions unless the caller wants them kept. */
@Injectable()
export class ChangePassword {
  constructor(
    private readonly directory: Directory,
    private readonly guard: GuardPassword,
    private readonly newPassword: HashNewPassword,
    private readonly commit: CommitPasswordChange,
    private readonly audit: AuditLog,
  ) {}

  /** @throws DomainError `auth.invalid-credentials`, `auth.throttled`, `auth.busy`, `request.invalid`, `auth.password-conflict` */
  async execute({ userId, sessionId }: Principal, change: PasswordChange): Promise<void> {
    const passwordHash = await this.directory.passwordHashOf(userId);
    const { valid } = await this.guard.check({
      identifier: { scheme: 'user', value: userId },
      password: change.currentPassword,
      findAccount: () => Promise.resolve({ userId, status: 'active', passwordHash }),
    });
    if (!valid || passwordHash === undefined) {
      const actor = { type: 'user', id: userId } as const;
      await this.audit.record({ action: 'password.change-failed', outcome: 'failure', actor, userId });
      throw wrongPassword();
    }
    const next = await this.newPassword.execute(userId, change.newPassword);
    const keep = change.endOtherSessions ? sessionId : undefined;
    await this.commit.execute({ userId, from: passwordHash, to: next, endAllBut: keep, locale: change.locale });
  }
}

function wrongPassword(): DomainError {
  return new DomainError({
    code: 'auth.invalid-credentials',
    kind: 'unauthenticated',
    message: 'The current password is wrong.',
  });
}
