import { describe, expect, it } from 'vitest';
import { readSmtpSettings, SMTP_CODE, smtpFaults } from './smtp-settings.js';

const server = { host: 'smtp.example.com', port: 587, user: 'nx', from: 'NX Seller <no-reply@example.com>' };
const row = (more: object = {}) => ({
  code: SMTP_CODE,
  group: null,
  value: { ...server, ...more },
  credential: 'hunter2',
});

describe('a mail server', () => {
  it('is spoken to under TLS, in the way that is usual at its port', () => {
    expect(readSmtpSettings(row())).toEqual({ ...server, tls: 'starttls', maxConnections: 10, password: 'hunter2' });
    expect(readSmtpSettings(row({ port: 465 })).tls).toBe('implicit');
    expect(readSmtpSettings(row({ port: 465, tls: 'starttls' })).tls).toBe('starttls');
  });

  it('gets a password in clear on this machine alone', () => {
    for (const host of ['127.0.0.1', 'localhost', '::1'])
      expect(smtpFaults({ ...server, host, tls: 'none' })).toEqual([]);
    expect(smtpFaults({ ...server, host: 'mail', user: undefined, tls: 'none' })).toEqual([]);
    for (const host of ['mail', '127.0.0.1.example.com', 'localhost.example.com'])
      expect(smtpFaults({ ...server, host, tls: 'none' })).toEqual([expect.stringMatching(/^tls: wants starttls/)]);
  });

  it('that is none is told by field, without a value', () => {
    const refusal = {
      code: 'notification.not-configured',
      message: expect.stringMatching(/\(port: .*; from: wants an address/) as string,
    };
    expect(() => readSmtpSettings(row({ port: 'hunter2', from: undefined }))).toThrow(expect.objectContaining(refusal));
    expect(smtpFaults(undefined).join()).toMatch(/^the value: /);
    expect(smtpFaults({ ...server, port: 'hunter2', from: 'hunter2' }).join()).not.toContain('hunter2');
  });
});
