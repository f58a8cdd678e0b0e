import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '@platform/config';
import { Database } from '@platform/database';
import { Directory } from '@identity/users';
import type { ProvenAddress } from './entered-code.js';
import { PendingSignUps } from './pending-sign-ups.js';
import { type Claimed, PhoneAccounts } from './phone-accounts.js';

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
