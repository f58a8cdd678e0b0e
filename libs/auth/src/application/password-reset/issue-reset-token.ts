import { Injectable } from '@nestjs/common';
import { invalidCode } from '@identity/otp';
import { type CanonicalIdentifier, Directory } from '@identity/users';
import { ResetTokens } from '../../domain/password/reset-tokens.js';

/** How long a forgotten password may be set anew after its code was entered. */
export const RESET_SECONDS = 600;

export interface IssuedReset {
  resetToken: string;
  expiresAt: Date;
}

/** Gives whoever has proven an address of an account the means to set its password. */
@Injectable()
export class IssueResetToken {
  constructor(
    private readonly directory: Directory,
    private readonly tokens: ResetTokens,
  ) {}

  /** @throws DomainError `otp.invalid-code` when there is no active account: no code was ever sent, so this one was guessed */
  async execute(identifier: CanonicalIdentifier): Promise<IssuedReset> {
    const account = await this.directory.findForSignIn(identifier);
    if (account?.status !== 'active') throw invalidCode();
    const issuedAt = await this.directory.now();
    const resetToken = this.tokens.write({ userId: account.userId, issuedAt });
    return { resetToken, expiresAt: new Date(Math.floor(Number(issuedAt) / 1000) + RESET_SECONDS * 1000) };
  }
}
