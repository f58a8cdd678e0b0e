import type { JwtService } from '@nestjs/jwt';
import { type Clock, DomainError } from '@platform/kernel';
import type { SigningKey } from '../domain/signing-key.js';
import {
  type AccessTokenClaims,
  accessTokenClaimsSchema,
  MAX_TOKEN_LENGTH,
  type TokenSettings,
} from './access-token.js';
import { decodeHeader } from './decode-header.js';
import type { KeyRingHolder } from './key-ring-holder.js';

/** Our replicas' clocks are kept by NTP: seconds apart at most. The contract allows up to 60 s. */
const LEEWAY_SECONDS = 5;

/** Verifies access tokens as RFC 9068 §4 and RFC 8725 want it. Whether the session lives is the caller's question. */
export class TokenVerifier {
  constructor(
    private readonly holder: KeyRingHolder,
    private readonly jwt: JwtService,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly settings: Pick<TokenSettings, 'issuer' | 'audience'>,
  ) {}

  /**
   * @returns the claims, typed and checked
   * @throws DomainError `auth.invalid-token`, the same for every reason, so that a forger learns nothing; the reason is
   *   its `cause`, for logs, and holds nothing of the token
   */
  verify(token: string): AccessTokenClaims {
    try {
      return this.check(token);
    } catch (cause) {
      throw new DomainError({
        code: 'auth.invalid-token',
        kind: 'unauthenticated',
        message: 'The access token is not valid.',
        cause,
      });
    }
  }

  private check(token: string): AccessTokenClaims {
    if (token.length > MAX_TOKEN_LENGTH) throw new Error('too long');
    const { kid, alg } = decodeHeader(token);
    const now = this.clock.now();
    const key = this.holder.current().find(kid, now);
    if (!key) throw new Error('no published key has this kid');
    // The key decides the algorithm, never the token (RFC 8725 §3.1): no `none`, no HS256 keyed with the public key.
    if (alg !== key.alg) throw new Error('alg is not that of the key');
    return parseClaims(this.checkSignatureAndClaims(token, key, now));
  }

  private checkSignatureAndClaims(token: string, key: SigningKey, now: Date): unknown {
    return this.jwt.verify(token, {
      // Nest types this as text or bytes; jsonwebtoken takes a KeyObject, which saves parsing PEM on every request.
      publicKey: key.publicKey as unknown as string,
      algorithms: [key.alg],
      issuer: this.settings.issuer,
      audience: this.settings.audience,
      clockTimestamp: Math.floor(now.getTime() / 1000),
      clockTolerance: LEEWAY_SECONDS,
    });
  }
}

/** jsonwebtoken skips `exp` and `nbf` when they are absent; the schema requires them. */
function parseClaims(payload: unknown): AccessTokenClaims {
  const parsed = accessTokenClaimsSchema.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw new Error(`claims: ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`);
}
