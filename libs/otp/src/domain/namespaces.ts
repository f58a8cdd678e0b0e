import type { MailTemplate, SmsTemplate, TemplateByOwner } from '@identity/notification';
import type { OtpNamespace } from '@platform/config';

type Scheme = 'email' | 'phone';

interface Namespace {
  /** What owners of an address get by mail; absent where no code goes there. */
  email?: { request: TemplateByOwner<MailTemplate>; claim: TemplateByOwner<MailTemplate> };
  /** The same by SMS. */
  phone?: { request: TemplateByOwner<SmsTemplate>; claim: TemplateByOwner<SmsTemplate> };
}

const PROVE_ADDRESS = { nobody: 'verify-email', active: 'verify-email', disabled: null } as const;
const CLAIM_ADDRESS = { nobody: 'verify-email', active: 'account-exists', disabled: null } as const;
const ENTER_BY_PHONE = { nobody: 'phone-auth', active: 'phone-auth', disabled: null } as const;
const RESET = { nobody: null, active: 'forgot-password', disabled: null } as const;

/**
 * What codes are for, and who is sent one: nobody is looked up when a code is asked for, so the worker decides by these.
 * `claim` is a request by somebody who wants the address as the name of an account.
 */
export const NAMESPACES: Record<OtpNamespace, Namespace> = {
  'verify-email': { email: { request: PROVE_ADDRESS, claim: CLAIM_ADDRESS } },
  'phone-auth': { phone: { request: ENTER_BY_PHONE, claim: ENTER_BY_PHONE } },
  'forgot-password': { email: { request: RESET, claim: RESET }, phone: { request: RESET, claim: RESET } },
};

/** Whether codes for this purpose are sent to this sort of address. */
export function servesScheme(namespace: OtpNamespace, scheme: Scheme): boolean {
  return NAMESPACES[namespace][scheme] !== undefined;
}
