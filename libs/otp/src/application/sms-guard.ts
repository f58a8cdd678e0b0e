import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, SETTINGS, type Settings } from '@platform/config';
import { type Clock, type DomainError, loggedIdentifier, networkOf } from '@platform/kernel';
import { counter, requestContext } from '@platform/telemetry';
import { countryNotServed, limited } from '../domain/refusals.js';
import { DENIALS, type DenialReason, numberPrefix, type SmsTicket } from '../domain/sms-guard.js';
import { SmsLedger } from './sms-ledger.js';

/** Clients without a known address share one budget. */
const UNKNOWN = 'unknown';
const MODES = ['deny', 'record'] as const;

/** Stands between a request and an SMS that costs money: numbers of served countries alone, no pumping. */
@Injectable()
export class SmsGuard {
  private readonly logger = new Logger(SmsGuard.name);
  private readonly denials = counter('identity_sms_guard_denials_total', 'SMS that the guard denied or would have.', [
    'reason',
    'mode',
  ]);

  constructor(
    private readonly ledger: SmsLedger,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'sms'>,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'now'>,
  ) {
    for (const reason of DENIALS) for (const mode of MODES) this.denials.inc({ reason, mode }, 0);
  }

  /**
   * Counts an SMS to `number` (E.164) of `country` (ISO 3166) before it is sent.
   * @returns what `giveBack` or `settle` is called with
   * @throws DomainError `request.invalid` for a country that is not served, `otp.sms-limited`, `otp.unavailable`
   */
  async admit(number: string, country?: string): Promise<SmsTicket> {
    const { allowedCountries, guardMode } = this.settings.sms;
    // A list that the operator wrote is meant in either mode; only what is counted may be tried out first.
    if (country === undefined || !allowedCountries.includes(country))
      throw this.denied('country_not_served', 'deny', number, countryNotServed());
    const network = networkOf(requestContext().clientAddress ?? UNKNOWN);
    const ticket = { id: randomUUID(), country, prefix: numberPrefix(number), network };
    const denial = await this.ledger.admit(ticket, this.clock.now());
    if (denial) {
      const refusal = limited({ reason: 'sms', retryAfterMs: denial.retryAfterMs });
      const error = this.denied(denial.reason, guardMode, number, refusal);
      if (guardMode === 'deny') throw error;
    }
    return ticket;
  }

  /** The SMS was not sent after all. */
  async giveBack(ticket: SmsTicket): Promise<void> {
    await this.ledger.giveBack(ticket);
  }

  /** The code was entered. That stands, whatever becomes of the count: a failure makes the guard a little stricter. */
  async settle(ticket: SmsTicket): Promise<void> {
    await this.ledger
      .settle(ticket, this.clock.now())
      .catch((error: unknown) => this.logger.warn({ err: error, msg: 'a verified SMS could not be counted' }));
  }

  private denied(reason: DenialReason, mode: (typeof MODES)[number], number: string, error: DomainError): DomainError {
    this.denials.inc({ reason, mode });
    const identifier = loggedIdentifier({ scheme: 'phone', value: number });
    this.logger.warn({ ...identifier, sms: { reason, mode }, msg: 'the SMS guard denies' });
    return error;
  }
}
