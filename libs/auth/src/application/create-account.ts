import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '@platform/database';
import { requestContext } from '@platform/telemetry';
import { type CanonicalIdentifier, Directory, type Profile } from '@identity/users';
import type { SessionGrant } from '../domain/session/session.js';
import { SessionTokens } from '../domain/session/session-tokens.js';
import { SessionStore } from './session/session-store.js';

/** A person who wants an account; a password is hashed already. */
export interface NewAccount {
  identifier: CanonicalIdentifier;
  /** Absent where a code is the only proof. */
  passwordHash?: string;
  profile: Profile;
  audience: string;
  /** What the client calls itself. */
  device?: string;
  /** How the person proved who they are (RFC 8176); a code proves the identifier. */
  amr: ('pwd' | 'otp')[];
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
  async execute(account: NewAccount): Promise<SessionGrant> {
    return await this.database.transaction((transaction) => this.within(account, transaction));
  }

  /** The same within the caller's transaction. */
  async within({ amr, audience, device, ...account }: NewAccount, transaction: Queryable): Promise<SessionGrant> {
    const userId = await this.directory.create({ ...account, verified: amr.includes('otp') }, transaction);
    const origin = { device, ip: requestContext().clientAddress, audience };
    const grant = await this.sessions.create(
      { userId, deviceId: this.tokens.newDeviceId(), amr, ...origin },
      (sessionId) => ({
        action: 'user.signed-up',
        outcome: 'success',
        actor: { type: 'user', id: userId },
        userId,
        details: { sessionId, scheme: account.identifier.scheme },
      }),
      transaction,
    );
    if (!grant) throw new Error('a new account is active'); // the statement before made it so
    return grant;
  }
}
