import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database } from '@platform/database';
import { type DomainError, invalidRequest } from '@platform/kernel';
import { ConfigurationStore } from './configuration-store.js';
import { isOurCode } from './known-codes.js';

/** Takes a row out of public."Configuration": limits are those of the settings again, a provider is no longer used. */
@Injectable()
export class UnsetConfiguration {
  constructor(
    private readonly database: Database,
    private readonly store: ConfigurationStore,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @param withCredential whether a credential may be lost, which nobody can read out before
   * @returns whether there was a row
   * @throws DomainError `request.invalid` for a row of another service, or one with a credential; `database.unavailable`
   */
  async execute(code: string, { withCredential = false } = {}): Promise<boolean> {
    if (!isOurCode(code))
      throw refused('code', 'Other services keep their rows in this table: only identity.… is ours.');
    return await this.database.transaction(async (transaction) => {
      if (!withCredential && (await this.store.holdsCredential(code, transaction)))
        throw refused('code', 'It has a credential, which is lost with it: say so (--yes).');
      const removed = await this.store.remove(code, transaction);
      const event = { action: 'configuration.unset', outcome: 'success', details: { code } } as const;
      if (removed) await this.audit.record({ ...event, actor: { type: 'operator' } }, transaction);
      return removed;
    });
  }
}

function refused(path: string, message: string): DomainError {
  return invalidRequest([{ path, code: 'not-usable', message }], 'The row stays.');
}
