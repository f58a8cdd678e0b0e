import { Injectable } from '@nestjs/common';
import { DomainError } from '@platform/kernel';
import { VerifyAccessToken } from './verify-access-token.js';

const INACTIVE = { active: false } as const;

/** Tells a sister service what an access token says while it is good (RFC 7662). */
@Injectable()
export class IntrospectToken {
  constructor(private readonly verify: VerifyAccessToken) {}

  /**
   * @param token whatever was handed in: what is no access token of ours, a refresh token too, is not active
   * @throws DomainError `database.unavailable` when nobody knows whether the session lives
   */
  async execute(token: string) {
    try {
      const { sub, iss, aud, exp, iat, nbf, jti, sid, auth_time, amr } = await this.verify.execute(token);
      const claims = { sub, iss, aud, exp, iat, nbf, jti, sid, auth_time, amr };
      return { active: true as const, token_type: 'Bearer' as const, ...claims };
    } catch (error) {
      if (error instanceof DomainError && error.code === 'auth.invalid-token') return INACTIVE;
      throw error;
    }
  }
}
