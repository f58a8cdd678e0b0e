import { constants, type VerifyKeyObjectInput } from 'node:crypto';

/** The JWS algorithms that the service can sign with (RFC 7518 §3.1). Nothing symmetric, and no `none`. */
export const ALGORITHMS = ['ES256', 'ES384', 'RS256', 'PS256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

type VerifyOptions = Omit<VerifyKeyObjectInput, 'key'>;

interface AlgorithmFacts {
  kty: 'EC' | 'RSA';
  crv?: 'P-256' | 'P-384';
  hash: 'sha256' | 'sha384';
  verify: VerifyOptions;
}

/** What each algorithm means: the key that fits it, and how Node checks its signatures. */
export const FACTS: Record<Algorithm, AlgorithmFacts> = {
  ES256: { kty: 'EC', crv: 'P-256', hash: 'sha256', verify: { dsaEncoding: 'ieee-p1363' } },
  ES384: { kty: 'EC', crv: 'P-384', hash: 'sha384', verify: { dsaEncoding: 'ieee-p1363' } },
  RS256: { kty: 'RSA', hash: 'sha256', verify: { padding: constants.RSA_PKCS1_PADDING } },
  // RFC 7518 §3.5: the salt is as long as the hash, no other length is taken.
  PS256: { kty: 'RSA', hash: 'sha256', verify: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } },
};

export const isAlgorithm = (value: unknown): value is Algorithm => ALGORITHMS.includes(value as Algorithm);
