import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecretBox, UnopenableBox } from './secret-box.js';

const [OLD, NEW] = [randomBytes(32), randomBytes(32)];

describe('a sealed text', () => {
  it('opens to what it was, where it belongs', () => {
    const box = new SecretBox({ current: NEW }, 'credential');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
        expect(box.open(box.seal(text, context), context)).toBe(text);
      }),
    );
  });

  it('looks different each time and shows nothing of the text [ASVS 11.3.4]', () => {
    const box = new SecretBox({ current: NEW }, 'credential');
    const [one, other] = [box.seal('hunter2-hunter2', 'a'), box.seal('hunter2-hunter2', 'a')];
    expect(one).not.toBe(other);
    for (const sealed of [one, other]) {
      expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('hunter2');
    }
  });

  it('opens in no other place, for no other purpose and under no other key', () => {
    const box = new SecretBox({ current: NEW }, 'credential');
    const sealed = box.seal('secret', 'mail.smtp');
    expect(() => box.open(sealed, 'sms.vnpay')).toThrow(UnopenableBox);
    expect(() => new SecretBox({ current: NEW }, 'job').open(sealed, 'mail.smtp')).toThrow(UnopenableBox);
    expect(() => new SecretBox({ current: OLD }, 'credential').open(sealed, 'mail.smtp')).toThrow(UnopenableBox);
  });

  it('is refused once any of its characters was changed [ASVS 11.2.5, 11.3.3]', () => {
    const box = new SecretBox({ current: NEW }, 'credential');
    const sealed = box.seal('secret', 'a');
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.constantFrom('A', 'z', '0', '_', '.'), (at, character) => {
        fc.pre(sealed[at] !== character);
        const altered = sealed.slice(0, at) + character + sealed.slice(at + 1);
        expect(() => box.open(altered, 'a')).toThrow(UnopenableBox);
      }),
    );
  });

  it('stays readable while the key is changed, and tells that it wants to be sealed anew [ASVS 11.2.2]', () => {
    const sealed = new SecretBox({ current: OLD }, 'credential').seal('secret', 'a');
    const box = new SecretBox({ current: NEW, previous: OLD }, 'credential');
    expect(box.open(sealed, 'a')).toBe('secret');
    expect([box.isCurrent(sealed), box.isCurrent(box.seal('secret', 'a'))]).toEqual([false, true]);
  });
});
