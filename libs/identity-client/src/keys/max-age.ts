/** What is assumed where the answer does not say. */
const DEFAULT_SECONDS = 300;
/** A proxy that allows a year must not keep a revoked key alive. */
const MAXIMUM_SECONDS = 3600;

/** For how many seconds the answer is fresh (RFC 9111 §4.2): max-age less the time it spent in caches. */
export function freshSeconds(headers: Headers): number {
  const control = headers.get('cache-control') ?? '';
  if (/(?:^|[\s,])no-(?:store|cache)(?:$|[\s,=])/i.test(control)) return 0;
  const [, maxAge] = /(?:^|[\s,])max-age="?(\d{1,9})"?(?:$|[\s,])/i.exec(control) ?? [];
  if (maxAge === undefined) return DEFAULT_SECONDS;
  const age = /^\d{1,9}$/.test(headers.get('age') ?? '') ? Number(headers.get('age')) : 0;
  return Math.min(Math.max(Number(maxAge) - age, 0), MAXIMUM_SECONDS);
}
