import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sealedBefore } from '../../testing/sealed-before.js';
import { SecretBox } from '../secret-box.js';
import { CredentialBox } from './credential-box.js';

const [OLD, NEW] = [randomBytes(32), randomBytes(32)];
const CODE = 'identity.sms.vnpay';

describe('a credential', () => {
  it('opens for its own row alone, and is always of our making when written', () => {
    const box = new CredentialBox({ current: NEW, legacy: 'old' });
    const sealed = box.seal(CODE, 'hunter2');
    expect(sealed).toMatch(/^v1\./);
    expect(box.open(CODE, sealed)).toBe('hunter2');
    expect(() => box.open('identity.sms.other', sealed)).toThrow(
      expect.objectContaining({ code: 'configuration.unusable', level: 'error' }),
    );
  });

  it('is told apart by the key it is under', () => {
    const sealed = new CredentialBox({ current: OLD }).seal(CODE, 'hunter2');
    expect(new CredentialBox({ current: OLD }).stateOf(CODE, sealed)).toBe('current');
    expect(new CredentialBox({ current: NEW, previous: OLD }).stateOf(CODE, sealed)).toBe('outdated');
    expect(new CredentialBox({ current: NEW }).stateOf(CODE, sealed)).toBe('unusable');
    expect(new CredentialBox({ current: OLD }).stateOf('identity.sms.other', sealed)).toBe('unusable');
  });

  it('that was sealed for another purpose is refused', () => {
    const job = new SecretBox({ current: NEW }, 'job').seal('hunter2', CODE);
    expect(new CredentialBox({ current: NEW }).stateOf(CODE, job)).toBe('unusable');
  });
});

describe('the older framing', () => {
  it.each([
    ['a short secret', 'short'],
    ['one of 32 characters', 'x'.repeat(32)],
    ['a longer one', 'a secret that is longer than thirty-two characters'],
  ])('is read under %s', (_what, legacy) => {
    const box = new CredentialBox({ current: NEW, legacy });
    const sealed = sealedBefore('mật khẩu', legacy);
    expect(box.open(CODE, sealed)).toBe('mật khẩu');
    expect(box.stateOf(CODE, sealed)).toBe('outdated');
  });

  it.each(['base64', 'base64url'] as const)('is read under the text of a line in %s', (encoding) => {
    const box = new CredentialBox({ current: NEW, previous: OLD });
    expect(box.open(CODE, sealedBefore('a', NEW.toString(encoding)))).toBe('a');
    expect(box.open(CODE, sealedBefore('b', OLD.toString(encoding)))).toBe('b');
  });

  it.each([
    ['under another secret', sealedBefore('hunter2', 'other')],
    ['that was altered', flipLast(sealedBefore('hunter2', 'old'))],
    ['that is too short', 'c2hvcnQ='],
    ['that is a text in clear', 'hunter2 in clear'],
    ['that is empty', ''],
  ])('is refused %s, without a word of it', (_what, sealed) => {
    const box = new CredentialBox({ current: NEW, legacy: 'old' });
    expect(box.stateOf(CODE, sealed)).toBe('unusable');
    expect(() => box.open(CODE, sealed)).toThrow(CODE);
    expect(() => box.open(CODE, sealed)).not.toThrow(/hunter2/);
  });

  it('is not tried with a secret whose 32 characters are no 32 bytes', () => {
    const box = new CredentialBox({ current: NEW, legacy: 'mật khẩu' });
    expect(box.stateOf(CODE, sealedBefore('x', 'old'))).toBe('unusable');
  });
});

function flipLast(sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  bytes[bytes.length - 1]! ^= 1;
  return bytes.toString('base64');
}
