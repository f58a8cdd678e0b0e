import type { JwtService } from '@nestjs/jwt';
import { type Clock, DomainError, randomBytes } from '@platform/kernel';
import {
  ACCESS_TOKEN_TYPE,
  type AccessTokenClaims,
  type AccessTokenSubject,
  MAX_ROLES_BYTES,
  MAX_TOKEN_LENGTH,
  type TokenSettings,
} from './access-token.js';
import type { KeyRingHolder } from './key-ring-holder.js';

/** 128 random bits: no two tokens share a `jti` (RFC 7519 §4.1.7). */
const JTI_BYTES = 16;

/** Signs access tokens with the key that is signing at the moment. */
export class TokenSigner {
  constructor(
    private readonly holder: KeyRingHolder,
    private readonly jwt: JwtService,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly settings: TokenSettings,
  ) {}

  /**
   * @returns the compact JWS and how many seconds it lives
   * @throws DomainError `keys.none-active` when the clock went back before every activation;
   *   `auth.token-too-large` when issuer and audiences are so long that no verifier would take it
   */
  sign(subject: AccessTokenSubject): { token: string; expiresIn: number } {
    const now = this.clock.now();
    const { kid, alg, privateKey } = this.holder.current().signing(now);
    // Sync on purpose: jsonwebtoken's callback form signs on this thread as well, and only adds a turn of the loop.
    const token = this.jwt.sign(this.claims(subject, Math.floor(now.getTime() / 1000)), {
      privateKey,
      header: { alg, kid, typ: ACCESS_TOKEN_TYPE },
      algorithm: alg,
    });
    if (token.length > MAX_TOKEN_LENGTH) throw tooLarge(token.length);
    return { token, expiresIn: this.settings.ttlSeconds };
  }

  private claims({ sub, sid, auth_time, amr, roles, aud }: AccessTokenSubject, iat: number): AccessTokenClaims {
    return {
      iss: this.settings.issuer,
      sub,
      aud: this.audiences(aud),
      iat,
      nbf: iat,
      exp: iat + this.settings.ttlSeconds,
      jti: randomBytes(JTI_BYTES).toString('base64url'),
      sid,
      auth_time,
      amr,
      userId: sub,
      roles: thatFit(roles.map(({ id, identifier, priority }) => ({ id, identifier, priority }))),
    };
  }

  /** One as text, several as a list (RFC 7519 §4.1.3): older sisters read text alone. */
  private audiences(asked: AccessTokenSubject['aud'] = []): AccessTokenClaims['aud'] {
    const all = [...new Set([this.settings.audience].concat(asked))];
    return all.length === 1 ? this.settings.audience : all;
  }
}

/** Whoever has more roles than fit still signs in; those that matter most come first. */
function thatFit(roles: AccessTokenClaims['roles']): AccessTokenClaims['roles'] {
  let left = MAX_ROLES_BYTES;
  const end = roles.findIndex((role) => (left -= Buffer.byteLength(JSON.stringify(role)) + 1) < 0);
  return end === -1 ? roles : roles.slice(0, end);
}

function tooLarge(length: number): DomainError {
  return new DomainError({
    code: 'auth.token-too-large',
    kind: 'unexpected',
    level: 'error',
    message: `The access token would be ${length} characters long, more than the ${MAX_TOKEN_LENGTH} that verifiers take.`,
  });
}
