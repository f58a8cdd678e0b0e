import { z } from 'zod';
import { templateFaults } from '../../domain/sms/provider-template.js';
import { LOOPBACK_HOST } from '../loopback-host.js';

/** A text with placeholders that can be filled. */
export const template = z
  .string()
  .max(2000)
  .superRefine((text, context) => {
    for (const message of templateFaults(text)) context.addIssue({ code: 'custom', message });
  });

/** Where a provider is. No user and password in it: they would be a secret beside the credential. */
export const providerUrl = z
  .url({ protocol: /^https?$/, error: 'wants a URL such as https://sms.example/send' })
  .refine((text) => {
    const { username, password, hash } = new URL(text);
    return username === '' && password === '' && hash === '';
  }, 'wants no user, password or fragment');

/** Whether codes and credentials may travel there: in clear on this machine alone, or while one develops. */
export function isSafeUrl(url: string, development: boolean): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || development || LOOPBACK_HOST.test(hostname);
}
