/** A kind of verifier, and how it keeps our keys. Times in seconds. */
export interface Consumer {
  name: string;
  /** How long it goes on with the keys that it has: a revoked key is trusted for that long. */
  trustsFor: number;
  /** How long tokens of a key that it does not know may be refused; 0 where it fetches the set when it meets one. */
  refusesNewFor: number;
}

const MINUTE = 60;
const HOUR = 3600;

/**
 * Who verifies our tokens, slowest first; from their documentation and sources. The runbook for sisters has the same table,
 * and tests hold both to what identity-client, jose and jwks-rsa do.
 */
export const CONSUMERS: readonly Consumer[] = [
  { name: 'the older IGNIS verifier', trustsFor: 12 * HOUR, refusesNewFor: 30 },
  { name: 'Go keyfunc v3', trustsFor: HOUR, refusesNewFor: 5 * MINUTE },
  { name: 'Istio', trustsFor: 20 * MINUTE, refusesNewFor: 20 * MINUTE },
  { name: 'lestrrat jwx', trustsFor: 15 * MINUTE, refusesNewFor: 15 * MINUTE },
  { name: 'Envoy jwt_authn', trustsFor: 10 * MINUTE, refusesNewFor: 10 * MINUTE },
  { name: 'jose createRemoteJWKSet', trustsFor: 10 * MINUTE, refusesNewFor: 30 },
  { name: 'jwks-rsa', trustsFor: 10 * MINUTE, refusesNewFor: 0 },
  { name: 'identity-client', trustsFor: 5 * MINUTE, refusesNewFor: 30 },
  { name: 'Spring (Nimbus)', trustsFor: 5 * MINUTE, refusesNewFor: 0 },
];

/** The least time between the publication of a key and its first signature: what the slowest cache takes. */
export const LEAST_LEAD_SECONDS = Math.max(...CONSUMERS.map(({ trustsFor }) => trustsFor));

/** Those whose cache may still lack a key that signs this long after its publication. */
export function consumersBehind(leadSeconds: number): Consumer[] {
  return CONSUMERS.filter(({ trustsFor }) => trustsFor > leadSeconds);
}

/** `600` → `10 min`, `30` → `30 s`. */
export function inWords(seconds: number): string {
  if (seconds >= HOUR && seconds % HOUR === 0) return `${seconds / HOUR} h`;
  return seconds >= MINUTE && seconds % MINUTE === 0 ? `${seconds / MINUTE} min` : `${seconds} s`;
}
