import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database } from '@platform/database';
import { DomainError } from '@platform/kernel';
import type { Actor } from './actor.js';
import { ServiceAccounts } from './service-accounts.js';

/** Ends a service account: its secret is refused by every replica within a second. */
@Injectable()
export class RevokeServiceAccount {
  constructor(
    private readonly database: Database,
    private readonly accounts: ServiceAccounts,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @param which by id or by name
   * @returns what was revoked
   * @throws DomainError `policy.service-account-not-found` when there is none that lives
   */
  async execute(which: { id: string } | { name: string }, actor: Actor): Promise<{ id: string; name: string }> {
    return await this.database.transaction(async (transaction) => {
      const revoked = await this.accounts.revoke(which, transaction);
      if (!revoked) throw notFound();
      const event = { action: 'service-account.revoked', outcome: 'success', actor, details: revoked } as const;
      await this.audit.record(event, transaction);
      return revoked;
    });
  }
}

function notFound(): DomainError {
  const message = 'There is no such service account, or it is revoked.';
  return new DomainError({ code: 'policy.service-account-not-found', kind: 'not-found', message });
}
