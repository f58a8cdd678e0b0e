import { Injectable } from '@nestjs/common';
import { Database } from '@platform/database';
import { requestContext } from '@platform/telemetry';
import { type CanonicalIdentifier, Directory, type Profile } from '@identity/users';
import type { SessionGrant } from '../domain/session/session.js';
import { SessionTokens } from '../domain/session/session-tokens.js';
import { SessionStore } from './session/session-store.js';

/** A person who wants an account; the password is hashed already. */
export interface NewAccount {
  identifier: CanonicalIdentifier;
  passwordHash: string;
  profile: Profile;
  audience: string;
  /** What the client calls itself. */
  device?: string;
}

/** Creates the account and its first session, together or not at all. */
@Injectable()
export class CreateAccount {
  constructor(
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly sessions: SessionStore,
    private readonly tokens: SessionTokens,
  ) {}

  /** @throws DomainError `users.identifier-taken` */
  async execute(request: NewAccount): Promise<SessionGrant> {
    return await this.database.transaction(async (transaction) => {
      const userId = await this.directory.create(request, transaction);
      const origin = { device: request.device, ip: requestContext().clientAddress, audience: request.audience };
      const deviceId = this.tokens.newDeviceId();
      const grant = await this.sessions.create(
        { userId, deviceId, amr: ['pwd'], ...origin },
        (sessionId) => ({
          action: 'user.signed-up',
          outcome: 'success',
          actor: { type: 'user', id: userId },
          userId,
          details: { sessionId, scheme: request.identifier.scheme },
        }),
        transaction,
      );
      if (!grant) throw new Error('a new account is active'); // the statement before made it so
      return grant;
    });
  }
}
