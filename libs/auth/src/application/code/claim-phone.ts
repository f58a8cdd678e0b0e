import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '@platform/config';
import { Database } from '@platform/database';
import { DomainError } from '@platform/kernel';
import { Directory } from '@identity/users';
import type { SessionGrant } from '../../domain/session/session.js';
import { CreateAccount, type NewAccount } from '../create-account.js';
import { AttachIdentifier } from '../identifiers/attach-identifier.js';
import type { ProvenAddress } from './entered-code.js';
import { type PendingSignUp, PendingSignUps } from './pending-sign-ups.js';

type Claimed = { kind: 'account'; grant: SessionGrant } | { kind: 'known' };

/**
 * Makes a proven number the name of an account, where it is none yet: of the one that waited for it, of the caller's own,
 * or of a new one where the settings allow that. A number that has an account keeps it: a password that somebody chose
 * with a sign-up for it is dropped.
 */
@Injectable()
export class ClaimPhone {
  constructor(
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly pending: PendingSignUps,
    private readonly makers: PhoneAccounts,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'phoneAuthCreatesAccount'>,
  ) {}

  /** @returns `known` when the number has an account now; whether that may be entered is another question */
  async execute(proven: ProvenAddress): Promise<Claimed> {
    const waiting = await this.database.transaction((transaction) => this.pending.take(proven.digest, transaction));
    if (waiting?.userId) {
      await this.makers.attach(waiting.userId, waiting, proven);
      return { kind: 'known' };
    }
    const account = await this.directory.findForSignIn(proven.identifier);
    if (account || (!waiting && !this.settings.phoneAuthCreatesAccount)) return { kind: 'known' };
    return await this.makers.create(proven, waiting);
  }
}

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
