import { TokenInvalidError } from '../errors.js';
import { isId, isObject, isText, type Members } from '../transport/values.js';

/** A role as the token carries it. */
export interface Role {
  id: string;
  identifier: string;
  priority: number;
}

/** The claims of an access token; times in seconds since 1970. Claims that this version does not know are there too. */
export interface AccessTokenClaims {
  iss: string;
  sub: string;
  aud: string | string[];
  exp: number;
  nbf: number;
  iat: number;
  jti: string;
  sid: string;
  auth_time?: number;
  amr?: string[];
  roles?: Role[];
  [name: string]: unknown;
}

/** Who calls. */
export interface Principal {
  /** The user's id, a decimal number as text. */
  userId: string;
  /** The session that the token belongs to. */
  sessionId: string;
  /** Those held everywhere, highest priority first, up to 4 KiB of them: some fifty. Ask for decisions, not for names. */
  roles: readonly Role[];
  expiresAt: Date;
  claims: AccessTokenClaims;
}

export interface Expectations {
  issuer: string;
  audiences: readonly string[];
  toleranceSeconds: number;
}

/**
 * Checks what a well-signed token says (RFC 9068 §4, RFC 8725 §3.8 to §3.10).
 * @param now seconds since 1970
 * @throws TokenInvalidError `claims`, `issuer`, `audience`, `expired`, `not-yet-valid`
 */
export function toPrincipal(payload: Members, expected: Expectations, now: number): Principal {
  if (!areClaims(payload)) throw new TokenInvalidError('claims', 'A claim is missing or malformed.');
  const { iss, aud, exp, nbf, sub, sid, roles = [] } = payload;
  if (iss !== expected.issuer) throw new TokenInvalidError('issuer', 'Another issuer issued the token.');
  const audiences = typeof aud === 'string' ? [aud] : aud;
  if (!audiences.some((name) => expected.audiences.includes(name))) {
    throw new TokenInvalidError('audience', 'The token is for others.');
  }
  if (now - expected.toleranceSeconds >= exp) throw new TokenInvalidError('expired', 'The token has expired.');
  if (now + expected.toleranceSeconds < nbf)
    throw new TokenInvalidError('not-yet-valid', 'The token does not count yet.');
  return { userId: sub, sessionId: sid, roles, expiresAt: new Date(exp * 1000), claims: payload };
}

function areClaims(payload: Members): payload is AccessTokenClaims {
  const { iss, aud, exp, nbf, iat, jti, sub, sid } = payload;
  const isTimed = isNumericDate(exp) && isNumericDate(nbf) && isNumericDate(iat);
  const isNamed = isText(iss) && isText(jti) && isId(sub) && isId(sid);
  return isTimed && isNamed && isAudience(aud) && areFurtherClaims(payload);
}

/** Not every token needs to have these, but one that has them has them right. */
function areFurtherClaims({ auth_time: authTime, amr, roles }: Members): boolean {
  if (authTime !== undefined && !isNumericDate(authTime)) return false;
  if (amr !== undefined && !(Array.isArray(amr) && amr.every(isText))) return false;
  return roles === undefined || (Array.isArray(roles) && roles.every(isRole));
}

/** Whole seconds: `1e999` would be Infinity and never expire. The bound is that of Date. */
function isNumericDate(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 8.64e12;
}

function isAudience(value: unknown): value is string | string[] {
  return Array.isArray(value) ? value.length > 0 && value.every(isText) : isText(value);
}

function isRole(value: unknown): value is Role {
  return (
    isObject(value) && isText(value['id']) && isText(value['identifier']) && Number.isSafeInteger(value['priority'])
  );
}
