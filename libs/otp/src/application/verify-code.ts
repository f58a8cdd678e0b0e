import { Inject, Injectable } from '@nestjs/common';
import { type OtpNamespace, SETTINGS, type Settings } from '@platform/config';
import { DomainError } from '@platform/kernel';
import { readTypedCode } from '../domain/code.js';
import { CodeMacs } from '../domain/code-macs.js';
import { CodeStore } from './code-store.js';
import { limited, otpUnavailable } from './refusals.js';

/** A code as it was entered. */
export interface CodeGuess {
  namespace: OtpNamespace;
  identifier: { scheme: 'email' | 'phone'; value: string };
  challengeId: string;
  code: string;
}

/** Spends a code, once. */
@Injectable()
export class VerifyCode {
  constructor(
    private readonly store: CodeStore,
    private readonly macs: CodeMacs,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws DomainError `otp.invalid-code`, `otp.locked`, `otp.unavailable` */
  async execute({ namespace, identifier, challengeId, code }: CodeGuess): Promise<void> {
    const address = { namespace, identifier: identifier.value };
    const candidates = this.macs.all({ ...address, challengeId }, readTypedCode(code));
    const guess = await this.store.guess(address, candidates, this.settings.otp[namespace]).catch((error: unknown) => {
      throw otpUnavailable(error);
    });
    if (guess.kind === 'locked') throw limited('locked', guess.retryAfterMs);
    if (guess.kind === 'wrong') {
      throw new DomainError({
        code: 'otp.invalid-code',
        kind: 'unauthenticated',
        message: 'The code is wrong, expired or used already.',
      });
    }
  }
}
