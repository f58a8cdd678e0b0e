import { Injectable } from '@nestjs/common';
import { Database } from '@platform/database';
import { Directory } from '@identity/users';
import type { SessionGrant } from '../../domain/session/session.js';
import { CreateAccount } from '../create-account.js';
import { AttachIdentifier } from '../identifiers/attach-identifier.js';
import type { ProvenAddress } from './entered-code.js';
import { PendingSignUps } from './pending-sign-ups.js';

/** What a proven e-mail address leads to: the account that waited for it, an address more, or just the proof. */
@Injectable()
export class ProveAddress {
  constructor(
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly pending: PendingSignUps,
    private readonly createAccount: CreateAccount,
    private readonly attach: AttachIdentifier,
  ) {}

  /**
   * @returns the first session of an account that was made now
   * @throws DomainError `users.identifier-taken` when the address got an account since the challenge
   */
  async execute(proven: ProvenAddress): Promise<SessionGrant | undefined> {
    const outcome = await this.database.transaction(async (transaction) => {
      const waiting = await this.pending.take(proven.digest, transaction);
      if (waiting?.userId) return { added: await this.attach.within(waiting.userId, waiting.identifier, transaction) };
      if (waiting)
        return { grant: await this.createAccount.within({ ...proven, ...waiting, amr: ['otp'] }, transaction) };
      return {};
    });
    if (outcome.added) await this.attach.tell(outcome.added, proven.locale);
    else if (!outcome.grant) await this.directory.markVerified(proven.identifier);
    return outcome.grant;
  }
}
