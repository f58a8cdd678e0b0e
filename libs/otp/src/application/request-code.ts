import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type OtpNamespace, SETTINGS, type Settings } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { type Locale, type MessageOrder, MessageQueue } from '@identity/notification';
import { challengeDigest, newChallengeId } from '../domain/challenge.js';
import { CODE_LENGTH, newCode } from '../domain/code.js';
import { CodeMacs } from '../domain/code-macs.js';
import { NAMESPACES } from '../domain/namespaces.js';
import { CodeStore } from './code-store.js';
import { limited, otpUnavailable } from './refusals.js';

/** Who asks for a code, and what for. */
export interface CodeOrder {
  namespace: OtpNamespace;
  /** `value` is canonical. */
  identifier: { scheme: 'email' | 'phone'; value: string };
  locale: Locale;
  /** Whether the address is to become the name of an account. */
  claim?: boolean;
  /** Of a phone number, as ISO 3166 has it. */
  country?: string;
}

/** One request for a code. */
export interface Challenge {
  challengeId: string;
  expiresAt: Date;
  resendAvailableAt: Date;
  codeLength: number;
}

/** What is told before the message goes out. */
export interface PendingChallenge {
  challengeId: string;
  digest: Buffer;
  expiresAt: Date;
}

/** Makes a code and has it sent, if the limits allow. Whether the address has an account is not looked up. */
@Injectable()
export class RequestCode {
  constructor(
    private readonly store: CodeStore,
    private readonly macs: CodeMacs,
    private readonly queue: MessageQueue,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @param beforeSend keeps what the code is for; if it fails, there is no code
   * @throws DomainError `otp.locked`, `otp.cooldown`, `otp.quota-exceeded`, `otp.unavailable`; whatever `beforeSend` throws
   */
  async execute(order: CodeOrder, beforeSend?: (pending: PendingChallenge) => Promise<void>): Promise<Challenge> {
    const { namespace, identifier } = order;
    const address = { namespace, identifier: identifier.value };
    const limits = this.settings.otp[namespace];
    const ttlSeconds = limits.codeTtlSeconds[identifier.scheme];
    const [challengeId, code] = [newChallengeId(), newCode()];
    const macs = this.macs.current({ ...address, challengeId }, code);
    const issue = await this.store.issue(address, macs, ttlSeconds, limits).catch((error: unknown) => {
      throw otpUnavailable(error);
    });
    if (issue.kind !== 'issued') throw limited(issue.kind, issue.retryAfterMs);
    const now = this.clock.now().getTime();
    const expiresAt = new Date(now + ttlSeconds * 1000);
    const digest = challengeDigest(challengeId);
    try {
      await beforeSend?.({ challengeId, digest, expiresAt });
      await this.send(order, { code, digest, expiresAt, minutes: String(Math.ceil(ttlSeconds / 60)) });
    } catch (error) {
      await this.store.withdraw(address, macs).catch(() => undefined);
      throw error;
    }
    const resendAvailableAt = new Date(now + limits.resendCooldownSeconds * 1000);
    return { challengeId, expiresAt, resendAvailableAt, codeLength: CODE_LENGTH };
  }

  private async send(
    { namespace, identifier: { scheme, value: to }, locale, claim }: CodeOrder,
    { code, digest, expiresAt, minutes }: { code: string; digest: Buffer; expiresAt: Date; minutes: string },
  ): Promise<void> {
    const id = `code-${digest.toString('hex')}`;
    const message = { id, to, locale, values: { code, minutes }, expiresAt };
    const variant = claim ? 'claim' : 'request';
    const order = {
      ...message,
      channel: scheme === 'email' ? 'mail' : 'sms',
      templates: NAMESPACES[namespace][scheme]?.[variant],
    } as MessageOrder;
    await this.queue.enqueue(order).catch((error: unknown) => {
      throw otpUnavailable(error);
    });
  }
}
