import { Injectable, Logger } from '@nestjs/common';
import type { OtpNamespace } from '@platform/config';
import { loggedIdentifier } from '@platform/kernel';
import type { CodeScheme } from '../domain/namespaces.js';
import { normaliseCode } from '../domain/one-time-code.js';
import { invalidCode, limited } from '../domain/refusals.js';
import { CountOutcomes } from './count-outcomes.js';
import { PendingCodes } from './pending-codes.js';
import { SmsGuard } from './sms-guard.js';

export interface CodeGuess {
  namespace: OtpNamespace;
  /** `value` is canonical. */
  identifier: { scheme: CodeScheme; value: string };
  challengeId: string;
  /** As it was typed. */
  code: string;
}

/** Spends a one-time code: of two right answers one gets through. */
@Injectable()
export class VerifyCode {
  private readonly logger = new Logger(VerifyCode.name);
  private readonly outcomes = new CountOutcomes(
    'identity_otp_verifications_total',
    'Codes entered, by what came of it.',
    {
      success: 'verified',
      failures: { 'otp.invalid-code': 'invalid', 'otp.locked': 'locked' },
      other: 'unavailable',
    },
  );

  constructor(
    private readonly codes: PendingCodes,
    private readonly guard: SmsGuard,
  ) {}

  /** @throws DomainError `otp.invalid-code`, `otp.locked`, `otp.unavailable` */
  async execute(guess: CodeGuess): Promise<void> {
    await this.outcomes.count(guess.namespace, () => this.verify(guess));
  }

  private async verify({ namespace, identifier, challengeId, code }: CodeGuess): Promise<void> {
    const answer = { challengeId, code: normaliseCode(code) };
    const verdict = await this.codes.verify({ namespace, identifier: identifier.value }, answer);
    this.logger.log({
      'otp.namespace': namespace,
      ...loggedIdentifier(identifier),
      msg: `code ${verdict.outcome}`,
    });
    if (verdict.outcome === 'locked') throw limited({ reason: 'locked', retryAfterMs: verdict.retryAfterMs });
    if (verdict.outcome === 'invalid') throw invalidCode();
    if (verdict.sms) await this.guard.settle(verdict.sms);
  }
}
