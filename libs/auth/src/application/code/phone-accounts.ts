import { Injectable } from '@nestjs/common';
import { Database } from '@platform/database';
import { DomainError } from '@platform/kernel';
import type { SessionGrant } from '../../domain/session/session.js';
import { CreateAccount, type NewAccount } from '../create-account.js';
import { AttachIdentifier } from '../identifiers/attach-identifier.js';
import type { ProvenAddress } from './entered-code.js';
import type { PendingSignUp } from './pending-sign-ups.js';

/** What a proven number is now: of an account that was made for it, or of one that was there. */
export type Claimed = { kind: 'account'; grant: SessionGrant } | { kind: 'known' };

/** The two ways to an account for a number that has none. */
@Injectable()
export class PhoneAccounts {
  constructor(
    private readonly database: Database,
    private readonly createAccount: CreateAccount,
    private readonly attachIdentifier: AttachIdentifier,
  ) {}

  /** Of two that create one at once, the second one enters what the first one made. */
  async create(proven: ProvenAddress, waiting: PendingSignUp | undefined): Promise<Claimed> {
    const account: NewAccount = { profile: {}, ...proven, ...waiting, amr: ['otp'] };
    try {
      const grant = await this.database.transaction((transaction) => this.createAccount.within(account, transaction));
      return { kind: 'account', grant };
    } catch (error) {
      if (error instanceof DomainError && error.code === 'users.identifier-taken') return { kind: 'known' };
      throw error;
    }
  }

  /** @throws DomainError `users.identifier-taken` when the number is somebody else's by now */
  async attach(userId: string, { identifier }: PendingSignUp, { locale }: ProvenAddress): Promise<void> {
    const added = await this.database.transaction((transaction) =>
      this.attachIdentifier.within(userId, identifier, transaction),
    );
    await this.attachIdentifier.tell(added, locale);
  }
}
