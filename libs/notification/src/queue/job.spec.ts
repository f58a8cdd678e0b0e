import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MessageSeal } from '../application/message-seal.js';
import type { MessageOrder } from '../application/message-order.js';
import { SecretBox, UnopenableBox } from '../domain/secret-box.js';
import { jobSchema, toJob, toMessage } from './job.js';

const seal = new MessageSeal(new SecretBox({ current: randomBytes(32) }, 'job'));
const expiresAt = new Date('2026-01-01T00:10:00.000Z');
const order: MessageOrder = {
  channel: 'mail',
  id: 'order-1',
  to: 'ana@example.com',
  locale: 'vi',
  values: { code: '736251' },
  expiresAt,
  templates: { nobody: 'verify-email', active: 'account-exists', disabled: null },
};
const data = toJob(order, seal.seal(order.id, order), 'request-1');
const raw = { id: order.id, data, timestamp: 5, attemptsMade: 0, opts: { attempts: 2 } };

describe('a job', () => {
  it('holds neither code nor address, and comes out as it was ordered', () => {
    expect(JSON.stringify(data)).not.toMatch(/736251|ana@/);
    expect(toMessage(raw)).toEqual({
      id: 'order-1',
      channel: 'mail',
      locale: 'vi',
      templates: order.templates,
      requestId: 'request-1',
      sealed: data.sealed,
      expiresAt,
      orderedAt: new Date(5),
      lastAttempt: false,
    });
    expect(toMessage({ ...raw, attemptsMade: 1 })?.lastAttempt).toBe(true);
    expect(seal.open('order-1', 'mail', data.sealed)).toEqual({ to: order.to, values: order.values });
  });

  it.each([
    ['another version', { ...data, v: 2 }],
    ['a member more', { ...data, to: 'x' }],
    ['a template of the other channel', { ...data, channel: 'sms' }],
    ['an owner less', { ...data, templates: { nobody: 'verify-email', active: null } }],
    ['no content', { ...data, sealed: undefined }],
    ['a time that is none', { ...data, expiresAt: 'soon' }],
    ['nothing', null],
  ])('of another form is not read: %s', (_what, broken) => {
    expect(jobSchema.safeParse(broken).success).toBe(false);
    expect(toMessage({ ...raw, data: broken })).toBeUndefined();
  });

  it('does not open under the name of another, and gives no address that is several', () => {
    expect(() => seal.open('order-2', 'mail', data.sealed)).toThrow(UnopenableBox);
    for (const to of ['a@b, c@d', 'a@b\r\nBcc: c@d', 'a', 'a@b>', '"a b"@c']) {
      expect(seal.open('x', 'mail', seal.seal('x', { to, values: {} }))).toBeUndefined();
    }
    for (const to of ['84901234567', '+84 901', 'ana@example.com', '+8490123456789012']) {
      expect(seal.open('x', 'sms', seal.seal('x', { to, values: {} }))).toBeUndefined();
    }
  });
});
