import { Inject, Injectable, Logger } from '@nestjs/common';
import { type OtpNamespace, SETTINGS, type Settings } from '@platform/config';
import { loggedIdentifier } from '@platform/kernel';
import { type Locale, MessageQueue } from '@identity/notification';
import { type CodeMessage, type CodeScheme, messageFor } from '../domain/namespaces.js';
import { CODE_LENGTH } from '../domain/one-time-code.js';
import { codesUnavailable, limited, schemeNotServed } from '../domain/refusals.js';
import type { SmsTicket } from '../domain/sms-guard.js';
import { CountOutcomes } from './count-outcomes.js';
import { MintChallenge, type MintedChallenge } from './mint-challenge.js';
import { type NewCode, PendingCodes, type Slot } from './pending-codes.js';
import { SmsGuard } from './sms-guard.js';

export interface CodeOrder {
  namespace: OtpNamespace;
  /** `value` is canonical. */
  identifier: { scheme: CodeScheme; value: string };
  locale: Locale;
  /** Somebody signs up with the identifier, or adds it to an account. */
  claim?: boolean;
  /** ISO 3166 code of a phone number's country. */
  country?: string;
}

/** What is told to whoever asked for a code, the same whether or not there is an account. */
export interface Challenge {
  challengeId: string;
  expiresAt: Date;
  resendAvailableAt: Date;
  codeLength: number;
}

/** What may refer to a challenge: the id itself is for the person alone. */
type BeforeSend = (challenge: { challengeId: string; digest: Buffer; expiresAt: Date }) => Promise<void>;

/**
 * Sends a one-time code. Whether the account exists is not looked up on this path: the same scripts, the same job, the
 * same answer for everybody; the worker decides what is sent.
 */
@Injectable()
export class RequestCode {
  private readonly logger = new Logger(RequestCode.name);
  private readonly outcomes = new CountOutcomes('identity_otp_requests_total', 'Codes asked for, by what came of it.', {
    success: 'accepted',
    failures: {
      'otp.cooldown': 'cooldown',
      'otp.quota-exceeded': 'quota',
      'otp.locked': 'locked',
      'otp.sms-limited': 'sms_limited',
      'request.invalid': 'sms_limited', // a country that the guard does not serve
    },
    other: 'unavailable',
  });

  constructor(
    private readonly codes: PendingCodes,
    private readonly guard: SmsGuard,
    private readonly messages: MessageQueue,
    private readonly challenges: MintChallenge,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'phoneAuthCreatesAccount'>,
  ) {}

  /**
   * @param beforeSend what has to be kept before the code may arrive; when it throws, no code is sent
   * @throws DomainError `otp.cooldown`, `otp.quota-exceeded`, `otp.locked`, `otp.sms-limited`, `otp.unavailable`,
   *   `request.invalid` for a scheme or a country that is not served; whatever `beforeSend` throws
   */
  async execute(order: CodeOrder, beforeSend?: BeforeSend): Promise<Challenge> {
    const { namespace, identifier, claim = false } = order;
    const accountsOpen = this.settings.phoneAuthCreatesAccount;
    const message = messageFor(namespace, identifier.scheme, { claim, accountsOpen });
    if (!message) throw schemeNotServed();
    const challenge = await this.outcomes.count(namespace, () => this.issue(order, message, beforeSend));
    this.logger.log({
      'otp.namespace': namespace,
      ...loggedIdentifier(identifier),
      msg: 'code requested',
    });
    return challenge;
  }

  private async issue(order: CodeOrder, message: CodeMessage, beforeSend?: BeforeSend): Promise<Challenge> {
    const { namespace, identifier } = order;
    const slot = { namespace, identifier: identifier.value };
    const sms = message.channel === 'sms' ? await this.admit(slot, order.country) : undefined;
    const challenge = this.challenges.execute(namespace, identifier.scheme);
    const code = { ...challenge, sms };
    await this.keep(slot, code);
    try {
      await beforeSend?.({
        challengeId: challenge.challengeId,
        digest: challenge.digest,
        expiresAt: challenge.expiresAt,
      });
      await this.send(order, message, challenge);
    } catch (error) {
      await this.withdraw(slot, code);
      throw error;
    }
    return {
      challengeId: challenge.challengeId,
      expiresAt: challenge.expiresAt,
      resendAvailableAt: challenge.resendAvailableAt,
      codeLength: CODE_LENGTH,
    };
  }

  /** Whoever hammers one number is refused by its slot, before the guard counts anything for them. */
  private async admit(slot: Slot, country?: string): Promise<SmsTicket> {
    const refusal = await this.codes.findRefusal(slot);
    if (refusal) throw limited(refusal);
    return await this.guard.admit(slot.identifier, country);
  }

  private async keep(slot: Slot, code: NewCode): Promise<void> {
    const refusal = await this.codes.issue(slot, code);
    if (!refusal) return;
    if (code.sms) await this.guard.giveBack(code.sms);
    throw limited(refusal);
  }

  private async send(order: CodeOrder, message: CodeMessage, challenge: MintedChallenge): Promise<void> {
    const { code, digest, issuedAt, expiresAt } = challenge;
    const minutes = Math.max(1, Math.floor((expiresAt.getTime() - issuedAt.getTime()) / 60_000));
    await this.messages
      .enqueue({
        ...message,
        id: `code-${digest.toString('hex')}`,
        to: order.identifier.value,
        locale: order.locale,
        values: { code, minutes: String(minutes) },
        expiresAt,
      })
      .catch((cause: unknown) => {
        throw codesUnavailable(cause);
      });
  }

  /** So that the person may ask again at once. What cannot be undone ends by itself with the cooldown. */
  private async withdraw(slot: Slot, code: NewCode): Promise<void> {
    try {
      await this.codes.withdraw(slot, code);
      if (code.sms) await this.guard.giveBack(code.sms);
    } catch (error) {
      this.logger.warn({ 'otp.namespace': slot.namespace, err: error, msg: 'a code could not be withdrawn' });
    }
  }
}
