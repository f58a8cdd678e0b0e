/** Group of the rows that are an SMS provider each. */
export const SMS_GROUP = 'identity.sms';

/** Whether a code is this service's; the table is shared. */
export function isOurCode(code: string): boolean {
  return code.startsWith('identity.');
}

/** The name of the SMS provider that a code configures, `vnpay` of `identity.sms.vnpay`; nothing for other codes. */
export function smsProviderName(code: string): string | undefined {
  return code.startsWith(`${SMS_GROUP}.`) ? code.slice(SMS_GROUP.length + 1) : undefined;
}
