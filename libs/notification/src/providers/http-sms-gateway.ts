import { setTimeout as wait } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { inSpan } from '@platform/telemetry';
import { EXTRA_TIME_MS, SmsGateway, type SmsProvider } from '../application/sms/sms-gateway.js';
import type { Sms } from '../application/sms/sms-sender.js';
import { judgeAnswer, type ProviderOutcome } from '../domain/sms/provider-answer.js';
import { fitId, type TemplateValues } from '../domain/sms/provider-template.js';
import { AccessTokens } from './access-tokens.js';
import { buildRequest } from './build-request.js';
import { exchange, ExchangeFailure } from './exchange.js';
import { RateGate } from './rate-gate.js';

/** Providers over HTTP: one request for each SMS. */
@Injectable()
export class HttpSmsGateway extends SmsGateway {
  private readonly rates: RateGate;
  private readonly tokens: AccessTokens;

  constructor(@Inject(CLOCK) private readonly clock: Clock) {
    super();
    this.rates = new RateGate(clock, EXTRA_TIME_MS.rate);
    this.tokens = new AccessTokens(clock);
  }

  async send(provider: SmsProvider, sms: Sms): Promise<ProviderOutcome> {
    return await inSpan(
      'send sms',
      { kind: 'client', attributes: { 'identity.provider': provider.name } },
      async (span) => {
        const outcome = await this.sendThrough(provider, sms);
        if (outcome.kind !== 'accepted') span?.fail(outcome.kind);
        return outcome;
      },
    );
  }

  private async sendThrough(provider: SmsProvider, sms: Sms): Promise<ProviderOutcome> {
    if (!(await this.passRate(provider))) return { kind: 'transient', reason: 'rate' };
    const token = await this.token(provider);
    if (token instanceof Error) return { kind: 'transient', reason: `token, ${token.message}` };
    const outcome = await this.call(provider, sms, token);
    if (outcome.kind !== 'accepted' && outcome.authenticationFailed) this.forgetToken(provider);
    return outcome;
  }

  private async call({ settings, credential = '' }: SmsProvider, sms: Sms, token: string): Promise<ProviderOutcome> {
    const values: TemplateValues = {
      ...sms,
      id: fitId(sms.id, settings.idMaxLength),
      time: this.clock.now(),
      credential,
      token,
    };
    try {
      const times = { connectTimeoutMs: EXTRA_TIME_MS.connect, timeoutMs: settings.timeoutMs };
      return judgeAnswer(await exchange({ ...buildRequest(settings, values), ...times }), settings);
    } catch (error) {
      // What is no ExchangeFailure comes of making the request: a credential that no header can hold, for one.
      if (!(error instanceof ExchangeFailure)) return { kind: 'transient', reason: 'request cannot be made' };
      return { kind: error.written ? 'unknown' : 'transient', reason: error.reason };
    }
  }

  private async passRate({ name, settings }: SmsProvider): Promise<boolean> {
    if (settings.ratePerSecond === undefined) return true;
    const waitMs = this.rates.reserve(name, settings.ratePerSecond);
    if (waitMs) await wait(waitMs);
    return waitMs !== undefined;
  }

  private async token({ settings: { auth }, credential = '' }: SmsProvider): Promise<string | Error> {
    if (auth.kind !== 'oauth2-client-credentials') return '';
    return await this.tokens.get(auth, credential).catch((error: Error) => error);
  }

  /** It may have been revoked before its time: the next attempt asks for another one. */
  private forgetToken({ settings: { auth }, credential = '' }: SmsProvider): void {
    if (auth.kind === 'oauth2-client-credentials') this.tokens.forget(auth, credential);
  }
}
