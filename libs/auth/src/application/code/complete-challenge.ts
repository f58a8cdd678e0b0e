import { Injectable } from '@nestjs/common';
import { challengeDigest, VerifyCode } from '@identity/otp';
import type { SessionGrant } from '../../domain/session/session.js';
import { IssueResetToken, type IssuedReset } from '../password-reset/issue-reset-token.js';
import type { EnteredCode } from './entered-code.js';
import { ProveAddress } from './prove-address.js';
import { SignInByPhone } from './sign-in-by-phone.js';

/** What a right code leads to. */
export type Completion =
  | { kind: 'verified'; grant?: SessionGrant }
  | { kind: 'signed-in'; grant: SessionGrant }
  | { kind: 'reset'; reset: IssuedReset };

/** Spends a code, and does what it was asked for. */
@Injectable()
export class CompleteChallenge {
  constructor(
    private readonly codes: VerifyCode,
    private readonly proveAddress: ProveAddress,
    private readonly signInByPhone: SignInByPhone,
    private readonly issueReset: IssueResetToken,
  ) {}

  /** @throws DomainError `otp.invalid-code`, `otp.locked`, `otp.unavailable`, `users.identifier-taken`, `database.unavailable` */
  async execute({ namespace, challengeId, code, ...entered }: EnteredCode): Promise<Completion> {
    const { scheme, value } = entered.identifier;
    await this.codes.execute({ namespace, identifier: { scheme, value }, challengeId, code });
    const proven = { ...entered, digest: challengeDigest(challengeId) };
    switch (namespace) {
      case 'verify-email':
        return { kind: 'verified', grant: await this.proveAddress.execute(proven) };
      case 'phone-auth':
        return { kind: 'signed-in', grant: await this.signInByPhone.execute(proven) };
      case 'forgot-password':
        return { kind: 'reset', reset: await this.issueReset.execute(proven.identifier) };
    }
  }
}
