import { isSmsAlphabet, isSmsText, SMS_LENGTH } from '../../domain/sms/sms-text.js';
import { UncomposableMessage } from '../delivery/courier.js';

const PLACEHOLDER = /\{\{(\w+)\}\}/g;
const PLACEHOLDERS = new Set(['code', 'minutes', 'brand']);
/** The longest values there are: a text that fits with these fits with all. */
const WIDEST = { code: '000000', minutes: '10' };

/**
 * What an SMS may be written as: as `isSmsText` says when all is filled in; the code in it; nothing else to be filled in.
 * @returns what is wrong, or undefined
 */
export function smsTextFault(text: string, brand: string): string | undefined {
  if (!isSmsAlphabet(text)) return 'it is not ASCII';
  const names = [...text.matchAll(PLACEHOLDER)].map(([, name]) => name ?? '');
  if (!names.includes('code')) return 'it has no {{code}}';
  if (names.some((name) => !PLACEHOLDERS.has(name))) return 'it names more than {{code}}, {{minutes}} and {{brand}}';
  const { length } = replace(text, { ...WIDEST, brand });
  return length > SMS_LENGTH ? `it is ${length} characters long, more than ${SMS_LENGTH}` : undefined;
}

/**
 * @param wording a text with `{{code}}` and other placeholders
 * @throws UncomposableMessage when a value is missing, or the text is no single SMS
 */
export function composeSms(wording: string, values: Record<string, string>): string {
  const text = replace(wording, values);
  if (!isSmsText(text)) throw new UncomposableMessage('notification.not-one-sms');
  return text;
}

/** One pass, so that a value with a placeholder in it is a value. */
function replace(wording: string, values: Record<string, string>): string {
  return wording.replaceAll(PLACEHOLDER, (_whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new UncomposableMessage('notification.missing-value');
    return value;
  });
}
