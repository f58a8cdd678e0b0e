import type { CodeClass } from '../../domain/sms/provider-answer.js';
import type { HttpSettings, VnpaySettings } from './provider-settings.js';

/**
 * Codes that public clients of the JSON form have seen. There is no public document and the SOAP form means other
 * things by them, so the configuration can say otherwise. 08 is a time-out of the gateway's: it may have sent.
 */
const CODES: Record<string, CodeClass> = {
  '00': 'accepted',
  '01': 'permanent', // bad phone number
  '02': 'permanent', // length
  '04': 'authentication',
  '05': 'transient', // link to the operator lost
  '06': 'authentication', // our address is refused
  '08': 'unknown',
  '11': 'permanent', // wrong type
  '12': 'permanent', // Unicode is not supported
  '80': 'authentication', // unknown partner
};

/** VNPAY's JSON form, as a provider over HTTP. */
export function vnpayOverHttp(settings: VnpaySettings): HttpSettings {
  const { enabled, order, timeoutMs, ratePerSecond, url, sender, keyword, partnerCode, codeMap } = settings;
  return {
    kind: 'http',
    enabled,
    order,
    timeoutMs,
    ratePerSecond,
    url,
    method: 'POST',
    encoding: 'json',
    auth: { kind: 'body' },
    fields: {
      messageId: '{{id}}',
      destination: '{{to|national}}',
      sender,
      keyword,
      shortMessage: '{{text}}',
      encryptMessage: '',
      isEncrypt: 0,
      type: 0,
      requestTime: '{{time|epoch-s}}',
      partnerCode,
      sercretKey: '{{credential}}', // their spelling
    },
    idMaxLength: 32,
    success: { path: 'status', equals: '00' },
    codePath: 'status',
    codeMap: { ...CODES, ...codeMap },
    messageIdPath: 'messageId',
  };
}
