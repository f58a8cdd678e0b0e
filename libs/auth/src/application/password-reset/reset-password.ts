import { Injectable } from '@nestjs/common';
import { DomainError } from '@platform/kernel';
import type { Locale } from '@identity/notification';
import { ResetTokens } from '../../domain/password/reset-tokens.js';
import { HashNewPassword } from '../password/hash-new-password.js';
import { CommitPasswordReset } from './commit-password-reset.js';

/** Sets a forgotten password anew, which ends every session and tells the owner. */
@Injectable()
export class ResetPassword {
  constructor(
    private readonly tokens: ResetTokens,
    private readonly newPassword: HashNewPassword,
    private readonly commit: CommitPasswordReset,
  ) {}

  /**
   * A password that is refused leaves the token as good as it was.
   * @throws DomainError `auth.invalid-reset-token`, `request.invalid`, `auth.busy`, `database.unavailable`
   */
  async execute(request: { resetToken: string; newPassword: string; locale: Locale }): Promise<void> {
    const claim = this.tokens.read(request.resetToken);
    if (!claim) throw invalidResetToken();
    const hash = await this.newPassword.execute(claim.userId, request.newPassword);
    if (!(await this.commit.execute(claim, hash, request.locale))) throw invalidResetToken();
  }
}

function invalidResetToken(): DomainError {
  return new DomainError({
    code: 'auth.invalid-reset-token',
    kind: 'unauthenticated',
    message: 'The reset token is not valid, expired or used already.',
  });
}
