import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileLayouts, LAYOUTS_FILE } from '../../testing/compile-layouts.js';
import { UncomposableMessage } from '../delivery/courier.js';
import { LOCALES, MAIL_TEMPLATES } from '../message-order.js';
import { composeMail } from './compose-mail.js';

const values = { code: '048291', minutes: '10', identifier: '+84*****4567', brand: 'NX Seller' };
const all = MAIL_TEMPLATES.flatMap((template) => LOCALES.map((locale) => [template, locale] as const));
const CODE = /\b\d{6}\b/g;

it('layouts are what MJML makes of their sources today', async () => {
  expect(readFileSync(LAYOUTS_FILE, 'utf8')).toBe(await compileLayouts());
});

describe.each(all)('the mail %s in %s', (template, locale) => {
  const mail = composeMail(template, locale, values);

  it('has all its parts, with nothing left to fill in', () => {
    for (const part of [mail.subject, mail.text, mail.html]) {
      expect(part.length).toBeGreaterThan(10);
      expect(part).not.toMatch(/\{\{|\}\}|undefined|\[object/);
      expect(part).toContain('NX Seller');
    }
    expect(mail.html).toMatch(new RegExp(`^<!doctype html><html lang="${locale}"`));
    expect(mail.html).not.toMatch(/src=|href=|<script|@import/); // nothing that a reader's program would fetch
  });

  it('shows a code once, in the first line, and never in the subject', () => {
    const codes = template === 'verify-email' || template === 'forgot-password' ? ['048291'] : [];
    expect(mail.text.match(CODE) ?? []).toEqual(codes);
    expect(mail.text.split('\n', 1)[0]?.match(CODE) ?? []).toEqual(codes);
    expect(mail.html.match(CODE) ?? []).toEqual(codes);
    expect(mail.subject).not.toMatch(CODE);
  });
});

it('speaks the language that was asked for', () => {
  expect(composeMail('verify-email', 'vi', values).text).toContain('048291 là mã xác minh email NX Seller của bạn.');
  expect(composeMail('verify-email', 'en', values).text).toContain('048291 is your NX Seller email verification code.');
});

it('takes values as data, whatever is in them', () => {
  const texts = fc.constantFrom('<b>', '&', '"', "'", '{{code}}', '{{#each lines}}', '{{{brand}}}', '\r\nBcc: x', 'a');
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 4 }), (parts) => {
      const identifier = parts.join('');
      const { html, text, subject } = composeMail('identifier-added', 'en', { ...values, identifier });
      expect(text.startsWith(`${identifier} was just added to your NX Seller account`)).toBe(true);
      expect(html).not.toContain('<b>');
      expect(html.includes('{{code}}')).toBe(identifier.includes('{{code}}'));
      expect(subject).toBe('A sign-in identifier was added to your NX Seller account');
    }),
  );
});

it('keeps line ends out of the subject', () => {
  const { subject } = composeMail('password-changed', 'en', { brand: 'X\r\nBcc: eve@example.com' });
  expect(subject).toBe('Your X Bcc: eve@example.com password was changed');
});

const incomplete: Record<string, string>[] = [{ brand: 'x', minutes: '1' }, { code: '1' }, { constructor: 'x' }];
it.each(incomplete)('is refused without a value: %j', (some) => {
  expect(() => composeMail('verify-email', 'vi', some)).toThrow(UncomposableMessage);
});
