import { KeyObject, verify } from 'node:crypto';
import { importJWK, type JWK } from 'jose';
import { isObject, isText, type Members } from '../transport/values.js';
import { type Algorithm, FACTS, isAlgorithm } from './algorithms.js';

const MINIMUM_RSA_BITS = 2048;
/** Larger ones would make each signature cost a sister more than it costs the forger. */
const MAXIMUM_RSA_BITS = 8192;
const MINIMUM_EXPONENT = 65_537n;
/** Members that a public key of ours has, and those of RFC 7517 §4 that say nothing about whether it may verify. */
const KNOWN = new Set([
  'kty',
  'kid',
  'alg',
  'use',
  'key_ops',
  'crv',
  'x',
  'y',
  'n',
  'e',
  'x5t',
  'x5t#S256',
  'x5u',
  'x5c',
]);

/** A published key, bound to its one algorithm (RFC 8725 §3.1). */
export interface VerificationKey {
  readonly kid: string;
  readonly alg: Algorithm;
  /** Whether the signature is that of these bytes. */
  verifies(data: Buffer, signature: Buffer): boolean;
}

/**
 * Makes a key of one member of a JWK set.
 * @throws Error that says why it must not verify, without anything that the key holds
 */
export async function toVerificationKey(jwk: unknown, algorithms: readonly Algorithm[]): Promise<VerificationKey> {
  if (!isObject(jwk)) throw new Error('no object');
  const { kid } = jwk;
  if (!isText(kid)) throw new Error('no kid');
  const alg = algorithmOf(jwk, algorithms);
  const imported = await importJWK(jwk as JWK, alg).catch(() => undefined);
  if (!imported || imported instanceof Uint8Array || imported.type !== 'public')
    throw new Error('no usable public key');
  const key = KeyObject.from(imported);
  assertStrength(key);
  // Node's own verify: WebCrypto, which jose verifies with, hands each signature to a thread pool and costs a third of the
  // throughput (ADR 26).
  const { hash, verify: options } = FACTS[alg];
  const input = { ...options, key };
  return { kid, alg, verifies: (data, signature) => verify(hash, data, input, signature) };
}

function algorithmOf(jwk: Members, algorithms: readonly Algorithm[]): Algorithm {
  // A private member (`d`, `p`, `k`, …) means that somebody published a secret: such a key proves nothing any more.
  if (Object.keys(jwk).some((name) => !KNOWN.has(name))) throw new Error('private or unknown members');
  const { alg, kty, crv, use, key_ops: operations } = jwk;
  if (!isAlgorithm(alg) || !algorithms.includes(alg)) throw new Error('an algorithm that is not wanted');
  if (kty !== FACTS[alg].kty || crv !== FACTS[alg].crv) throw new Error('its type or curve does not fit its algorithm');
  if (use !== undefined && use !== 'sig') throw new Error('not for signatures');
  const mayVerify = operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
  if (!mayVerify) throw new Error('not for verifying');
  return alg;
}

function assertStrength(key: KeyObject): void {
  if (key.asymmetricKeyType !== 'rsa') return;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < MINIMUM_RSA_BITS || modulusLength > MAXIMUM_RSA_BITS || publicExponent < MINIMUM_EXPONENT) {
    throw new Error('a weak or an outsized RSA key');
  }
}
