import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '@platform/config';
import { type Configuration, Configurations } from '../configuration/configurations.js';
import { SMS_GROUP, smsProviderName } from '../configuration/known-codes.js';
import { readSmsSettings } from './read-sms-settings.js';
import type { SmsProvider } from './sms-gateway.js';
import { vnpayOverHttp } from './vnpay.js';

/** A provider that is configured and cannot be used; no value in its reason. */
export interface UnusableProvider {
  name: string;
  reason: string;
}

/** The providers that rows of the group `identity.sms` configure. */
@Injectable()
export class SmsProviders {
  constructor(
    private readonly configurations: Configurations,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'development'>,
  ) {}

  /**
   * Those that are enabled, in the order in which they are tried.
   * @throws DomainError `database.unavailable`
   */
  async list(): Promise<{ usable: SmsProvider[]; unusable: UnusableProvider[] }> {
    const read = (await this.configurations.listGroup(SMS_GROUP)).flatMap((row) => this.read(row) ?? []);
    const usable = read.flatMap((each) => ('reason' in each ? [] : [each]));
    usable.sort((one, other) => one.settings.order - other.settings.order || (one.name < other.name ? -1 : 1));
    return { usable, unusable: read.flatMap((each) => ('reason' in each ? [each] : [])) };
  }

  private read({ code, value, credential, fault }: Configuration): SmsProvider | UnusableProvider | undefined {
    const name = smsProviderName(code);
    if (name === undefined) return undefined;
    const { settings, faults } = readSmsSettings(value, this.settings.development);
    if (!settings) return { name, reason: faults.join('; ') };
    if (!settings.enabled) return undefined;
    if (fault) return { name, reason: fault.message };
    const overHttp = settings.kind === 'vnpay' ? vnpayOverHttp(settings) : settings;
    if (overHttp.auth.kind !== 'none' && !credential) return { name, reason: 'it has no credential' };
    return { name, settings: overHttp, credential };
  }
}
