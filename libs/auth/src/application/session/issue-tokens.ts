import { Injectable } from '@nestjs/common';
import { TokenSigner } from '@identity/jwks';
import type { SessionGrant } from '../../domain/session/session.js';
import { SessionTokens } from '../../domain/session/session-tokens.js';

/** What a person gets for proving who they are; lifetimes in seconds from now. */
export interface IssuedTokens {
  accessToken: string;
  tokenType: 'Bearer';
  expiresIn: number;
  refreshToken: string;
  refreshExpiresIn: number;
  sessionId: string;
  deviceToken: string;
}

/** Turns a live session into tokens. */
@Injectable()
export class IssueTokens {
  constructor(
    private readonly signer: TokenSigner,
    private readonly tokens: SessionTokens,
  ) {}

  execute(grant: SessionGrant): IssuedTokens {
    const { token, expiresIn } = this.signer.sign({
      sub: grant.userId,
      sid: grant.sessionId,
      auth_time: Math.floor(grant.createdAt.getTime() / 1000),
      amr: grant.amr,
      roles: grant.roles,
      aud: grant.audience, // the signer keeps our own in it: the account is managed here with the same token
    });
    return {
      accessToken: token,
      tokenType: 'Bearer',
      expiresIn,
      refreshToken: this.tokens.sealRefresh(grant.sessionId, grant.counter),
      refreshExpiresIn: grant.expiresIn,
      sessionId: grant.sessionId,
      deviceToken: this.tokens.sealDevice(grant.userId, grant.deviceId, grant.rotatedAt),
    };
  }
}
