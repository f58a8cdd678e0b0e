import { Injectable } from '@nestjs/common';
import { requestContext } from '@platform/telemetry';
import { invalidCode } from '@identity/otp';
import { Directory } from '@identity/users';
import type { SessionGrant } from '../../domain/session/session.js';
import { SessionTokens } from '../../domain/session/session-tokens.js';
import { SessionStore } from '../session/session-store.js';
import type { ProvenAddress } from './entered-code.js';
import { ClaimPhone } from './claim-phone.js';

/** Signs a person in who has proven a phone number, without a password (RFC 8176: `otp`). */
@Injectable()
export class SignInByPhone {
  constructor(
    private readonly directory: Directory,
    private readonly sessions: SessionStore,
    private readonly tokens: SessionTokens,
    private readonly claim: ClaimPhone,
  ) {}

  /** @throws DomainError `otp.invalid-code` when the account may not be entered; `users.identifier-taken` */
  async execute(proven: ProvenAddress): Promise<SessionGrant> {
    const created = await this.claim.execute(proven);
    if (created.kind === 'account') return created.grant;
    const account = await this.directory.findForSignIn(proven.identifier);
    const grant = account && (await this.begin(account.userId, proven));
    if (!grant) throw invalidCode();
    return grant;
  }

  /** Nothing when the account is not active. */
  private async begin(
    userId: string,
    { audience, device, identifier }: ProvenAddress,
  ): Promise<SessionGrant | undefined> {
    const deviceId = this.tokens.newDeviceId();
    const origin = { device, ip: requestContext().clientAddress, audience };
    return await this.sessions.create({ userId, deviceId, amr: ['otp'], ...origin }, (sessionId) => ({
      action: 'sign-in.succeeded',
      outcome: 'success',
      actor: { type: 'user', id: userId },
      userId,
      details: { sessionId, scheme: identifier.scheme, method: 'otp' },
    }));
  }
}
