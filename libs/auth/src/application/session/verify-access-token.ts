import { Injectable } from '@nestjs/common';
import { TokenVerifier } from '@identity/jwks';
import { idSchema } from '@platform/http';
import { DomainError } from '@platform/kernel';
import { SessionLiveness } from './session-liveness.js';

/** Decides whether an access token is good at this moment: one of ours, in its time, of a session that lives. */
@Injectable()
export class VerifyAccessToken {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly liveness: SessionLiveness,
  ) {}

  /**
   * @returns its claims
   * @throws DomainError `auth.invalid-token`; `database.unavailable` when nobody knows whether the session lives
   */
  async execute(token: string): Promise<ReturnType<TokenVerifier['verify']>> {
    const claims = this.verifier.verify(token);
    // The claims' schema takes any text; PostgreSQL would answer what is no id with a fault.
    const isWellNamed = idSchema.safeParse(claims.sid).success && idSchema.safeParse(claims.sub).success;
    if (isWellNamed && (await this.liveness.isLive(claims.sid))) return claims;
    throw invalidToken('The access token is not valid.');
  }
}

/** The refusal of who brings no good access token. */
export function invalidToken(message: string): DomainError {
  return new DomainError({ code: 'auth.invalid-token', kind: 'unauthenticated', message });
}
