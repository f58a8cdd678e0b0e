import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database } from '@platform/database';
import { DomainError, maskIdentifier } from '@platform/kernel';
import type { Principal } from '@platform/http';
import type { Locale } from '@identity/notification';
import { Directory } from '@identity/users';
import { TellOwner } from '../tell-owner.js';
import { RequireFreshSignIn } from './require-fresh-sign-in.js';

/** Takes an address from the caller's account, never the last way back in, and tells its owner there too. */
@Injectable()
export class RemoveIdentifier {
  constructor(
    private readonly fresh: RequireFreshSignIn,
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly audit: AuditLog,
    private readonly tellOwner: TellOwner,
  ) {}

  /** @throws DomainError `users.fresh-sign-in-required`, `users.identifier-not-found`, `users.last-identifier` */
  async execute(principal: Principal, identifierId: string, locale: Locale): Promise<void> {
    await this.fresh.execute(principal);
    const { userId } = principal;
    const removed = await this.database.transaction(async (transaction) => {
      const outcome = await this.directory.removeIdentifier(userId, identifierId, transaction);
      if (outcome === 'not-found') throw notFound();
      if (outcome === 'last') throw last();
      const details = { scheme: outcome.scheme, identifier: maskIdentifier(outcome.value) };
      const actor = { type: 'user', id: userId } as const;
      await this.audit.record(
        { action: 'user.identifier-removed', outcome: 'success', actor, userId, details },
        transaction,
      );
      return outcome;
    });
    await this.tellOwner.execute({
      userId,
      template: 'identifier-removed',
      locale,
      values: { identifier: maskIdentifier(removed.value) },
      formerAddress: removed.scheme === 'email' && removed.verifiedAt ? removed.value : undefined,
    });
  }
}

function notFound(): DomainError {
  return new DomainError({
    code: 'users.identifier-not-found',
    kind: 'not-found',
    message: 'You have no such identifier.',
  });
}

function last(): DomainError {
  return new DomainError({
    code: 'users.last-identifier',
    kind: 'conflict',
    message: 'The last identifier cannot be removed: add another one first.',
  });
}
