import { z } from 'zod';

/** RFC 9068 §2.1: keeps an access token from passing as another kind of JWT, and the other way round (RFC 8725 §3.11). */
export const ACCESS_TOKEN_TYPE = 'at+jwt';
/** Longer ones are refused before anything is decoded; also what common proxies take as one header. */
export const MAX_TOKEN_LENGTH = 8192;
/** What roles take of a token at most, in bytes of JSON: some fifty. With all else it stays shorter than that. */
export const MAX_ROLES_BYTES = 4096;

const text = z.string().min(1).max(255);
/** Seconds since 1970. An integer: `1e999` parses as Infinity and would never expire. */
const numericDate = z.int().nonnegative();

const roleSchema = z.object({ id: text, identifier: text, priority: z.int() });

/** Claims that this version does not know are dropped, not refused: during a roll-out a newer replica may add some. */
export const accessTokenClaimsSchema = z.object({
  iss: text,
  sub: text,
  aud: z.union([text, z.array(text).min(1)]),
  iat: numericDate,
  nbf: numericDate,
  exp: numericDate,
  jti: text,
  sid: text,
  auth_time: numericDate,
  amr: z.array(text),
  userId: text,
  roles: z.array(roleSchema),
});

/** The claims of an access token (RFC 9068 §2.2); times in seconds since 1970, ids as decimal strings. */
export type AccessTokenClaims = z.infer<typeof accessTokenClaimsSchema>;

/** What a caller decides about a token; the signer adds the rest. */
export type AccessTokenSubject = Pick<AccessTokenClaims, 'sub' | 'sid' | 'auth_time' | 'amr'> & {
  /** The first ones stand in the token, as far as MAX_ROLES_BYTES go. */
  roles: AccessTokenClaims['roles'];
  /** Whom the token is for besides this service, which is in every token: its account routes take it as well. */
  aud?: AccessTokenClaims['aud'];
};

/** Who issues tokens and for whom: the part of the settings that signing and verifying share. */
export interface TokenSettings {
  issuer: string;
  audience: string;
  ttlSeconds: number;
}
