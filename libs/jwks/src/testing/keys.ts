import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../domain/jwk.js';
import { KeyRing } from '../domain/key-ring.js';
import { type SigningKey, toSigningKey } from '../domain/signing-key.js';
import { type StoredKeys, toRing } from '../domain/stored-keys.js';

/** Test helpers: real keys, a clock that stands still until told, and a ring of both. */
export const START = new Date('2026-11-24T10:00:00.000Z');
export const TTL_SECONDS = 900;

export const seconds = (count: number, from = START) => new Date(from.getTime() + count * 1000);

export function testClock(start: Date = START) {
  let current = start;
  return {
    now: () => current,
    monotonic: () => current.getTime(),
    set: (next: Date) => {
      current = next;
    },
  };
}

export const toPem = (key: KeyObject) => key.export({ format: 'pem', type: 'pkcs8' }).toString();

export function ecPem(namedCurve = 'P-256'): string {
  return toPem(generateKeyPairSync('ec', { namedCurve }).privateKey);
}

export function rsaPem(modulusLength = 3072, publicExponent = 65_537): string {
  return toPem(generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey);
}

export function ecKey(activatesAt: Date = START, alg?: SigningAlgorithm): SigningKey {
  return toSigningKey({ file: 'test.pem', pem: ecPem(alg === 'ES384' ? 'P-384' : 'P-256'), activatesAt, alg });
}

export const ringOf = (...keys: SigningKey[]) => new KeyRing(keys, TTL_SECONDS);

/** The `code` and `message` of what `act` throws, or nothing. */
export function refusal(act: () => unknown): { code?: string; message?: string } {
  try {
    act();
  } catch (error) {
    return error as Error & { code: string };
  }
  return {};
}

/** Keys as a store holds them, `0.pem` and so on, activating at these seconds; one may have been revoked. */
export function storedKeys(times: number[], { revoked, at = START }: { revoked?: number; at?: Date } = {}) {
  const sources = times.map((time, index) => ({ file: `${index}.pem`, activatesAt: seconds(time), pem: ecPem() }));
  const kids = sources.map((source) => toSigningKey(source).kid);
  const keys = sources.map(({ file, activatesAt }, index) => ({
    file,
    activatesAt: activatesAt.toISOString(),
    ...(index === revoked && { kid: kids[index], revokedAt: at.toISOString() }),
  }));
  const stored: StoredKeys = {
    location: '/keys',
    manifest: { version: 1, keys },
    pems: new Map(sources.map(({ file, pem }) => [file, pem])),
  };
  return { stored, kids, ring: toRing(stored, TTL_SECONDS) };
}
