import type { ProviderOutcome } from '../../domain/sms/provider-answer.js';
import type { HttpSettings } from './provider-settings.js';
import type { Sms } from './sms-sender.js';

/** One configured provider. */
export interface SmsProvider {
  /** The last part of its row's code. */
  name: string;
  settings: HttpSettings;
  /** In clear; never to be logged or kept. */
  credential?: string;
}

/** How long a provider is waited for at most, beside its own time-out. */
export const EXTRA_TIME_MS = { rate: 1000, connect: 3000 };

/** Brings an SMS to one provider. */
export abstract class SmsGateway {
  /** One attempt; never throws. */
  abstract send(provider: SmsProvider, sms: Sms): Promise<ProviderOutcome>;
}
