import argon2 from 'argon2';
import { argon2Sync } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Settings } from '@platform/config';
import { systemClock } from '@platform/kernel';
import { HashQueue } from './hash-queue.js';
import { PasswordHasher } from './password-hasher.js';

const PARAMETERS = { memoryKib: 64, iterations: 2 };
/** 65536/2/1 with 32 bytes of salt and hash, as Bun.password.hash writes them; made with OpenSSL's argon2. */
const BUN = [
  {
    password: 'correct horse battery staple',
    phc: '$argon2id$v=19$m=65536,t=2,p=1$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8$lxBn7Qxi/v51BHu4qvou5AjTgdfxkOEFhCVnPwZ10RY',
  },
  {
    password: 'kẹo dừa',
    phc: '$argon2id$v=19$m=65536,t=2,p=1$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8$ViqP+C34/3tkkj8xEQH+tLlJjA0lG81MYT0L87LSGMQ',
  },
];

function hasher(parameters = PARAMETERS) {
  const password = { ...parameters, concurrency: 2, deadlineMs: 2000 };
  // Nothing but the password's settings is read.
  const settings = { password } as Settings;
  return new PasswordHasher(settings, new HashQueue({ ...password, clock: systemClock }));
}

const WRONG = { valid: false, needsRehash: false };

describe('hashing a password', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('writes the parameters in the order that Bun reads, and argon2 agrees with the hash [ASVS 11.4.2]', async () => {
    const phc = await hasher().hash('a password of mine');
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=64,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await argon2.verify(phc, 'a password of mine')).toBe(true);
    const [salt = '', hash = ''] = phc.split('$').slice(-2);
    const nonce = Buffer.from(salt, 'base64');
    const again = argon2Sync('argon2id', {
      message: 'a password of mine',
      nonce,
      parallelism: 1,
      tagLength: 32,
      memory: 64,
      passes: 2,
    });
    expect(again.toString('base64')).toBe(`${hash}=`);
  });

  it('never salts twice the same', async () => {
    const one = hasher();
    expect(await one.hash('a password')).not.toBe(await one.hash('a password'));
  });
});

describe('verifying a password', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('tells the right one from a wrong one', async () => {
    const one = hasher();
    const phc = await one.hash('a password');
    expect(await one.verify('a password', phc)).toEqual({ valid: true, needsRehash: false });
    expect(await one.verify('a Password', phc)).toEqual(WRONG);
    expect(await one.verify('', phc)).toEqual(WRONG);
  });

  it('takes a password as it is: no other case, nothing before, after or left out, to its last character [ASVS 6.2.8]', async () => {
    const one = hasher();
    const password = `Quartz ${'lantern '.repeat(15)}9`;
    expect(password).toHaveLength(128);
    const phc = await one.hash(password);
    expect(await one.verify(password, phc)).toMatchObject({ valid: true });
    const others = [password.toLowerCase(), password.toUpperCase(), password.slice(0, 127), password.slice(0, 72)];
    for (const other of [
      ...others,
      ` ${password}`,
      `${password} `,
      password.replace('  ', ' '),
      `${password.slice(0, -1)}8`,
    ])
      expect([other, other === password || !(await one.verify(other, phc)).valid]).toEqual([other, true]);
    expect(await one.verify(password.replaceAll(' ', ''), phc)).toEqual(WRONG);
  });

  it('takes a letter for the same however it was typed', async () => {
    const one = hasher();
    const phc = await one.hash('kẹo dừa bến tre'.normalize('NFD'));
    expect(await one.verify('kẹo dừa bến tre'.normalize('NFC'), phc)).toMatchObject({ valid: true });
    expect(await one.verify('kẹo dừa bến tre'.normalize('NFD'), phc)).toMatchObject({ valid: true });
  });

  it.each(BUN)('reads what Bun wrote for $password, and wants it made anew', async ({ password, phc }) => {
    const one = hasher();
    expect(await one.verify(password, phc)).toEqual({ valid: true, needsRehash: true });
    expect(await one.verify(`${password}.`, phc)).toEqual(WRONG);
    expect(await hasher({ memoryKib: 65_536, iterations: 2 }).verify(password, phc)).toEqual({
      valid: true,
      needsRehash: false,
    });
  });

  it('wants a hash made anew after any change of parameters [ASVS 11.2.2]', async () => {
    const phc = await hasher().hash('a password');
    expect(await hasher({ memoryKib: 65, iterations: 2 }).verify('a password', phc)).toEqual({
      valid: true,
      needsRehash: true,
    });
    expect(await hasher({ memoryKib: 64, iterations: 3 }).verify('a password', phc)).toEqual({
      valid: true,
      needsRehash: true,
    });
  });

  it('costs an unknown user one real hash with the current parameters', async () => {
    const hash = vi.spyOn(argon2, 'hash');
    expect(await hasher().verify('a password', undefined)).toEqual(WRONG);
    expect(hash).toHaveBeenCalledExactlyOnceWith(
      'a password',
      expect.objectContaining({ memoryCost: 64, timeCost: 2, parallelism: 1, hashLength: 32, type: argon2.argon2id }),
    );
  });

  it('treats a planted or broken hash like an unknown user, and says so in the log', async () => {
    const log = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const hash = vi.spyOn(argon2, 'hash');
    const planted = BUN[0]?.phc.replace('m=65536', 'm=4194304');
    expect(await hasher().verify('correct horse battery staple', planted)).toEqual(WRONG);
    expect(await hasher().verify('correct horse battery staple', 'changeme')).toEqual(WRONG);
    expect(hash.mock.calls.map(([, options]) => options?.memoryCost)).toEqual([64, 64]);
    expect(log).toHaveBeenCalledTimes(2);
    expect(JSON.stringify(log.mock.calls)).not.toMatch(/changeme|4194304|correct horse/);
  });

  it('awaits the hook inside the slot, right before hashing', async () => {
    const one = hasher();
    const phc = await one.hash('a password');
    const hash = vi.spyOn(argon2, 'hash');
    const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    const hooks = gates.map((gate) => vi.fn(() => gate.promise));
    const verdicts = hooks.map((hook) => one.verify('a password', phc, hook));
    await vi.waitFor(() => expect(hooks[1]).toHaveBeenCalled());
    expect([hooks[2]?.mock.calls.length, hash.mock.calls.length]).toEqual([0, 0]);
    gates.forEach((gate) => gate.resolve());
    expect((await Promise.all(verdicts)).map(({ valid }) => valid)).toEqual([true, true, true]);
    expect(hash).toHaveBeenCalledTimes(3);
  });

  it('passes on what the hook throws, hashes nothing and frees the slot', async () => {
    const one = hasher();
    const hash = vi.spyOn(argon2, 'hash');
    for (let round = 0; round < 3; round += 1) {
      await expect(one.verify('a password', undefined, () => Promise.reject(new Error('locked')))).rejects.toThrow(
        'locked',
      );
    }
    expect(hash).not.toHaveBeenCalled();
    expect(await one.verify('a password', undefined)).toEqual(WRONG);
  });
});
