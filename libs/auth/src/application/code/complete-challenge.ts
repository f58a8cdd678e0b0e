import { Injectable } from '@nestjs/common';
import { challengeDigest, type OtpNamespace, VerifyCode } from '@identity/otp';
import type { SessionGrant } from '../../domain/session/session.js';
import { IssueResetToken, type IssuedReset } from '../password-reset/issue-reset-token.js';
import type { EnteredCode, ProvenAddress } from './entered-code.js';
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
  private readonly completions: Record<OtpNamespace, (proven: ProvenAddress) => Promise<Completion>> = {
    'verify-email': async (proven) => ({ kind: 'verified', grant: await this.proveAddress.execute(proven) }),
    'phone-auth': async (proven) => ({ kind: 'signed-in', grant: await this.signInByPhone.execute(proven) }),
    'forgot-password': async ({ identifier }) => ({ kind: 'reset', reset: await this.issueReset.execute(identifier) }),
  };

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
    return await this.completions[namespace]({ ...entered, digest: challengeDigest(challengeId) });
  }
}
