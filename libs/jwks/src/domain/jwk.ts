import { createHash, type KeyObject } from 'node:crypto';

/** The JWS algorithms that we sign with (RFC 7518 §3.1). */
export const SIGNING_ALGORITHMS = ['ES256', 'ES384', 'RS256', 'PS256'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** The required public members of a key, which are also what its thumbprint is made of (RFC 7638 §3.2). */
export type PublicMembers = { kty: 'EC'; crv: string; x: string; y: string } | { kty: 'RSA'; n: string; e: string };

/** A key as the JWK set publishes it (RFC 7517 §4). */
export type PublicJwk = PublicMembers & { kid: string; alg: SigningAlgorithm; use: 'sig' };

/**
 * The required public members alone, picked one by one: whatever else the export holds (`d`, `p`, …) cannot leak
 * through here.
 * @param key a public or private EC or RSA key
 */
export function publicMembers(key: KeyObject): PublicMembers {
  const { kty, crv = '', x = '', y = '', n = '', e = '' } = key.export({ format: 'jwk' });
  return kty === 'EC' ? { kty, crv, x, y } : { kty: 'RSA', n, e };
}

/**
 * The RFC 7638 thumbprint, our `kid`: SHA-256 over the required members in lexicographic order without white space.
 * @returns 43 characters of base64url
 */
export function thumbprint(jwk: PublicMembers): string {
  const ordered =
    jwk.kty === 'EC' ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y } : { e: jwk.e, kty: jwk.kty, n: jwk.n };
  return createHash('sha256').update(JSON.stringify(ordered)).digest('base64url');
}
