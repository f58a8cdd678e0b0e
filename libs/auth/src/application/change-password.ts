import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { DomainError } from '@platform/kernel';
import type { Principal } from '@platform/http';
import { Directory } from '@identity/users';
import type { PasswordContext } from '../domain/password/context-words.js';
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
    await assertAcceptablePassword(change.newPassword, await this.contextOf(userId), 'newPassword');
    const next = await this.hasher.hash(change.newPassword);
    const keep = change.endOtherSessions ? sessionId : undefined;
    await this.commit.execute({ userId, from: passwordHash, to: next, endAllBut: keep });
  }

  /** Whose password it is to be: what a guesser would try first. */
  private async contextOf(userId: string): Promise<PasswordContext> {
    const [user, identifiers] = await Promise.all([this.directory.find(userId), this.directory.identifiersOf(userId)]);
    const displayName = user?.profile.displayName;
    return {
      identifiers: identifiers.map(({ value }) => value),
      names: typeof displayName === 'string' ? [displayName] : [],
    };
  }
}

function wrongPassword(): DomainError {
  return new DomainError({
    code: 'auth.invalid-credentials',
    kind: 'unauthenticated',
    message: 'The current password is wrong.',
  });
}
