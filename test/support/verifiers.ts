import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { JwksClient } from 'jwks-rsa';
import { createVerifier } from '@nx-seller/identity-client';

/** How a sister verifies tokens; each keeps keys in its own way. */
export interface TokenConsumer {
  /** @throws when it would answer 401 */
  verify(token: string): Promise<void>;
  close(): Promise<void>;
}

/** Where a consumer finds the keys, and what a token must say. */
export interface Trust {
  jwksUri: string;
  issuer: string;
  audience: string;
}

const TEN_MINUTES_MS = 600_000;
const JOSE_COOLDOWN_MS = 30_000;
const KIT_COOLDOWN_MS = 30_000;
const KIT_AHEAD_MS = 10_000;

/**
 * Those of docs/cross-service-runbook.md that Node can run, by the names that they have there.
 * @param speed how much faster time goes for their caches: 60 makes ten minutes of ten seconds
 */
export function consumers({ jwksUri, issuer, audience }: Trust, speed: number): Record<string, TokenConsumer> {
  const expected = { issuer, audience, typ: 'at+jwt', algorithms: ['ES256', 'RS256'] };
  const kit = createVerifier({
    jwksUri,
    issuer,
    audience,
    fetch: fetchAt(speed),
    cooldownMs: KIT_COOLDOWN_MS / speed,
    refreshAheadMs: KIT_AHEAD_MS / speed,
  });
  const remote = createRemoteJWKSet(new URL(jwksUri), {
    cacheMaxAge: TEN_MINUTES_MS / speed,
    cooldownDuration: JOSE_COOLDOWN_MS / speed,
  });
  const jwksRsa = new JwksClient({ jwksUri, cacheMaxAge: TEN_MINUTES_MS / speed });
  const deaf = new CachedForTenMinutes(jwksUri, () => Date.now() * speed);
  return {
    'identity-client': { verify: async (token) => void (await kit.verify(token)), close: () => kit.close() },
    'jose createRemoteJWKSet': {
      verify: async (token) => void (await jwtVerify(token, remote, expected)),
      close: nothing,
    },
    'jwks-rsa': {
      async verify(token) {
        const key = await jwksRsa.getSigningKey(decodeProtectedHeader(token).kid);
        jsonwebtoken.verify(token, key.getPublicKey(), { issuer, audience, algorithms: ['ES256', 'RS256'] });
      },
      close: nothing,
    },
    'Envoy jwt_authn': {
      verify: async (token) => void (await jwtVerify(token, createLocalJWKSet(await deaf.keys()), expected)),
      close: nothing,
    },
  };
}

/** Fetches what may be kept for so much less time than the answer says. */
export function fetchAt(speed: number): typeof fetch {
  return async (...request) => {
    const answer = await fetch(...request);
    const headers = new Headers(answer.headers);
    const shorter = (_text: string, seconds: string) => `max-age=${Math.ceil(Number(seconds) / speed)}`;
    headers.set('cache-control', (headers.get('cache-control') ?? '').replace(/max-age=(\d+)/, shorter));
    return new Response(answer.body, { status: answer.status, headers });
  };
}

/** For whoever holds nothing open. */
const nothing = async (): Promise<void> => undefined;

/** As Envoy's `jwt_authn` without `async_fetch`: keeps the set for ten minutes by its clock, and asks for no key that it does not know. */
class CachedForTenMinutes {
  private fetched?: { at: number; keys: Promise<JSONWebKeySet> };

  constructor(
    private readonly jwksUri: string,
    private readonly now: () => number,
  ) {}

  async keys(): Promise<JSONWebKeySet> {
    if (!this.fetched || this.now() - this.fetched.at >= TEN_MINUTES_MS) {
      this.fetched = { at: this.now(), keys: this.fetch() };
    }
    return await this.fetched.keys.catch((error: unknown) => {
      this.fetched = undefined;
      throw error;
    });
  }

  private async fetch(): Promise<JSONWebKeySet> {
    const answer = await fetch(this.jwksUri);
    return (await answer.json()) as JSONWebKeySet;
  }
}

/** Which key signed a token, and in which second. */
export function signatureOf(token: string): { kid: string; second: number } {
  const { kid = '' } = decodeProtectedHeader(token);
  return { kid, second: decodeJwt(token).iat ?? 0 };
}
