import { systemClock } from '@platform/kernel';
import { type Configuration, Configurations } from '../application/configuration/configurations.js';
import { SendThroughProviders } from '../application/sms/send-through-providers.js';
import { SmsProviders } from '../application/sms/sms-providers.js';
import { HttpSmsGateway } from '../providers/http-sms-gateway.js';

/** Rows as they are in the table; read anew for each SMS. */
class Rows extends Configurations {
  constructor(private readonly rows: Partial<Configuration>[]) {
    super();
  }
  find(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  listGroup(group: string): Promise<Configuration[]> {
    return Promise.resolve(group === 'identity.sms' ? (this.rows as Configuration[]) : []);
  }
}

/** A provider's row. */
export const row = (name: string, value: object, credential = 's3cret') => ({
  code: `identity.sms.${name}`,
  value,
  credential,
});
/** A provider over HTTP that answers as VNPAY does. */
export const http = (url: string, more: object = {}) => ({
  kind: 'http',
  url,
  timeoutMs: 5000,
  fields: { to: '{{to}}', text: '{{text}}' },
  success: { path: 'status', equals: '00' },
  ...more,
});
/** What sends through these rows, as in production. */
export function sender(...rows: Partial<Configuration>[]) {
  const providers = new SmsProviders(new Rows(rows), { development: false });
  return new SendThroughProviders(providers, new HttpSmsGateway(systemClock), systemClock);
}
