import { describe, expect, it } from 'vitest';
import { smsTexts } from '../../templates/sms-texts.js';
import { UncomposableMessage } from '../delivery/courier.js';
import { LOCALES, SMS_TEMPLATES } from '../message-order.js';
import { composeSms, smsTextFault } from './compose-sms.js';

const LONGEST_BRAND = 'b'.repeat(30);
const all = SMS_TEMPLATES.flatMap((template) => LOCALES.map((locale) => smsTexts[template][locale]));

describe.each(all)('the text %j', (wording) => {
  it('is one SMS with any brand, and shows the code first and once', () => {
    expect(smsTextFault(wording, LONGEST_BRAND)).toBeUndefined();
    const text = composeSms(wording, { code: '048291', minutes: '10', brand: 'NX Seller' });
    expect(text).toMatch(/^048291 [\x20-\x7E]*NX Seller/);
    expect(text.match(/\b\d{6}\b/g)).toEqual(['048291']);
    expect(text.length).toBeLessThanOrEqual(160);
  });
});

describe('a text of an operator', () => {
  it.each([
    ['Mã: {{code}}', /ASCII/],
    ['Ma cua ban', /\{\{code\}\}/],
    ['{{code}} {{password}}', /more than/],
    [`{{code}} ${'x'.repeat(154)}`, /long/],
    [`{{code}} {{brand}} ${'x'.repeat(130)}`, /long/],
    ['', /ASCII/],
    ['{{code}}\nline', /ASCII/],
  ])('is refused: %j', (text, fault) => {
    expect(smsTextFault(text, LONGEST_BRAND)).toMatch(fault);
  });

  it('may be 160 characters with the widest values', () => {
    expect(smsTextFault(`{{code}}${'x'.repeat(154)}`, '')).toBeUndefined();
    expect(smsTextFault(`{{code}}${'x'.repeat(155)}`, '')).toMatch(/161/);
  });
});

it('takes values as data, and refuses what is no single SMS with them', () => {
  expect(composeSms('{{code}} {{brand}}', { code: '{{brand}}', brand: 'B' })).toBe('{{brand}} B');
  for (const code of ['é', 'x'.repeat(161), '1\n2']) {
    expect(() => composeSms('{{code}}', { code })).toThrow(UncomposableMessage);
  }
  expect(() => composeSms('{{toString}} {{code}}', { code: '1' })).toThrow(UncomposableMessage);
});
