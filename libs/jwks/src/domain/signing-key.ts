import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type PublicJwk, publicMembers, type SigningAlgorithm, thumbprint } from './jwk.js';
import { keyError } from './key-error.js';

/** NIST SP 800-57: 3072 bits of RSA are what 128 bits of security take; 2048 end in 2030. */
const MINIMUM_RSA_BITS = 3072;
const MINIMUM_RSA_EXPONENT = 65_537n;
/** Exactly one PKCS#8 block: an encrypted or SEC1/PKCS#1 key, or a second key behind the first, is refused. */
const PKCS8 = /^\s*-----BEGIN PRIVATE KEY-----\s[A-Za-z0-9+/=\s]+-----END PRIVATE KEY-----\s*$/;

/** A usable key: its private half signs, its public half is published under `kid`. */
export interface SigningKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  /** Where it was read from, for the operator's eyes. */
  readonly file: string;
  readonly alg: SigningAlgorithm;
  /** From when on it may sign. */
  readonly activatesAt: Date;
  readonly publicJwk: PublicJwk;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** One key as the manifest and the PEM beside it describe it. */
export interface KeySource {
  /** Path of the PEM; names the key in messages. */
  file: string;
  pem: string;
  activatesAt: Date;
  /** What the manifest wants; absent means what the key's type says. */
  alg?: SigningAlgorithm;
}

/**
 * Makes a signing key of a PKCS#8 PEM, or says why it must not sign.
 * @throws DomainError `keys.malformed-key`, `keys.unsupported-key`, `keys.weak-key`, `keys.algorithm-mismatch`
 */
export function toSigningKey({ file, pem, activatesAt, alg: wanted }: KeySource): SigningKey {
  const privateKey = parsePem(file, pem);
  const usable = usableAlgorithms(file, privateKey);
  const alg = wanted ?? usable[0];
  if (!usable.includes(alg)) {
    throw keyError(
      'algorithm-mismatch',
      `${file}: the manifest says ${alg}, but this key can do ${usable.join(' or ')}`,
    );
  }
  const publicKey = createPublicKey(privateKey);
  assertPair(file, privateKey, publicKey);
  const members = publicMembers(publicKey);
  const kid = thumbprint(members);
  return { kid, file, alg, activatesAt, privateKey, publicKey, publicJwk: { ...members, kid, alg, use: 'sig' } };
}

function parsePem(file: string, pem: string): KeyObject {
  if (!PKCS8.test(pem)) {
    throw keyError('malformed-key', `${file}: wants one unencrypted PKCS#8 private key in PEM (BEGIN PRIVATE KEY)`);
  }
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw keyError('malformed-key', `${file}: is PEM, but not a readable PKCS#8 private key`, cause);
  }
}

/** What the key may sign with, the default first. RSA-PSS keys (OID 1.2.840.113549.1.1.10) have no JWK form. */
function usableAlgorithms(file: string, key: KeyObject): [SigningAlgorithm, ...SigningAlgorithm[]] {
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return ['ES256'];
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'secp384r1') return ['ES384'];
  if (key.asymmetricKeyType !== 'rsa') {
    const type = [key.asymmetricKeyType, namedCurve].filter(Boolean).join(' ');
    throw keyError('unsupported-key', `${file}: a key of type ${type} is not supported; use P-256, P-384 or RSA`);
  }
  if (modulusLength < MINIMUM_RSA_BITS) {
    throw keyError(
      'weak-key',
      `${file}: an RSA key wants at least ${MINIMUM_RSA_BITS} bits, this one has ${modulusLength}`,
    );
  }
  if (publicExponent < MINIMUM_RSA_EXPONENT) {
    throw keyError('weak-key', `${file}: an RSA key wants a public exponent of at least ${MINIMUM_RSA_EXPONENT}`);
  }
  return ['RS256', 'PS256'];
}

/** PKCS#8 carries the public half too, unchecked: with the wrong one, nobody could verify what we sign. */
function assertPair(file: string, privateKey: KeyObject, publicKey: KeyObject): void {
  const probe = Buffer.from('key pair check');
  if (!verify('sha256', probe, publicKey, sign('sha256', probe, privateKey))) {
    throw keyError('malformed-key', `${file}: its public and its private half do not belong together`);
  }
}
