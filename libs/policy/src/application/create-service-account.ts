import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database } from '@platform/database';
import { DomainError } from '@platform/kernel';
import { ServiceAccounts } from './service-accounts.js';

const SECRET_BYTES = 32;
const NAME = /^[a-z][a-z0-9-]{1,62}$/;

/**
 * Makes a service account. Its secret has 256 random bits, so that a plain SHA-256 of it may be kept: there is nothing
 * to guess, and a check costs microseconds.
 */
@Injectable()
export class CreateServiceAccount {
  constructor(
    private readonly database: Database,
    private readonly accounts: ServiceAccounts,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @returns the name and the secret, which is shown this once
   * @throws DomainError `request.invalid`, `policy.service-account-exists`
   */
  async execute(name: string, scopes: string[]): Promise<{ name: string; secret: string }> {
    if (!NAME.test(name)) throw invalidName();
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const digest = createHash('sha256').update(secret).digest();
    await this.database.transaction(async (transaction) => {
      await this.accounts.add({ name, digest, scopes }, transaction);
      const event = { action: 'service-account.created', outcome: 'success', actor: { type: 'operator' } } as const;
      await this.audit.record({ ...event, details: { name, scopes } }, transaction);
    });
    return { name, secret };
  }
}

function invalidName(): DomainError {
  const message = 'A service account is named by 2 to 63 of a-z, 0-9 and -, a letter first.';
  return new DomainError({ code: 'request.invalid', kind: 'invalid', message });
}
