import { faultsOf } from '../faults-of.js';
import { isSafeUrl } from './provider-fields.js';
import { smsProviderSettings, type SmsProviderSettings } from './provider-settings.js';

/**
 * The value of a row `identity.sms.<name>`, checked when it is written and again when it is read: others can write too.
 * @returns the settings, or what is wrong with them, which names fields and repeats no value
 */
export function readSmsSettings(
  value: unknown,
  development: boolean,
): { settings?: SmsProviderSettings; faults: string[] } {
  const { success, data, error } = smsProviderSettings.safeParse(value);
  if (!success) return { faults: faultsOf(error) };
  const urls = [data.url, ...('auth' in data && 'tokenUrl' in data.auth ? [data.auth.tokenUrl] : [])];
  if (urls.every((url) => isSafeUrl(url, development))) return { settings: data, faults: [] };
  return { faults: ['url: wants https; http is for this machine alone'] };
}
