import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { counter } from '@platform/telemetry';
import { isSmsText } from '../../domain/sms/sms-text.js';
import { notConfigured } from '../delivery/not-configured.js';
import { EXTRA_TIME_MS, SmsGateway, type SmsProvider } from './sms-gateway.js';
import { SmsProviders, type UnusableProvider } from './sms-providers.js';
import { type Sms, type SmsOutcome, SmsSender } from './sms-sender.js';

/** Less than the worker waits for a send: no provider is begun whose end nobody would wait for. */
const BUDGET_MS = 19_500;
const OUTCOMES = ['accepted', 'transient', 'permanent', 'unknown'] as const;

/**
 * Tries the providers in their order. The next one's turn comes after a failure that is certain alone: what may have
 * been sent is not sent again, since a second code makes the first one useless and costs as much.
 */
@Injectable()
export class SendThroughProviders extends SmsSender {
  private readonly logger = new Logger(SendThroughProviders.name);
  private readonly calls = counter('identity_sms_provider_calls_total', 'Calls to SMS providers, by how they ended.', [
    'provider',
    'outcome',
  ]);
  private told = '';

  constructor(
    private readonly providers: SmsProviders,
    private readonly gateway: SmsGateway,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }

  async send(sms: Sms): Promise<SmsOutcome> {
    const { usable, unusable } = await this.providers.list();
    this.tell(unusable);
    for (const { name } of usable) for (const outcome of OUTCOMES) this.calls.inc({ provider: name, outcome }, 0);
    const [first] = usable;
    if (!first) return nothingToSendThrough(unusable);
    if (!isSmsText(sms.text)) return { kind: 'permanent', provider: first.name, reason: 'text' };
    return await this.tryInOrder(sms, first, usable.slice(1));
  }

  private async tryInOrder(sms: Sms, first: SmsProvider, others: SmsProvider[]): Promise<SmsOutcome> {
    const startedAt = this.clock.monotonic();
    let outcome = await this.attempt(sms, first);
    for (const provider of others) {
      const spentMs = this.clock.monotonic() - startedAt;
      if (outcome.kind !== 'transient' || spentMs + longest(provider) > BUDGET_MS) return outcome;
      const { provider: failed, reason } = outcome;
      this.logger.warn({ provider: failed, reason, next: provider.name }, 'an SMS goes to the next provider');
      outcome = await this.attempt(sms, provider);
    }
    return outcome;
  }

  private async attempt(sms: Sms, provider: SmsProvider): Promise<SmsOutcome> {
    const outcome = await this.gateway.send(provider, sms);
    this.calls.inc({ provider: provider.name, outcome: outcome.kind });
    if (outcome.kind === 'accepted') {
      return { kind: 'accepted', provider: provider.name, providerMessageId: outcome.providerMessageId };
    }
    return { kind: outcome.kind, provider: provider.name, reason: outcome.reason };
  }

  /** Once for each change: it would be said for each SMS otherwise. */
  private tell(unusable: UnusableProvider[]): void {
    const text = JSON.stringify(unusable);
    if (text === this.told) return;
    this.told = text;
    for (const { name, reason } of unusable) {
      this.logger.error({ provider: name, reason }, 'an SMS provider is configured and cannot be used');
    }
  }
}

/** The longest that a send through this provider takes. */
function longest({ settings }: SmsProvider): number {
  return settings.timeoutMs + EXTRA_TIME_MS.rate + EXTRA_TIME_MS.connect;
}

/** What is wrongly configured can be repaired within the life of a code. */
function nothingToSendThrough([one]: UnusableProvider[]): SmsOutcome {
  if (one) return { kind: 'transient', provider: one.name, reason: 'configuration.unusable' };
  throw notConfigured('of an SMS provider: there is no row of group identity.sms');
}
